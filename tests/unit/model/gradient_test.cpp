// The whole model's gradient: against finite differences in f64, and its bits against the way the
// batch is cut.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "libr1/core/thread_pool.h"
#include "tests/unit/model/tiny_models.h"

namespace r1 {
namespace {

using testing::as_train_sequences;
using testing::random_sequences;
using testing::randomize;

const auto kNoRange = [](int64_t, int64_t) {};

// A loss with a different weight and a curvature for each target.
double weight_of(size_t sequence, int64_t target) {
  return 0.3 + 0.1 * static_cast<double>(sequence) - 0.02 * static_cast<double>(target % 7);
}

const auto loss_gradient = [](size_t sequence, int64_t first, std::span<const double> logprob,
                              std::span<const double>, std::span<double> dlogprob) {
  for (size_t i = 0; i < logprob.size(); ++i)
    dlogprob[i] = weight_of(sequence, first + static_cast<int64_t>(i)) * (1 + 0.1 * logprob[i]);
};

double loss_value(Policy& policy, std::span<const TrainSequence> sequences) {
  double loss = 0;
  const auto logprobs = policy.logprobs(sequences, 0.7);
  for (size_t s = 0; s < logprobs.size(); ++s)
    for (size_t t = 0; t < logprobs[s].size(); ++t)
      loss += weight_of(s, static_cast<int64_t>(t)) *
              (logprobs[s][t] + 0.05 * logprobs[s][t] * logprobs[s][t]);
  return loss;
}

class ModelGradient : public ::testing::TestWithParam<ModelConfig> {};

TEST_P(ModelGradient, MatchesFiniteDifferences) {
  const ModelConfig config = GetParam();
  Policy policy(config, {.dtype = Dtype::kF64, .micro_batch_tokens = 64, .max_positions = 64}, {});
  randomize(policy);
  const auto tokens = random_sequences({5, 40, 2, 33}, config.vocab);
  const auto sequences = as_train_sequences(tokens);
  policy.accumulate(sequences, 0.7, loss_gradient, kNoRange);
  double* master = policy.master().flat().data<double>();
  const double* grad = policy.grads().flat().data<double>();
  for (const ParamEntry& entry : policy.master().table().entries()) {
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t i = entry.offset + (k * 7919 + 3) % entry.shape.size();
      const double h = 1e-5, kept = master[i];
      master[i] = kept + h;
      policy.refresh();
      const double up = loss_value(policy, sequences);
      master[i] = kept - h;
      policy.refresh();
      const double down = loss_value(policy, sequences);
      master[i] = kept;
      EXPECT_NEAR(grad[i], (up - down) / (2 * h), 1e-6 * (1 + std::abs(grad[i])))
          << entry.name << " element " << i - entry.offset;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, ModelGradient,
                         ::testing::Values(testing::tiny_llama(), testing::tiny_qwen2(),
                                           testing::tiny_qwen3(), testing::tiny_deepseek_rope()));

struct Cut {
  int64_t micro_batch_tokens;
  bool recompute;
  int threads;
};

// The same batch gives the same gradient, bit for bit, whatever the micro-batches, the
// recomputation and the threads.
class GradientBits : public ::testing::TestWithParam<Dtype> {};

TEST_P(GradientBits, DoNotDependOnTheCut) {
  for (const ModelConfig& config :
       {testing::tiny_llama(), testing::tiny_qwen2(), testing::tiny_qwen3()}) {
    const auto tokens = random_sequences({5, 40, 2, 33, 17, 8, 31, 1 + 1}, config.vocab);
    const auto sequences = as_train_sequences(tokens);
    std::vector<float> first;
    for (const Cut cut : {Cut{512, false, 1}, Cut{40, false, 1}, Cut{64, true, 1},
                          Cut{120, false, 3}, Cut{512, true, 2}}) {
      ThreadPool pool(cut.threads);
      Policy policy(config,
                    {.dtype = GetParam(),
                     .micro_batch_tokens = cut.micro_batch_tokens,
                     .max_positions = 40,
                     .recompute = cut.recompute},
                    {&pool});
      randomize(policy);
      policy.accumulate(sequences, 1.0, loss_gradient, kNoRange);
      const auto grads = policy.grads().flat().span<float>();
      if (first.empty()) first.assign(grads.begin(), grads.end());
      ASSERT_EQ(std::memcmp(first.data(), grads.data(), grads.size_bytes()), 0)
          << cut.micro_batch_tokens << " rows, recompute " << cut.recompute << ", " << cut.threads
          << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, GradientBits, ::testing::Values(Dtype::kF32, Dtype::kBf16));

// Its padding has positions beyond the last.
TEST(Policy, TakesASequenceOfAllPositions) {
  const ModelConfig config = testing::tiny_llama();
  const auto tokens = random_sequences({15}, config.vocab);
  std::vector<double> logprobs;
  for (const int64_t max_positions : {15, 64}) {
    Policy policy(config, {.micro_batch_tokens = 64, .max_positions = max_positions}, {});
    randomize(policy);
    const auto found = policy.logprobs(as_train_sequences(tokens), 1).front();
    if (logprobs.empty()) logprobs = found;
    EXPECT_EQ(found, logprobs);
  }
}

TEST(Policy, ReportsEveryGradientRangeOnce) {
  const ModelConfig config = testing::tiny_llama();
  Policy policy(config, {.micro_batch_tokens = 64, .max_positions = 64}, {});
  randomize(policy);
  const auto tokens = random_sequences({40, 40, 3}, config.vocab);
  std::vector<int> times(static_cast<size_t>(policy.master().table().total_size()));
  policy.accumulate(as_train_sequences(tokens), 1, loss_gradient,
                    [&](int64_t begin, int64_t count) {
                      for (int64_t i = begin; i < begin + count; ++i)
                        ++times[static_cast<size_t>(i)];
                    });
  for (const int n : times) ASSERT_EQ(n, 1);
}

TEST(Policy, Bf16IsCloseToF32) {
  const ModelConfig config = testing::tiny_llama();
  const auto tokens = random_sequences({30, 12}, config.vocab);
  const auto sequences = as_train_sequences(tokens);
  Policy exact(config, {.micro_batch_tokens = 64, .max_positions = 64}, {});
  Policy rounded(config, {.dtype = Dtype::kBf16, .micro_batch_tokens = 64, .max_positions = 64},
                 {});
  randomize(exact);
  randomize(rounded);
  const auto a = exact.logprobs(sequences, 1), b = rounded.logprobs(sequences, 1);
  for (size_t s = 0; s < a.size(); ++s)
    for (size_t t = 0; t < a[s].size(); ++t) EXPECT_NEAR(a[s][t], b[s][t], 0.15);
}

TEST(Policy, RefusesASequenceThatDoesNotFit) {
  const ModelConfig config = testing::tiny_llama();
  Policy policy(config, {.micro_batch_tokens = 16, .max_positions = 16}, {});
  const auto tokens = random_sequences({17}, config.vocab);
  EXPECT_THROW(policy.logprobs(as_train_sequences(tokens), 1), Error);
}

}  // namespace
}  // namespace r1
