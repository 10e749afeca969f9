#include "kernels/logprob.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

std::vector<int32_t> some_targets(const LogprobShape& shape) {
  const Random random(5, "targets");
  std::vector<int32_t> targets;
  for (int64_t r = 0; r < shape.rows; ++r)
    targets.push_back(static_cast<int32_t>(
        random.below(static_cast<uint64_t>(shape.vocab), static_cast<uint32_t>(r))));
  targets[0] = static_cast<int32_t>(shape.vocab - 1);
  if (shape.rows > 1) targets[1] = -1;  // another part of the vocabulary has it
  return targets;
}

// logprob, lse and entropy of all rows, one after another.
template <class T>
std::vector<Accumulator<T>> forward(const LogprobShape& shape,
                                    const std::vector<Accumulator<T>>& logits,
                                    const std::vector<int32_t>& targets, Stream stream = {}) {
  auto out = poisoned<Accumulator<T>>(3 * shape.rows);
  logprob_forward<kCpu, T>(shape, logits.data(), targets.data(), out.data(),
                           out.data() + shape.rows, out.data() + 2 * shape.rows, stream);
  return out;
}

template <class T>
std::vector<T> backward(const LogprobShape& shape, const std::vector<Accumulator<T>>& logits,
                        const std::vector<int32_t>& targets,
                        const std::vector<Accumulator<T>>& dlogprob, Stream stream = {}) {
  const auto out = forward<T>(shape, logits, targets);
  auto dlogits = poisoned<T>(shape.rows * shape.vocab);
  logprob_backward<kCpu, T>(shape, logits.data(), targets.data(), out.data() + shape.rows,
                            dlogprob.data(), dlogits.data(), stream);
  return dlogits;
}

template <class T>
class Logprob : public ::testing::Test {};
TYPED_TEST_SUITE(Logprob, Float32AndBf16);

TYPED_TEST(Logprob, AgreesWithDouble) {
  using T = TypeParam;
  for (const int64_t vocab : {1, 7, 8, 9, 15, 16, 17, 31, 33, 100, 576, 4095, 4097, 9000}) {
    for (const double inverse_temperature : {1.0, 0.7, 2.5}) {
      const LogprobShape shape{3, vocab, inverse_temperature};
      const auto logits = random_values<float>(3 * vocab, "logits", 5);
      const auto targets = some_targets(shape);
      const auto dlogprob = random_values<float>(3, "dlogprob");
      // The kernel's temperature is a float.
      const LogprobShape exact{3, vocab, static_cast<float>(inverse_temperature)};
      expect_close(forward<T>(shape, logits, targets),
                   forward<double>(exact, widen(logits), targets), 5e-7);
      expect_close(backward<T>(shape, logits, targets, dlogprob),
                   backward<double>(exact, widen(logits), targets, widen(dlogprob)), tolerance<T>(),
                   0.5);
    }
  }
}

// A row in two parts, of which one has the target: together they know the whole row's result.
TYPED_TEST(Logprob, ATargetMayLieInAnotherPart) {
  using T = TypeParam;
  const LogprobShape whole{2, 50, 0.8}, part{2, 30, 0.8}, rest{2, 20, 0.8};
  const auto logits = random_values<float>(100, "logits", 3);
  std::vector<float> left, right;
  for (size_t i = 0; i < logits.size(); ++i) (i % 50 < 30 ? left : right).push_back(logits[i]);
  const std::vector<int32_t> nowhere = {-1, -1}, here = {4, 17}, targets = {34, 47};
  const auto expected = forward<T>(whole, logits, targets),
             without = forward<T>(part, left, nowhere), with = forward<T>(rest, right, here);
  for (size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(without[row], -without[2 + row]);  // of a logit of 0
    const double lse = std::log(std::exp(static_cast<double>(without[2 + row])) +
                                std::exp(static_cast<double>(with[2 + row])));
    EXPECT_NEAR(expected[2 + row], lse, 1e-5);
    EXPECT_NEAR(expected[row], with[row] + with[2 + row] - lse, 1e-5);
  }
  // The softmax and its sums do not know of targets; the gradient has none to subtract from.
  const auto other = forward<T>(part, left, here);
  EXPECT_TRUE(same_bits(std::vector<float>(without.begin() + 2, without.end()),
                        std::vector<float>(other.begin() + 2, other.end())));
  const std::vector<float> dlogprob = {0.5f, -0.25f};
  auto none = backward<T>(part, left, nowhere, dlogprob);
  const auto some = backward<T>(part, left, here, dlogprob);
  for (size_t row = 0; row < 2; ++row) {
    const size_t at = row * 30 + static_cast<size_t>(here[row]);
    EXPECT_NEAR(widen(some[at]) - widen(none[at]), 0.8 * dlogprob[row], 4e-3);
    none[at] = some[at];
  }
  EXPECT_TRUE(same_bits(none, some));
}

