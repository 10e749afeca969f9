// Elements beyond 2^31, as logits of long batches and caches have: only on a GPU is there room.
#include "kernels/attention.h"
#include "kernels/gemm.h"
#include "kernels/logprob.h"
#include "tests/kernels/cuda/cuda_test.h"

namespace r1::kernels {
namespace {

class LargeCuda : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    if (!IsSkipped() && gpu::memory_info().free_bytes < int64_t{32} << 30)
      GTEST_SKIP() << "less than 32 GiB of GPU memory";
  }
};

// Zeroed elements of the device.
template <class T>
class Zeros {
 public:
  explicit Zeros(int64_t count)
      : data_(static_cast<T*>(gpu::allocate(count * static_cast<int64_t>(sizeof(T))))) {}
  ~Zeros() { gpu::release(data_); }
  Zeros(const Zeros&) = delete;
  Zeros& operator=(const Zeros&) = delete;

  T* data() const { return data_; }
  void set(int64_t at, const std::vector<T>& values) const {
    gpu::copy(values.data(), data_ + at, bytes(values), {});
    gpu::synchronize({});
  }
  std::vector<T> get(int64_t at, int64_t count) const {
    std::vector<T> values(static_cast<size_t>(count));
    gpu::copy(data_ + at, values.data(), bytes(values), {});
    gpu::synchronize({});
    return values;
  }

 private:
  static int64_t bytes(const std::vector<T>& values) {
    return static_cast<int64_t>(values.size() * sizeof(T));
  }
  T* data_;
};

constexpr int64_t kRows = 16384, kVocab = 152064, kLast = kRows - 1;  // 2.5e9 logits

TEST_F(LargeCuda, LogprobsOfTheLastRow) {
  const LogprobShape shape{kRows, kVocab, 1.0};
  const std::vector<float> row = random_values<float>(kVocab, "logits");
  const Zeros<float> logits(kRows * kVocab), outputs(2 * kRows), dlogprob(kRows);
  const Zeros<int32_t> targets(kRows);
  const Zeros<Bf16> dlogits(kRows * kVocab);
  logits.set(kLast * kVocab, row);
  targets.set(kLast, {77});
  dlogprob.set(kLast, {2});
  float *logprob = outputs.data(), *lse = logprob + kRows;
  logprob_forward<kCuda, Bf16>(shape, logits.data(), targets.data(), logprob, lse, nullptr, {});
  logprob_backward<kCuda, Bf16>(shape, logits.data(), targets.data(), lse, dlogprob.data(),
                                dlogits.data(), {});
  double sum = 0;
  for (const float logit : row) sum += std::exp(static_cast<double>(logit));
  const double expected_lse = std::log(sum);
  EXPECT_NEAR(outputs.get(kRows + kLast, 1)[0], expected_lse, 1e-4);
  EXPECT_NEAR(outputs.get(kLast, 1)[0], static_cast<double>(row[77]) - expected_lse, 1e-4);
  EXPECT_NEAR(outputs.get(0, 1)[0], -std::log(static_cast<double>(kVocab)), 1e-4);
  const std::vector<Bf16> found = dlogits.get(kLast * kVocab, kVocab);
  for (const size_t i : {size_t{0}, size_t{77}, static_cast<size_t>(kVocab - 1)}) {
    const double share = std::exp(static_cast<double>(row[i]) - expected_lse);
    const double expected = 2 * ((i == 77 ? 1 : 0) - share);
    EXPECT_NEAR(static_cast<double>(to_float(found[i])), expected, std::abs(expected) * 0x1p-7);
  }
}

TEST_F(LargeCuda, LogitsOfTheLastRow) {
  constexpr int64_t kHidden = 64;
  const std::vector<Bf16> x = random_values<Bf16>(kHidden, "x");
  const std::vector<Bf16> w = random_values<Bf16>(kVocab * kHidden, "w");
  const Zeros<Bf16> hidden(kRows * kHidden);
  hidden.set(kLast * kHidden, x);
  const DeviceArray<Bf16> head(w);
  const Zeros<float> logits(kRows * kVocab);
  matmul_forward<kCuda, Bf16, float>({kRows, kVocab, kHidden}, hidden.data(), head.data(), nullptr,
                                     logits.data(), kVocab, {});
  const std::vector<float> found = logits.get((kLast - 1) * kVocab, 2 * kVocab);
  for (int64_t token = 0; token < kVocab; ++token) {
    double expected = 0;
    for (int64_t i = 0; i < kHidden; ++i)
      expected += static_cast<double>(to_float(x[static_cast<size_t>(i)])) *
                  static_cast<double>(to_float(w[static_cast<size_t>(token * kHidden + i)]));
    ASSERT_NEAR(static_cast<double>(found[static_cast<size_t>(kVocab + token)]), expected, 1e-3);
    ASSERT_EQ(found[static_cast<size_t>(token)], 0) << "the row before";
  }
}

// The same keys and values in the first pages and behind 2^31 elements: the same bits.
TEST_F(LargeCuda, PagesFarBehind) {
  AttentionShape shape{4, 1, 64, 6 * 64, 0.125};
  constexpr int32_t kCached = 600;
  shape.max_rows = 1;
  shape.max_positions = kCached + 1;
  const int64_t count = (shape.max_positions + kPageTokens - 1) / kPageTokens;
  const auto far = static_cast<int32_t>((int64_t{1} << 31) / shape.page_size());
  const Zeros<Bf16> k((far + count) * shape.page_size()), v((far + count) * shape.page_size());
  for (const int64_t page : {int64_t{0}, int64_t{far}}) {
    k.set(page * shape.page_size(), random_values<Bf16>(count * shape.page_size(), "k"));
    v.set(page * shape.page_size(), random_values<Bf16>(count * shape.page_size(), "v"));
  }
  const DeviceArray<Bf16> qkv(random_values<Bf16>(shape.qkv_stride, "qkv"));
  const Zeros<float> scratch(shape.heads * num_splits(shape) * (shape.head_dim + 2));
  std::vector<std::vector<Bf16>> results;
  for (const int32_t first : {0, far}) {
    std::vector<int32_t> ids;
    for (int32_t page = 0; page < count; ++page) ids.push_back(first + page);
    const DeviceArray<int32_t> pages(ids);
    const DeviceArray<AttentionSequence> sequences({{0, 1, kCached, pages.data()}});
    const DeviceArray<Bf16> o(poisoned<Bf16>(shape.heads * shape.head_dim));
    attention_decode<kCuda, Bf16>(shape, {sequences.data(), 1}, qkv.data(), k.data(), v.data(),
                                  o.data(), scratch.data(), {});
    results.push_back(o.host());
  }
  EXPECT_TRUE(same_bits(results[0], results[1]));
}

}  // namespace
}  // namespace r1::kernels
