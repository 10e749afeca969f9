#include "kernels/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/kernels/kernel_test.h"
#include "tests/kernels/random_sampling.h"

namespace r1::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLastUniform = 1 - 0x1p-24f;

int32_t sample(const std::vector<float>& logits, const SamplingRule& rule, float uniform) {
  const auto vocab = static_cast<int64_t>(logits.size());
  auto scratch = poisoned<float>(2 * vocab);
  int32_t token = -7;
  sample_tokens<kCpu>(1, vocab, logits.data(), &rule, &uniform, scratch.data(), &token, {});
  return token;
}

// The rule by definition: all probabilities, one full sort, in double.
struct Exact {
  std::vector<double> probability;  // 0 for what the rule drops
  double margin = 1;                // how near top_p's border lies to a sum
};

Exact exact_distribution(const std::vector<float>& logits, const SamplingRule& rule) {
  const double top = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  for (const float x : logits) p.push_back(std::exp((x - top) / rule.temperature));
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return logits[a] > logits[b]; });
  if (rule.top_k > 0)
    for (size_t i = static_cast<size_t>(rule.top_k); i < order.size(); ++i) p[order[i]] = 0;
  for (double& value : p)
    if (value < rule.min_p * (1 - 1e-12)) value = 0;
  Exact exact;
  if (rule.top_p < 1) {
    const double goal = rule.top_p * std::accumulate(p.begin(), p.end(), 0.0);
    double sum = 0;
    for (const size_t i : order) {
      if (sum >= goal && i != order[0]) p[i] = 0;
      sum += p[i];
      if (p[i] > 0) exact.margin = std::min(exact.margin, std::abs(sum - goal) / goal);
    }
  }
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& value : p) value /= total;
  exact.probability = p;
  return exact;
}

// The token of a uniform, and how near the uniform lies to the border between two tokens.
std::pair<int32_t, double> exact_draw(const Exact& exact, float uniform) {
  double sum = 0;
  double margin = 1;
  int32_t token = -1;
  for (size_t i = 0; i < exact.probability.size(); ++i) {
    if (exact.probability[i] == 0) continue;
    if (token < 0 || sum <= uniform) token = static_cast<int32_t>(i);
    sum += exact.probability[i];
    margin = std::min(margin, std::abs(sum - uniform));
  }
  return {token, margin};
}

TEST(Sampling, AgreesWithTheDefinitionForRandomRules) {
  const Random random(11, "sampling");
  int compared = 0;
  constexpr uint32_t kTrials = 4000;
  for (uint32_t trial = 0; trial < kTrials; ++trial) {
    const SamplingRule rule = random_rule(random, trial);
    const auto vocab = static_cast<int64_t>(1 + random.below(400, trial, 8));
    const std::vector<float> logits = random_logits(random, trial, vocab);
    const Exact exact = exact_distribution(logits, rule);
    const float uniform = random.uniform(trial, 10);
    const auto [token, margin] = exact_draw(exact, uniform);
    if (margin < 1e-6 || exact.margin < 1e-6) continue;  // float sums may fall on either side
    ++compared;
    ASSERT_EQ(sample(logits, rule, uniform), token)
        << "trial " << trial << ", vocab " << logits.size() << ", T " << rule.temperature << ", k "
        << rule.top_k << ", p " << rule.top_p << ", min " << rule.min_p << ", u " << uniform;
  }
  EXPECT_GT(compared, kTrials * 0.97);
}

TEST(Sampling, NeverLeavesTheKeptSetAtTheEndsOfTheInterval) {
  const Random random(12, "sampling");
  for (uint32_t trial = 0; trial < 3000; ++trial) {
    const SamplingRule rule = random_rule(random, trial);
    const auto vocab = static_cast<int64_t>(1 + random.below(400, trial, 8));
    const std::vector<float> logits = random_logits(random, trial, vocab);
    const Exact exact = exact_distribution(logits, rule);
    if (exact.margin < 1e-6) continue;
    for (const float uniform : {0.0f, 0x1p-24f, kLastUniform}) {
      const int32_t token = sample(logits, rule, uniform);
      ASSERT_GE(token, 0);
      ASSERT_LT(token, static_cast<int32_t>(logits.size()));
      ASSERT_GT(exact.probability[static_cast<size_t>(token)], 0) << "trial " << trial;
    }
  }
}