// Columns of whole rows, and targets by their own ids: the bits of the part copied together.
TYPED_TEST(Logprob, APartIsReadInItsRows) {
  using T = TypeParam;
  const LogprobShape apart{3, 20, 0.8}, in_rows{3, 20, 0.8, 30, 55};
  const auto logits = random_values<float>(3 * 55, "logits", 3);
  std::vector<float> columns, from(logits.begin() + 30, logits.end());
  for (size_t i = 0; i < logits.size(); ++i)
    if (i % 55 >= 30 && i % 55 < 50) columns.push_back(logits[i]);
  const std::vector<int32_t> here = {4, -1, -1}, targets = {34, 29, 50};
  const std::vector<float> dlogprob = {0.5f, -0.25f, 1};
  EXPECT_TRUE(same_bits(forward<T>(in_rows, from, targets), forward<T>(apart, columns, here)));
  EXPECT_TRUE(same_bits(backward<T>(in_rows, from, targets, dlogprob),
                        backward<T>(apart, columns, here, dlogprob)));
}

TYPED_TEST(Logprob, KeepsItsDigitsOnALongRow) {
  using T = TypeParam;
  const LogprobShape shape{1, 152064, 1.0};
  const auto logits = random_values<float>(shape.vocab, "logits", 2);
  const std::vector<int32_t> targets = {151000};
  const auto found = forward<T>(shape, logits, targets);
  const auto expected = forward<double>(shape, widen(logits), targets);
  expect_close(found, expected, 2e-7);
  const auto dlogits = backward<T>(shape, logits, targets, {1.0f});
  double sum = 0;  // of softmax minus one-hot
  for (const T value : dlogits) sum += widen(value);
  const double rounding = std::is_same_v<T, Bf16> ? 2e-3 : 2e-6;
  EXPECT_NEAR(sum, 0, rounding);
}

TYPED_TEST(Logprob, DoesNotDependOnThreadsOrOtherRows) {
  using T = TypeParam;
  const LogprobShape shape{20, 333, 0.9};
  const auto logits = random_values<float>(20 * 333, "logits", 3);
  const auto targets = some_targets(shape);
  const auto dlogprob = random_values<float>(20, "dlogprob");
  const auto all = same_on_all_threads(
      [&](Stream stream) { return forward<T>(shape, logits, targets, stream); });
  same_on_all_threads(
      [&](Stream stream) { return backward<T>(shape, logits, targets, dlogprob, stream); });
  for (size_t row = 0; row < 20; ++row) {  // rows of 333 are never aligned alike
    const std::vector<float> alone(logits.begin() + row * 333, logits.begin() + (row + 1) * 333);
    const auto found = forward<T>({1, 333, 0.9}, alone, {targets[row]});
    EXPECT_EQ(found[0], all[row]);
    EXPECT_EQ(found[1], all[20 + row]);
    EXPECT_EQ(found[2], all[40 + row]);
  }
}

