#include "kernels/logprob.h"

#include "tests/kernels/cuda/cuda_test.h"

namespace r1::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <class T>
class LogprobCuda : public OnDevice {};
TYPED_TEST_SUITE(LogprobCuda, Float32AndBf16);

std::vector<int32_t> some_targets(const LogprobShape& shape) {
  const Random random(5, "targets");
  std::vector<int32_t> targets;
  for (uint32_t r = 0; r < shape.rows; ++r)
    targets.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(shape.vocab), r)));
  targets[0] = static_cast<int32_t>(shape.vocab - 1);
  if (shape.rows > 1) targets[1] = -1;  // another part of the vocabulary has it
  return targets;
}

// logprob, lse and entropy of all rows, one after another.
template <class T>
std::vector<float> forward(const LogprobShape& shape, const std::vector<float>& logits,
                           const std::vector<int32_t>& targets, bool with_entropy = true) {
  const DeviceArray<float> on_logits(logits), out(poisoned<float>(3 * shape.rows));
  const DeviceArray<int32_t> on_targets(targets);
  logprob_forward<kCuda, T>(shape, on_logits.data(), on_targets.data(), out.data(),
                            out.data() + shape.rows,
                            with_entropy ? out.data() + 2 * shape.rows : nullptr, device_stream());
  return out.host();
}

template <class T>
std::vector<T> backward(const LogprobShape& shape, const std::vector<float>& logits,
                        const std::vector<int32_t>& targets, const std::vector<float>& lse,
                        const std::vector<float>& dlogprob) {
  const DeviceArray<float> on_logits(logits), on_lse(lse), on_dlogprob(dlogprob);
  const DeviceArray<int32_t> on_targets(targets);
  const DeviceArray<T> dlogits(poisoned<T>(shape.rows * shape.vocab));
  logprob_backward<kCuda, T>(shape, on_logits.data(), on_targets.data(), on_lse.data(),
                             on_dlogprob.data(), dlogits.data(), device_stream());
  return dlogits.host();
}

TYPED_TEST(LogprobCuda, AgreesWithDoubleAndTheGradientHasTheCpusBits) {
  using T = TypeParam;
  for (const int64_t vocab : {1, 7, 31, 33, 100, 511, 513, 4097, 9000}) {
    for (const double inverse_temperature : {1.0, 0.7}) {
      const LogprobShape shape{3, vocab, inverse_temperature};
      const auto logits = random_values<float>(3 * vocab, "logits", 5);
      const auto targets = some_targets(shape);
      const auto dlogprob = random_values<float>(3, "dlogprob");
      const auto found = forward<T>(shape, logits, targets);
      const LogprobShape exact{3, vocab, static_cast<float>(inverse_temperature)};
      std::vector<double> expected(9);
      logprob_forward<kCpu, double>(exact, widen(logits).data(), targets.data(), expected.data(),
                                    expected.data() + 3, expected.data() + 6, {});
      expect_close(found, expected, 5e-7);
      const auto lse = part_of(found, 3, 3);
      auto dlogits = poisoned<T>(3 * vocab);
      logprob_backward<kCpu, T>(shape, logits.data(), targets.data(), lse.data(), dlogprob.data(),
                                dlogits.data(), {});
      EXPECT_TRUE(same_bits(backward<T>(shape, logits, targets, lse, dlogprob), dlogits));
    }
  }
}

TYPED_TEST(LogprobCuda, RowsDoNotDependOnEachOtherNorOnEntropy) {
  using T = TypeParam;
  const LogprobShape shape{12, 5000, 0.9};
  const auto logits = random_values<float>(12 * 5000, "logits", 3);
  const auto targets = some_targets(shape);
  const auto all = same_in_all_orders([&] { return forward<T>(shape, logits, targets); });
  const auto plain = forward<T>(shape, logits, targets, false);
  EXPECT_TRUE(same_bits(part_of(plain, 0, 24), part_of(all, 0, 24)));
  EXPECT_TRUE(same_bits(part_of(plain, 24, 12), poisoned<float>(12)));
  for (int64_t row = 0; row < 12; ++row) {
    const auto alone =
        forward<T>({1, 5000, 0.9}, part_of(logits, row * 5000, 5000), part_of(targets, row, 1));
    for (int64_t i = 0; i < 3; ++i)
      EXPECT_EQ(alone[static_cast<size_t>(i)], all[static_cast<size_t>(12 * i + row)]);
  }
}