// 0.9999 quantile of chi-square with many degrees of freedom (Wilson and Hilferty, 1931).
double chi_square_limit(int degrees) {
  const double t = 2.0 / (9.0 * degrees);
  return degrees * std::pow(1 - t + 3.719 * std::sqrt(t), 3);
}

TEST(Sampling, FrequenciesAreTheProbabilities) {
  const std::vector<float> logits = random_values<float>(60, "logits", 1.5);
  const Random random(13, "draws");
  for (const SamplingRule& rule :
       {SamplingRule{}, SamplingRule{1.5f}, SamplingRule{0.7f, 20}, SamplingRule{1, 0, 0.9f},
        SamplingRule{1, 0, 1, 0.05f}, SamplingRule{1.2f, 30, 0.95f, 0.02f}}) {
    const Exact exact = exact_distribution(logits, rule);
    constexpr int kDraws = 40000;
    std::vector<int> counts(logits.size());
    for (uint32_t i = 0; i < kDraws; ++i)
      ++counts[static_cast<size_t>(sample(logits, rule, random.uniform(i)))];
    double chi_square = 0;
    int degrees = -1;
    double rare_expected = 0, rare_count = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      const double expected = exact.probability[i] * kDraws;
      if (expected == 0) {
        EXPECT_EQ(counts[i], 0);
      } else if (expected < 10) {
        rare_expected += expected;
        rare_count += counts[i];
      } else {
        chi_square += std::pow(counts[i] - expected, 2) / expected;
        ++degrees;
      }
    }
    if (rare_expected > 0) {
      chi_square += std::pow(rare_count - rare_expected, 2) / rare_expected;
      ++degrees;
    }
    EXPECT_LT(chi_square, chi_square_limit(degrees)) << degrees;
  }
}

TEST(Sampling, TiesAtABorderKeepTheLowestIds) {
  const std::vector<float> equal(40, 2.5f);
  std::vector<int> seen(40);
  for (int i = 0; i < 1000; ++i) {
    const float uniform = static_cast<float>(i) / 1000;
    ++seen[static_cast<size_t>(sample(equal, {1, 3}, uniform))];
    EXPECT_LT(sample(equal, {1, 0, 0.245f}, uniform), 10);  // 10 tokens reach 0.245
  }
  EXPECT_NEAR(seen[0], 333, 1);
  EXPECT_NEAR(seen[1], 333, 1);
  EXPECT_NEAR(seen[2], 333, 1);
  EXPECT_EQ(sample(equal, {1, 0, 0.245f}, 0.999f), 9);
  EXPECT_EQ(sample(equal, {1, 0, 1, 1}, 0.999f), 39);  // min_p keeps all that tie
}

// Logits a float apart weigh the same, yet one is larger.
TEST(Sampling, TopKRanksLogitsNotWeights) {
  std::vector<float> logits(20, 1.0f);
  logits[17] = std::nextafterf(1.0f, 2.0f);
  EXPECT_EQ(sample(logits, {1, 1}, 0.5f), 17);
  EXPECT_EQ(sample(logits, {1, 0, 1e-3f}, 0.5f), 17);
}

TEST(Sampling, GreedyTakesTheLowestIdAmongTheLargest) {
  std::vector<float> logits(100, -3.0f);
  logits[41] = logits[42] = logits[99] = -1.0f;
  for (const float uniform : {0.0f, 0.7f, kLastUniform})
    EXPECT_EQ(sample(logits, {0, 5, 0.5f, 0.1f}, uniform), 41);
  EXPECT_EQ(sample({-2.0f}, {0}, 0.3f), 0);
}

TEST(Sampling, RefusesRowsThatAreNotNumbers) {
  for (const size_t vocab : {1u, 16u, 100u, 700u}) {
    for (const size_t place : {size_t{0}, vocab / 2, vocab - 1}) {
      for (const SamplingRule& rule : {SamplingRule{}, SamplingRule{0}, SamplingRule{1, 5, 0.9f}}) {
        std::vector<float> logits(vocab, 1.0f);
        logits[place] = std::nanf("");
        EXPECT_EQ(sample(logits, rule, 0.5f), -1);
        logits[place] = kInfinity;
        EXPECT_EQ(sample(logits, rule, 0.5f), -1);
        EXPECT_EQ(sample(std::vector<float>(vocab, -kInfinity), rule, 0.5f), -1);
      }
    }
  }
}