TYPED_TEST(Logprob, EntropyIsOptionalAndChangesNothing) {
  using T = TypeParam;
  const LogprobShape shape{4, 50, 1.0};
  const auto logits = random_values<float>(200, "logits");
  const auto targets = some_targets(shape);
  auto found = poisoned<float>(8);
  logprob_forward<kCpu, T>(shape, logits.data(), targets.data(), found.data(), found.data() + 4,
                           nullptr, {});
  const auto expected = forward<T>(shape, logits, targets);
  EXPECT_TRUE(same_bits(found, std::vector<float>(expected.begin(), expected.begin() + 8)));
}

TYPED_TEST(Logprob, HandlesExtremeRows) {
  using T = TypeParam;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // Tokens that cannot occur; a far winner; equal logits; large equal logits.
  std::vector<float> logits(4 * 20, 0.0f);
  for (size_t i = 0; i < 20; ++i) {
    logits[i] = i < 4 ? 1.0f : -kInfinity;
    logits[20 + i] = i == 3 ? 1000.0f : -1000.0f;
    logits[60 + i] = 3e38f;
  }
  const auto found = forward<T>({4, 20, 1.0}, logits, {0, 3, 7, 19});
  const auto log20 = static_cast<float>(std::log(20.0));
  EXPECT_FLOAT_EQ(found[0], -std::log(4.0f));
  EXPECT_FLOAT_EQ(found[8], std::log(4.0f));
  EXPECT_EQ(found[1], 0.0f);
  EXPECT_EQ(found[9], 0.0f);
  EXPECT_FLOAT_EQ(found[2], -log20);
  EXPECT_FLOAT_EQ(found[10], log20);
  EXPECT_FLOAT_EQ(found[3], -log20);
  const auto gradient = backward<T>({1, 20, 1.0}, {logits.begin(), logits.begin() + 20}, {0}, {1});
  EXPECT_NEAR(widen(gradient[0]), 0.75, 1e-6);
  EXPECT_NEAR(widen(gradient[1]), -0.25, 1e-6);
  EXPECT_EQ(widen(gradient[10]), 0);
  const auto impossible = forward<T>({1, 20, 1.0}, {logits.begin(), logits.begin() + 20}, {9});
  EXPECT_EQ(impossible[0], -kInfinity);
}

TYPED_TEST(Logprob, NanAnywhereShowsInEveryResult) {
  using T = TypeParam;
  for (const int64_t vocab : {5, 100, 5000}) {
    for (const int64_t place : {int64_t{0}, vocab / 2, vocab - 1}) {
      auto logits = random_values<float>(vocab, "logits");
      logits[static_cast<size_t>(place)] = std::nanf("");
      for (const float value : forward<T>({1, vocab, 1.0}, logits, {1}))
        EXPECT_TRUE(std::isnan(value)) << place << " of " << vocab;
    }
  }
}

TEST(LogprobDouble, GradientAgreesWithFiniteDifferences) {
  const LogprobShape shape{3, 6, 1.3};
  const auto logits = random_values<double>(18, "logits", 2);
  const std::vector<int32_t> targets = {0, 5, 2};
  const auto dlogprob = random_values<double>(3, "dlogprob");
  const auto loss = [&](const std::vector<double>& at) {
    const auto out = forward<double>(shape, at, targets);
    return dot(dlogprob, {out.begin(), out.begin() + 3});
  };
  expect_gradient(loss, logits, backward<double>(shape, logits, targets, dlogprob));
}

// - sum p log p, from the definition.
TEST(LogprobDouble, EntropyIsThatOfTheRow) {
  const auto logits = random_values<double>(40, "logits", 2);
  double sum = 0;
  for (const double x : logits) sum += std::exp(x);
  double entropy = 0;
  for (const double x : logits) entropy -= std::exp(x) / sum * std::log(std::exp(x) / sum);
  EXPECT_NEAR(forward<double>({1, 40, 1.0}, logits, {0})[2], entropy, 1e-12);
}

}  // namespace
}  // namespace r1::kernels