TYPED_TEST(LogprobCuda, APartIsReadInItsRows) {
  using T = TypeParam;
  for (const int64_t vocab : {20, 600}) {
    const int64_t stride = vocab + 35;
    const LogprobShape apart{3, vocab, 0.8}, in_rows{3, vocab, 0.8, 30, stride};
    const auto logits = random_values<float>(3 * stride, "logits", 3);
    const std::vector<float> from(logits.begin() + 30, logits.end());
    std::vector<float> columns;
    for (int64_t row = 0; row < 3; ++row)
      append(columns, part_of(logits, row * stride + 30, vocab));
    const auto last = static_cast<int32_t>(30 + vocab);
    const std::vector<int32_t> here = {4, -1, -1}, targets = {34, 29, last};
    const auto expected = forward<T>(apart, columns, here);
    EXPECT_TRUE(same_bits(forward<T>(in_rows, from, targets), expected));
    const std::vector<float> lse(expected.begin() + 3, expected.begin() + 6), d = {0.5f, -1, 1};
    EXPECT_TRUE(same_bits(backward<T>(in_rows, from, targets, lse, d),
                          backward<T>(apart, columns, here, lse, d)));
  }
}

TYPED_TEST(LogprobCuda, KeepsItsDigitsOnALongRow) {
  using T = TypeParam;
  const LogprobShape shape{1, 152064, 1.0};
  const auto logits = random_values<float>(shape.vocab, "logits", 2);
  const std::vector<int32_t> targets = {151000};
  std::vector<double> expected(3);
  logprob_forward<kCpu, double>(shape, widen(logits).data(), targets.data(), &expected[0],
                                &expected[1], &expected[2], {});
  expect_close(forward<T>(shape, logits, targets), expected, 2e-7);
}

TYPED_TEST(LogprobCuda, HandlesExtremeRowsLikeTheCpu) {
  using T = TypeParam;
  std::vector<float> logits(5 * 40, 0.0f);
  for (size_t i = 0; i < 40; ++i) {
    logits[i] = i < 4 ? 1.0f : -kInfinity;
    logits[40 + i] = i == 3 ? 1000.0f : -1000.0f;
    logits[120 + i] = 3e38f;
    logits[160 + i] = -kInfinity;
  }
  const LogprobShape shape{5, 40, 1.0};
  for (const std::vector<int32_t>& targets :
       {std::vector<int32_t>{0, 3, 7, 19, 1}, {9, 1, 0, 0, 0}}) {
    const auto found = forward<T>(shape, logits, targets);
    auto expected = poisoned<float>(15);
    logprob_forward<kCpu, T>(shape, logits.data(), targets.data(), expected.data(),
                             expected.data() + 5, expected.data() + 10, {});
    for (size_t i = 0; i < 15; ++i) {
      if (std::isfinite(expected[i]))
        EXPECT_FLOAT_EQ(found[i], expected[i]) << i;
      else if (std::isnan(expected[i]))
        EXPECT_TRUE(std::isnan(found[i])) << i;
      else
        EXPECT_EQ(found[i], expected[i]) << i;
    }
  }
}

TYPED_TEST(LogprobCuda, NanAndInfinityShowInEveryResult) {
  using T = TypeParam;
  for (const int64_t vocab : {5, 100, 5000})
    for (const int64_t place : {int64_t{0}, vocab / 2, vocab - 1})
      for (const float bad : {std::nanf(""), kInfinity}) {
        auto logits = random_values<float>(vocab, "logits");
        logits[static_cast<size_t>(place)] = bad;
        for (const float value : forward<T>({1, vocab, 1.0}, logits, {1}))
          EXPECT_TRUE(std::isnan(value)) << place << " of " << vocab;
      }
}

}  // namespace
}  // namespace r1::kernels
