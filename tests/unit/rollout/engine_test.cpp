#include "libr1/rollout/engine.h"

#include <gtest/gtest.h>

#include <map>

#include "libr1/core/thread_pool.h"
#include "tests/unit/model/tiny_models.h"
#include "tests/unit/model/word_tokenizer.h"

namespace r1 {
namespace {

using testing::random_sequences;
using testing::word_tokenizer;

constexpr EngineLimits kRoomy{16, 4096, 128, 96};

struct World {
  explicit World(Dtype dtype = Dtype::kF32, ModelConfig config = testing::tiny_llama(),
                 int threads = 1)
      : pool(threads),
        policy(config, {dtype, 96, 96, false}, {&pool}),
        tokenizer(word_tokenizer()) {
    testing::randomize(policy);
  }

  std::vector<Sample> generate(const std::vector<std::vector<int32_t>>& prompts,
                               const SamplingSettings& settings, const EngineLimits& limits,
                               int64_t step = 3, const Engine::OnToken& on_token = nullptr) {
    Engine engine(policy.model(), tokenizer, limits);
    size_t next = 0;
    auto samples = engine.generate(
        [&]() -> std::optional<RolloutRequest> {
          if (next == prompts.size()) return std::nullopt;
          const auto question = static_cast<int64_t>(next++);
          return RolloutRequest{question, prompts[static_cast<size_t>(question)]};
        },
        settings, Random(5, "rollout"), step, on_token);
    statistics = engine.statistics();
    return samples;
  }

  ThreadPool pool;
  Policy policy;
  Tokenizer tokenizer;
  RolloutStatistics statistics;
};

SamplingSettings sampling(int samples = 4, int64_t max_new = 50) {
  SamplingSettings settings;
  settings.num_samples = samples;
  settings.max_new_tokens = max_new;
  settings.stop_tokens = {2};
  return settings;
}

void expect_equal(const std::vector<Sample>& a, const std::vector<Sample>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].question, b[i].question);
    EXPECT_EQ(a[i].sample, b[i].sample);
    EXPECT_EQ(a[i].tokens, b[i].tokens) << i;
    EXPECT_EQ(a[i].logprobs, b[i].logprobs) << i;
    EXPECT_EQ(a[i].reason, b[i].reason) << i;
  }
}

class EngineBits : public ::testing::TestWithParam<Dtype> {};

// The log-probabilities of a rollout are those of the training forward, bit for bit, so the first
// ratio is exactly 1.
TEST_P(EngineBits, RolloutLogprobsAreTrainingLogprobs) {
  for (const ModelConfig& config :
       {testing::tiny_llama(), testing::tiny_qwen2(), testing::tiny_qwen3()}) {
    for (const float temperature : {1.0f, 0.7f}) {
      World world(GetParam(), config);
      SamplingSettings settings = sampling();
      settings.rule.temperature = temperature;
      const auto samples =
          world.generate(random_sequences({5, 32, 33, 1, 20}, 29), settings, kRoomy);
      ASSERT_EQ(samples.size(), 20u);
      std::vector<std::vector<int32_t>> whole;
      std::vector<TrainSequence> sequences;
      for (const Sample& s : samples) {
        whole.push_back(s.prompt);
        whole.back().insert(whole.back().end(), s.tokens.begin(), s.tokens.end());
      }
      for (size_t i = 0; i < whole.size(); ++i)
        sequences.push_back({whole[i], static_cast<int64_t>(samples[i].prompt.size())});
      const auto logprobs = world.policy.logprobs(sequences, settings.inverse_temperature());
      for (size_t i = 0; i < samples.size(); ++i)
        for (size_t t = 0; t < samples[i].tokens.size(); ++t)
          ASSERT_EQ(static_cast<double>(samples[i].logprobs[t]), logprobs[i][t])
              << "sample " << i << " token " << t;
    }
  }
}

// Neither the batch, nor the size of a round, nor preemption, nor threads change a sample.
TEST_P(EngineBits, SamplesDoNotDependOnTheSchedule) {
  World world(GetParam());
  const auto prompts = random_sequences({5, 32, 33, 1, 20, 40, 2}, 29);
  const auto expected = world.generate(prompts, sampling(), kRoomy);
  EXPECT_GT(world.statistics.peak_sequences, 8);
  expect_equal(world.generate(prompts, sampling(), {1, 512, 1, 96}), expected);
  expect_equal(world.generate(prompts, sampling(), {3, 512, 7, 96}), expected);
  expect_equal(world.generate(prompts, sampling(), {28, 256, 512, 96}), expected);
  EXPECT_GT(world.statistics.preemptions, 0);
  World threaded(GetParam(), testing::tiny_llama(), 3);
  expect_equal(threaded.generate(prompts, sampling(), kRoomy), expected);

  // One question alone, in its place: the same samples.
  Engine engine(world.policy.model(), world.tokenizer, kRoomy);
  bool asked = false;
  const auto alone = engine.generate(
      [&]() -> std::optional<RolloutRequest> {
        if (std::exchange(asked, true)) return std::nullopt;
        return RolloutRequest{2, prompts[2]};
      },
      sampling(), Random(5, "rollout"), 3);
  expect_equal(alone, {expected.begin() + 8, expected.begin() + 12});
}

