#include "kernels/adamw.h"

#include <vector>

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

template <class A>
struct State {
  std::vector<A> m;
  std::vector<A> v;
  std::vector<A> w;
};

AdamWStep settings(int64_t step) {
  AdamWStep s;
  s.step = step;
  s.lr = 1e-3 * static_cast<double>(step);
  s.beta1 = 0.9;
  s.beta2 = 0.999;
  s.weight_decay = 0.1;
  s.grad_scale = 0.5;
  return s;
}

std::vector<float> gradient(int64_t count, int64_t step) {
  return random_values<float>(count, "grad" + std::to_string(step), 1e-2);
}

template <class A>
State<A> after(int64_t steps, int64_t count, Stream stream = {}) {
  const auto w = random_values<float>(count, "w");
  State<A> s{std::vector<A>(w.size()), std::vector<A>(w.size()), {w.begin(), w.end()}};
  for (int64_t step = 1; step <= steps; ++step) {
    const auto g = gradient(count, step);
    const std::vector<A> grad(g.begin(), g.end());
    adamw_update<kCpu, A>(settings(step), count, grad.data(), s.m.data(), s.v.data(), s.w.data(),
                          stream);
  }
  return s;
}

// The paper's algorithm 2, line by line, for one number.
struct Scalar {
  double m = 0, v = 0, w = 0;
  void update(const AdamWStep& s, double grad) {
    const double g = grad * s.grad_scale;
    m = s.beta1 * m + (1 - s.beta1) * g;
    v = s.beta2 * v + (1 - s.beta2) * g * g;
    const double m_hat = m / (1 - std::pow(s.beta1, double(s.step)));
    const double v_hat = v / (1 - std::pow(s.beta2, double(s.step)));
    w -= s.lr * (m_hat / (std::sqrt(v_hat) + s.eps) + s.weight_decay * w);
  }
};

TEST(AdamW, AgreesWithTheAlgorithmForTenSteps) {
  for (const int64_t count : kOddSizes) {
    const auto found = after<float>(10, count);
    const auto reference = after<double>(10, count);
    const auto w = random_values<float>(count, "w");
    std::vector<double> expected_m, expected_v, expected_w;
    for (size_t i = 0; i < w.size(); ++i) {
      Scalar scalar{0, 0, w[i]};
      for (int64_t step = 1; step <= 10; ++step)
        scalar.update(settings(step), gradient(count, step)[i]);
      expected_m.push_back(scalar.m);
      expected_v.push_back(scalar.v);
      expected_w.push_back(scalar.w);
    }
    expect_close(reference.w, expected_w, 1e-13);
    expect_close(found.w, expected_w, 1e-6);
    expect_close(found.m, expected_m, 2e-6, 1e-3);
    expect_close(found.v, expected_v, 2e-6, 1e-8);
  }
}

TEST(AdamW, FirstStepMovesByTheLearningRate) {
  AdamWStep s;
  s.lr = 0.01;
  std::vector<float> w = {1, 1, 1}, m(3), v(3);
  const std::vector<float> grad = {3, -2e-3f, 0};
  adamw_update<kCpu, float>(s, 3, grad.data(), m.data(), v.data(), w.data(), {});
  EXPECT_NEAR(w[0], 0.99, 1e-6);
  EXPECT_NEAR(w[1], 1.01, 1e-6);
  EXPECT_EQ(w[2], 1.0f);
}

TEST(AdamW, DecaysWithoutAGradientAndLeavesWhatIsBehind) {
  AdamWStep s;
  s.lr = 0.1;
  s.weight_decay = 0.5;
  std::vector<float> w(40, 2.0f), m(40), v(40);
  const std::vector<float> grad(40);
  adamw_update<kCpu, float>(s, 33, grad.data(), m.data(), v.data(), w.data(), {});
  for (size_t i = 0; i < 40; ++i) EXPECT_FLOAT_EQ(w[i], i < 33 ? 1.9f : 2.0f);
}

TEST(AdamW, DoesNotDependOnThreadsOrOnTheCut) {
  constexpr int64_t kCount = 50001;
  const auto whole =
      same_on_all_threads([&](Stream stream) { return after<float>(3, kCount, stream).w; });
  // The last elements alone, as a rank with a shard of the state has them.
  constexpr int64_t kFirst = 12345;
  const auto w = random_values<float>(kCount, "w");
  std::vector<float> shard(w.begin() + kFirst, w.end());
  std::vector<float> m(shard.size()), v(shard.size());
  for (int64_t step = 1; step <= 3; ++step)
    adamw_update<kCpu, float>(settings(step), kCount - kFirst,
                              gradient(kCount, step).data() + kFirst, m.data(), v.data(),
                              shard.data(), {});
  EXPECT_TRUE(same_bits(shard, std::vector<float>(whole.begin() + kFirst, whole.end())));
}

}  // namespace
}  // namespace r1::kernels