TEST(Sampling, NeverDrawsAnImpossibleToken) {
  std::vector<float> logits(300, -kInfinity);
  logits[5] = 1;
  logits[280] = 1;
  for (const SamplingRule& rule : {SamplingRule{}, SamplingRule{1, 10}, SamplingRule{1, 0, 0.99f},
                                   SamplingRule{0.01f, 100, 0.5f, 0.1f}}) {
    EXPECT_EQ(sample(logits, rule, 0.0f), 5);
    EXPECT_EQ(sample(logits, rule, kLastUniform), rule.top_p == 0.5f ? 5 : 280);
  }
}

TEST(Sampling, TakesExtremeSettings) {
  const std::vector<float> logits = random_values<float>(500, "logits", 5);
  const auto best =
      static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  for (const float uniform : {0.0f, 0.5f, kLastUniform}) {
    EXPECT_EQ(sample(logits, {1e-30f}, uniform), best);
    EXPECT_EQ(sample(logits, {1e-42f, 3, 0.5f, 0.5f}, uniform), best);
    EXPECT_EQ(sample(logits, {1, 1}, uniform), best);
    EXPECT_EQ(sample(logits, {1, 0, 0}, uniform), best);
    EXPECT_EQ(sample(logits, {1, 0, 1, 1}, uniform), best);
    EXPECT_GE(sample(logits, {1e30f, 1 << 30, 0.999f, 1e-30f}, uniform), 0);
  }
}

// A vocabulary of a large model, flat and peaked; the border is looked for in ever larger sets.
TEST(Sampling, AgreesWithTheDefinitionOnALongRow) {
  const Random random(14, "long");
  for (const double spread : {0.01, 1.0, 6.0}) {
    const auto logits = random_values<float>(50257, "logits", spread);
    for (const SamplingRule& rule : {SamplingRule{}, SamplingRule{1, 0, 0.95f},
                                     SamplingRule{1, 4000}, SamplingRule{0.6f, 50, 0.9f, 0.01f}}) {
      const Exact exact = exact_distribution(logits, rule);
      for (uint32_t i = 0; i < 5; ++i) {
        const auto [token, margin] = exact_draw(exact, random.uniform(i));
        if (margin < 1e-7 || exact.margin < 1e-7) continue;
        const int32_t found = sample(logits, rule, random.uniform(i));
        EXPECT_LE(std::abs(found - token), margin < 1e-6 ? 1 : 0) << spread;
      }
    }
  }
}

TEST(Sampling, RowsDoNotDependOnEachOtherOrOnThreads) {
  constexpr int64_t kRows = 37;
  constexpr int64_t kVocab = 101;
  const Random random(15, "rows");
  const auto logits = random_values<float>(kRows * kVocab, "logits", 3);
  std::vector<SamplingRule> rules;
  std::vector<float> uniforms;
  for (uint32_t r = 0; r < kRows; ++r) {
    rules.push_back(random_rule(random, r));
    uniforms.push_back(random.uniform(r, 20));
  }
  const auto tokens = same_on_all_threads([&](Stream stream) {
    auto scratch = poisoned<float>(2 * kRows * kVocab);
    std::vector<int32_t> drawn(kRows, -7);
    sample_tokens<kCpu>(kRows, kVocab, logits.data(), rules.data(), uniforms.data(), scratch.data(),
                        drawn.data(), stream);
    return drawn;
  });
  for (size_t r = 0; r < kRows; ++r) {
    const std::vector<float> row(logits.begin() + static_cast<int64_t>(r) * kVocab,
                                 logits.begin() + static_cast<int64_t>(r + 1) * kVocab);
    EXPECT_EQ(sample(row, rules[r], uniforms[r]), tokens[r]);
  }
}

}  // namespace
}  // namespace r1::kernels