// Who watches sees the tokens of the samples, in order, and each once in spite of preemption.
TEST_P(EngineBits, WatchedTokensAreThoseOfTheSamples) {
  World world(GetParam());
  const auto prompts = random_sequences({5, 32, 33, 1, 20, 40, 2}, 29);
  const auto expected = world.generate(prompts, sampling(), kRoomy);
  std::map<std::pair<int64_t, int32_t>, std::vector<int32_t>> seen;
  const auto watch = [&](int64_t question, int32_t sample, int32_t token) {
    seen[{question, sample}].push_back(token);
    return true;
  };
  expect_equal(world.generate(prompts, sampling(), {28, 256, 512, 96}, 3, watch), expected);
  EXPECT_GT(world.statistics.preemptions, 0);
  ASSERT_EQ(seen.size(), expected.size());
  for (const Sample& s : expected) EXPECT_EQ((seen[{s.question, s.sample}]), s.tokens);
}

TEST_P(EngineBits, InterruptedSampleIsTheStartOfTheWholeOne) {
  World world(GetParam());
  const auto prompts = random_sequences({5, 9}, 29);
  SamplingSettings settings = sampling();
  settings.stop_tokens = {};
  const auto whole = world.generate(prompts, settings, kRoomy);
  int64_t told = 0;
  const auto samples =
      world.generate(prompts, settings, kRoomy, 3, [&](int64_t question, int32_t sample, int32_t) {
        return question != 1 || sample != 2 || ++told < 7;
      });
  ASSERT_EQ(samples.size(), 8u);
  for (size_t i = 0; i < samples.size(); ++i) {
    const bool cut = i == 6;  // question 1, sample 2
    EXPECT_EQ(samples[i].reason, cut ? FinishReason::kInterrupted : FinishReason::kLength);
    ASSERT_EQ(samples[i].tokens.size(), cut ? 7u : 50u);
    ASSERT_EQ(samples[i].logprobs.size(), samples[i].tokens.size());
    EXPECT_TRUE(
        std::equal(samples[i].tokens.begin(), samples[i].tokens.end(), whole[i].tokens.begin()));
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, EngineBits, ::testing::Values(Dtype::kF32, Dtype::kBf16));

TEST(Engine, StepsAndSamplesDiffer) {
  World world;
  const auto prompts = random_sequences({6}, 29);
  const auto first = world.generate(prompts, sampling(6), kRoomy, 1);
  const auto second = world.generate(prompts, sampling(6), kRoomy, 2);
  EXPECT_NE(first[0].tokens, second[0].tokens);
  EXPECT_NE(first[0].tokens, first[1].tokens);
}

TEST(Engine, GreedyFollowsTheLargestLogit) {
  World world;
  SamplingSettings settings = sampling(2, 12);
  settings.rule.temperature = 0;
  settings.stop_tokens = {};
  const auto prompts = random_sequences({9}, 29);
  const auto samples = world.generate(prompts, settings, kRoomy);
  EXPECT_EQ(samples[0].tokens, samples[1].tokens);
  // Step by step: the token is the most likely of all continuations.
  std::vector<int32_t> tokens = prompts[0];
  for (const int32_t token : samples[0].tokens) {
    double best = -1e30;
    int32_t best_token = -1;
    for (int32_t candidate = 0; candidate < 29; ++candidate) {
      std::vector<int32_t> longer = tokens;
      longer.push_back(candidate);
      const std::vector<TrainSequence> one = {{longer, static_cast<int64_t>(tokens.size())}};
      const double logprob = world.policy.logprobs(one, 1)[0][0];
      if (logprob > best) best = logprob, best_token = candidate;
    }
    ASSERT_EQ(token, best_token);
    tokens.push_back(token);
  }
}

TEST(Engine, StopsForEachReason) {
  World world;
  const auto prompts = random_sequences({5}, 29);
  SamplingSettings settings = sampling(8, 30);
  for (const Sample& s : world.generate(prompts, settings, kRoomy)) {
    if (s.reason == FinishReason::kStopToken)
      EXPECT_EQ(s.tokens.back(), 2);
    else
      EXPECT_EQ(s.tokens.size(), 30u);
    EXPECT_EQ(std::count(s.tokens.begin(), s.tokens.end() - 1, 2), 0);
  }
  settings.stop_tokens = {};
  settings.stop_strings = {"w7 w"};
  bool stopped = false;
  for (const Sample& s : world.generate(prompts, settings, kRoomy)) {
    const std::string text = world.tokenizer.decode(s.tokens);
    EXPECT_EQ(text.find("w7 w") != text.npos, s.reason == FinishReason::kStopString) << text;
    stopped |= s.reason == FinishReason::kStopString;
  }
  EXPECT_TRUE(stopped);
  settings.stop_strings = {};
  settings.max_new_tokens = 1000;  // the model's longest sequence ends it
  for (const Sample& s : world.generate(prompts, settings, kRoomy))
    EXPECT_EQ(s.tokens.size() + 5, 96u);
}

TEST(Engine, RefusesWhatCannotFit) {
  World world;
  EXPECT_THROW(world.generate({{}}, sampling(), kRoomy), Error);
  EXPECT_THROW(world.generate(random_sequences({96}, 29), sampling(), kRoomy), Error);
  EXPECT_THROW(world.generate({}, sampling(), {8, 100, 128, 96}), Error);
  EXPECT_THROW(world.generate({}, sampling(), {8, 4096, 7, 96}), Error);
  EXPECT_TRUE(world.generate({}, sampling(), kRoomy).empty());
}

}  // namespace
}  // namespace r1
