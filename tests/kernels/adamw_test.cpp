#include "kernels/adamw_bf16.h"

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

const RandomRounding kRounding{Random(5, "rounding").key(), 3, 0};

// What lies below and above x in bf16; both are x where bf16 holds it.
std::pair<Bf16, Bf16> neighbours(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const Bf16 low{static_cast<uint16_t>(bits >> 16)};
  return {low, {static_cast<uint16_t>(low.bits + ((bits & 0xffff) != 0))}};
}

TEST(RandomRounding, GivesANeighbourWithTheRightProbability) {
  constexpr int kDraws = 40000;
  for (const float x : {1.0f + 1.0f / 1024, -3.14159f, 1e-40f, 0.3f, 5.0f, 3.39e38f, 0.0f, -0.0f}) {
    const auto [low, high] = neighbours(x);
    int upper = 0;
    for (int i = 0; i < kDraws; ++i) {
      const Bf16 found = round_at_random(x, rounding_draws(kRounding, 1, i / 8), i % 8);
      ASSERT_TRUE(found == low || found == high) << x;
      upper += found == high && high != low;
    }
    if (!std::isfinite(widen(high))) continue;
    const double expected = low == high ? 0 : (x - widen(low)) / (widen(high) - widen(low));
    const double deviation = std::sqrt(expected * (1 - expected) / kDraws);
    EXPECT_NEAR(upper / double{kDraws}, expected, 4 * deviation) << x;
  }
}

TEST(RandomRounding, WhatIsNoFiniteNumberStays) {
  const std::array<uint32_t, 4> most = {~0u, ~0u, ~0u, ~0u};
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(round_at_random(infinity, most, 0), to_bf16(infinity));
  EXPECT_EQ(round_at_random(-infinity, most, 1), to_bf16(-infinity));
  EXPECT_TRUE(std::isnan(widen(round_at_random(std::nanf(""), most, 2))));
}

struct Bf16State {
  std::vector<float> m, v;
  std::vector<Bf16> w;
};

// Elements [first, first + count) of a parameter after some steps.
Bf16State rounded_after(int64_t steps, int64_t first, int64_t count, Stream stream = {}) {
  const auto w = random_values<Bf16>(first + count, "w");
  Bf16State s{std::vector<float>(static_cast<size_t>(count)),
              std::vector<float>(static_cast<size_t>(count)),
              {w.begin() + first, w.end()}};
  RandomRounding rounding = kRounding;
  rounding.first = first;
  for (int64_t step = 1; step <= steps; ++step)
    adamw_update<kCpu>(settings(step), rounding, count,
                       gradient(first + count, step).data() + first, s.m.data(), s.v.data(),
                       s.w.data(), stream);
  return s;
}

// The update itself is that of a master of f32; its result is rounded to a neighbour.
TEST(AdamWBf16, RoundsTheUpdateOfF32) {
  for (const int64_t count : kOddSizes) {
    const auto found = rounded_after(1, 0, count);
    const auto start = random_values<Bf16>(count, "w");
    std::vector<float> m(start.size()), v(m), w;
    for (const Bf16 x : start) w.push_back(to_float(x));
    adamw_update<kCpu, float>(settings(1), count, gradient(count, 1).data(), m.data(), v.data(),
                              w.data(), {});
    EXPECT_TRUE(same_bits(found.m, m) && same_bits(found.v, v));
    for (size_t i = 0; i < w.size(); ++i) {
      const auto [low, high] = neighbours(w[i]);
      EXPECT_TRUE(found.w[i] == low || found.w[i] == high) << i;
      EXPECT_EQ(found.w[i],
                round_at_random(w[i], rounding_draws(kRounding, 1, static_cast<int64_t>(i) / 8),
                                static_cast<int>(i % 8)));
    }
  }
}

TEST(AdamWBf16, DoesNotDependOnThreadsOrOnTheCut) {
  constexpr int64_t kCount = 50001;
  const auto whole =
      same_on_all_threads([&](Stream stream) { return rounded_after(3, 0, kCount, stream).w; });
  for (const int64_t first : {8, 12345, 50000}) {
    const auto shard = rounded_after(3, first, kCount - first).w;
    EXPECT_TRUE(same_bits(shard, std::vector<Bf16>(whole.begin() + first, whole.end()))) << first;
  }
}

// A thousand updates of a sixty-fourth of bf16's step at 1: to the nearest nothing would move.
TEST(AdamWBf16, UpdatesBelowHalfAStepCountOnAverage) {
  constexpr int64_t kCount = 4096, kSteps = 1000;
  AdamWStep s;
  s.lr = 1.0 / 128 / 64;  // the gradient's sign times lr, with a constant gradient
  s.eps = 1e-12;
  const std::vector<float> grad(kCount, -0.5f);
  std::vector<float> m(kCount), v(kCount);
  std::vector<Bf16> w(kCount, to_bf16(1.0f));
  for (s.step = 1; s.step <= kSteps; ++s.step)
    adamw_update<kCpu>(s, kRounding, kCount, grad.data(), m.data(), v.data(), w.data(), {});
  double mean = 0;
  for (const Bf16 x : w) mean += widen(x) / kCount;
  // The variance of an update is about 1/64 of a step's square, a step between 1 and 2 is 1/128.
  EXPECT_NEAR(mean, 1 + kSteps * s.lr, 5 * std::sqrt(kSteps / 64.0 / kCount) / 128);
}

}  // namespace
}  // namespace r1::kernels
