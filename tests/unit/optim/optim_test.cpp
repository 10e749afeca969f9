#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "libr1/config/config.h"
#include "libr1/core/error.h"
#include "libr1/core/philox.h"
#include "libr1/optim/sharded_adamw.h"

namespace r1 {
namespace {

TEST(Schedule, FollowsItsClosedForms) {
  ScheduleConfig s;
  s.lr = 2;
  s.warmup_steps = 10;
  s.total_steps = 110;
  s.final_fraction = 0.1;
  EXPECT_DOUBLE_EQ(learning_rate(s, 1), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(s, 10), 2);
  EXPECT_DOUBLE_EQ(learning_rate(s, 5000), 2);
  s.decay = Decay::kLinear;
  EXPECT_DOUBLE_EQ(learning_rate(s, 60), 2 * (0.1 + 0.9 * 0.5));
  EXPECT_DOUBLE_EQ(learning_rate(s, 110), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(s, 5000), 0.2);
  s.decay = Decay::kCosine;
  EXPECT_DOUBLE_EQ(learning_rate(s, 35),
                   2 * (0.1 + 0.9 * 0.5 * (1 + std::cos(std::numbers::pi / 4))));
  EXPECT_DOUBLE_EQ(learning_rate(s, 110), 0.2);
  s.warmup_steps = 0;
  EXPECT_DOUBLE_EQ(learning_rate({.lr = 3}, 1), 3);
}

TEST(Schedule, DecaysOverAllStepsWhereNothingElseIsSaid) {
  const ScheduleConfig s{.lr = 1, .warmup_steps = 10, .decay = Decay::kLinear};
  EXPECT_DOUBLE_EQ(learning_rate(over_steps(s, 110), 60), 0.55);
  EXPECT_DOUBLE_EQ(learning_rate(over_steps(over_steps(s, 110), 1000), 60), 0.55);
  EXPECT_DOUBLE_EQ(learning_rate(over_steps(s, 5), 5), 0.5);  // it ends while it warms up
  EXPECT_EQ(over_steps({.warmup_steps = 10}, 5).decay, Decay::kConstant);
}

TEST(BucketPlan, CoversTheRangeOnce) {
  for (const int64_t total : {1, 7, 100, 101}) {
    for (const int64_t bucket : {1, 3, 50, 1000}) {
      for (const int ranks : {1, 2, 3, 8}) {
        const BucketPlan plan(total, bucket, ranks);
        std::vector<int> seen(static_cast<size_t>(total));
        for (int rank = 0; rank < ranks; ++rank)
          for (const FlatRange& range : plan.owned(rank))
            for (int64_t i = range.begin; i < range.end(); ++i) ++seen[static_cast<size_t>(i)];
        EXPECT_EQ(seen, std::vector<int>(seen.size(), 1)) << total << " " << bucket << " " << ranks;
        EXPECT_EQ(plan.bucket_size() % ranks, 0);
      }
    }
  }
}

ParamTable table() {
  ParamTable t;
  t.add("matrix", {7, 11}, true);
  t.add("vector", {13}, false);
  return t;
}

double draw(int64_t i, int step) {
  return Random(1, "gradients").normal(static_cast<uint32_t>(i), static_cast<uint32_t>(step));
}

// AdamW as Loshchilov and Hutter print it, decoupled decay first, with the norm clipped before.
struct Reference {
  std::vector<double> x, m, v;
  int t = 0;
  void step(const OptimizerConfig& c, const std::vector<double>& grad, int64_t decayed) {
    double norm = 0;
    for (const double g : grad) norm += g * g;
    norm = std::sqrt(norm);
    const double scale = c.clip_norm > 0 && norm > c.clip_norm ? c.clip_norm / norm : 1;
    ++t;
    const double lr = learning_rate(c.schedule, t);
    for (size_t i = 0; i < x.size(); ++i) {
      const double g = grad[i] * scale;
      m[i] = c.beta1 * m[i] + (1 - c.beta1) * g;
      v[i] = c.beta2 * v[i] + (1 - c.beta2) * g * g;
      const double mh = m[i] / (1 - std::pow(c.beta1, t)), vh = v[i] / (1 - std::pow(c.beta2, t));
      const double decay = static_cast<int64_t>(i) < decayed ? c.weight_decay : 0;
      x[i] -= lr * (mh / (std::sqrt(vh) + c.eps) + decay * x[i]);
    }
  }
};

template <class T>
void ten_steps(int64_t bucket, double clip, double tolerance) {
  OptimizerConfig config;
  config.schedule = {.lr = 0.05, .warmup_steps = 3, .decay = Decay::kCosine, .total_steps = 9};
  config.clip_norm = clip;
  config.bucket_elements = bucket;
  const ParamTable t = table();
  const ParamSet master(t, kDtypeOf<T>), grads(t, kDtypeOf<T>);
  const auto group = self_group();
  ShardedAdamW optimizer(config, master, *group, {});
  const auto size = static_cast<size_t>(t.total_size());
  Reference reference{std::vector<double>(size), std::vector<double>(size),
                      std::vector<double>(size)};
  for (size_t i = 0; i < size; ++i) {
    master.flat().data<T>()[i] = static_cast<T>(draw(static_cast<int64_t>(i), 99));
    reference.x[i] = static_cast<double>(master.flat().data<T>()[i]);
  }
  for (int step = 0; step < 10; ++step) {
    std::vector<double> gradient;
    double squares = 0;
    for (size_t i = 0; i < size; ++i) {
      grads.flat().data<T>()[i] = static_cast<T>(draw(static_cast<int64_t>(i), step));
      gradient.push_back(static_cast<double>(grads.flat().data<T>()[i]));
      squares += gradient.back() * gradient.back();
    }
    if (step % 2 == 0) {  // reported in pieces, in any order, or not at all
      optimizer.gradients_ready(grads, 50, static_cast<int64_t>(size) - 50);
      optimizer.gradients_ready(grads, 0, 20);
    }
    const auto result = optimizer.step(grads);
    reference.step(config, gradient, 77);
    EXPECT_TRUE(result.finite);
    EXPECT_NEAR(result.grad_norm, std::sqrt(squares), tolerance * 10);
    for (size_t i = 0; i < size; ++i)
      ASSERT_NEAR(master.flat().data<T>()[i], reference.x[i], tolerance) << "step " << step;
  }
  EXPECT_EQ(optimizer.steps(), 10);
}

TEST(ShardedAdamW, IsAdamW) {
  for (const int64_t bucket : {1, 17, 90, 1000}) {
    for (const double clip : {0.0, 0.7}) {
      ten_steps<double>(bucket, clip, 1e-12);
      ten_steps<float>(bucket, clip, 2e-6);
    }
  }
}

// The corrections divide by 1 - beta^t.
TEST(ShardedAdamW, RefusesMomentsThatNeverDecay) {
  const auto read = [](const char* text) { return parse_config<OptimizerConfig>(text, "text"); };
  for (const char* text : {"beta1 = 1", "beta2 = 1.0", "beta1 = -0.1", "beta2 = nan"})
    EXPECT_THROW(read(text), Error) << text;
  EXPECT_EQ(read("beta1 = 0").beta1, 0);
  EXPECT_EQ(read("beta2 = 0.9999").beta2, 0.9999);
}

TEST(ShardedAdamW, ANonFiniteGradientChangesNothing) {
  for (const float bad : {NAN, INFINITY}) {
    const ParamTable t = table();
    const ParamSet master(t, Dtype::kF32), grads(t, Dtype::kF32);
    const auto group = self_group();
    ShardedAdamW optimizer({}, master, *group, {});
    master.flat().data<float>()[3] = 5;
    grads.flat().data<float>()[80] = bad;
    EXPECT_FALSE(optimizer.step(grads).finite);
    EXPECT_EQ(optimizer.steps(), 0);
    EXPECT_EQ(master.flat().data<float>()[3], 5);
    for (const float value : optimizer.m().span<float>()) EXPECT_EQ(value, 0);
    grads.flat().data<float>()[80] = 1;  // and the next step works
    EXPECT_TRUE(optimizer.step(grads).finite);
    EXPECT_EQ(optimizer.steps(), 1);
  }
}

}  // namespace
}  // namespace r1
