#include "kernels/attention.h"

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

template <class T>
class Attention : public ::testing::Test {};
TYPED_TEST_SUITE(Attention, Float32AndBf16);

struct Dims {
  int64_t heads, kv_heads, head_dim;
};
const Dims kDims[] = {{1, 1, 8},  {4, 4, 16},  {6, 2, 20},  {9, 3, 64},
                      {8, 1, 32}, {15, 1, 33}, {2, 1, 128}, {1, 1, 256}};

// Sequences of one packed batch, each with pages of its own in a shuffled order.
struct Batch {
  AttentionShape shape;
  std::vector<int32_t> lengths;
  std::vector<std::vector<int32_t>> pages;
  int64_t rows = 0, num_pages = 0;

  Batch(const Dims& d, std::vector<int32_t> sequence_lengths) : lengths(sequence_lengths) {
    shape = {d.heads, d.kv_heads, d.head_dim, (d.heads + 2 * d.kv_heads) * d.head_dim + 3,
             1 / std::sqrt(static_cast<double>(d.head_dim))};
    for (const int32_t length : lengths) {
      rows += length;
      std::vector<int32_t>& mine = pages.emplace_back();
      for (int32_t at = 0; at < length; at += kPageTokens)
        mine.insert(mine.begin(), static_cast<int32_t>(num_pages++));
    }
  }
  int64_t v_at() const { return (shape.heads + shape.kv_heads) * shape.head_dim; }
  int64_t k_at() const { return shape.heads * shape.head_dim; }

  std::vector<AttentionSequence> sequences() const {
    std::vector<AttentionSequence> result;
    int64_t row = 0;
    for (size_t i = 0; i < lengths.size(); row += lengths[i++])
      result.push_back({row, lengths[i], 0, pages[i].data()});
    return result;
  }
};

template <class T>
struct Forward {
  std::vector<T> o;
  std::vector<Accumulator<T>> lse;
};

template <class T>
Forward<T> forward(const Batch& batch, const std::vector<T>& qkv, Stream stream = {}) {
  std::vector<T> k_pages(static_cast<size_t>(batch.num_pages * batch.shape.page_size()));
  auto v_pages = k_pages;
  const auto sequences = batch.sequences();
  Forward<T> result{poisoned<T>(batch.rows * batch.k_at()),
                    poisoned<Accumulator<T>>(batch.rows * batch.shape.heads)};
  write_kv_pages<kCpu, T>(batch.shape, sequences, qkv.data() + batch.k_at(),
                          qkv.data() + batch.v_at(), k_pages.data(), v_pages.data(), stream);
  attention_forward<kCpu, T>(batch.shape, sequences, qkv.data(), k_pages.data(), v_pages.data(),
                             result.o.data(), result.lse.data(), stream);
  return result;
}

template <class T>
std::vector<T> backward(const Batch& batch, const std::vector<T>& qkv, const Forward<T>& saved,
                        const std::vector<T>& do_, Stream stream = {}) {
  auto dqkv = poisoned<T>(static_cast<int64_t>(qkv.size()));
  attention_backward<kCpu, T>(batch.shape, batch.sequences(),
                              {qkv.data(), qkv.data() + batch.k_at(), qkv.data() + batch.v_at(),
                               saved.o.data(), saved.lse.data(), do_.data(), dqkv.data(),
                               dqkv.data() + batch.k_at(), dqkv.data() + batch.v_at()},
                              stream);
  return dqkv;
}

// Drops the gaps between rows, which stay poisoned.
template <class T>
std::vector<T> dense(const Batch& batch, const std::vector<T>& x) {
  std::vector<T> result;
  const int64_t cols = batch.shape.qkv_stride - 3;
  for (int64_t row = 0; row < batch.rows; ++row) {
    const auto at = x.begin() + row * batch.shape.qkv_stride;
    result.insert(result.end(), at, at + cols);
    EXPECT_TRUE(same_bits(std::vector<T>(at + cols, at + cols + 3), poisoned<T>(3)));
  }
  return result;
}

TYPED_TEST(Attention, ForwardAndBackwardAgreeWithReference) {
  using T = TypeParam;
  for (const Dims& dims : kDims) {
    SCOPED_TRACE(testing::Message() << dims.heads << "/" << dims.kv_heads << "/" << dims.head_dim);
    const Batch batch(dims, {1, 5, 31, 32, 33, 64, 97});
    const auto qkv = random_values<T>(batch.rows * batch.shape.qkv_stride, "qkv");
    const auto do_ = random_values<T>(batch.rows * batch.k_at(), "do");
    const auto expected = forward<double>(batch, widen(qkv));
    const auto found = forward<T>(batch, qkv);
    expect_close(found.o, expected.o, tolerance<T>(), 1.5);
    expect_close(found.lse, expected.lse, 2e-6, 3);
    const auto expected_grad = backward<double>(batch, widen(qkv), expected, widen(do_));
    const auto grad = dense(batch, backward<T>(batch, qkv, found, do_));
    // In bf16 the saved o is rounded, and delta with it.
    expect_close(grad, dense(batch, expected_grad), std::is_same_v<T, Bf16> ? 0x1p-6 : 1e-5, 2);
  }
}

TYPED_TEST(Attention, BitsDoNotDependOnThreads) {
  using T = TypeParam;
  const Batch batch({6, 2, 32}, {40, 7, 130});
  const auto qkv = random_values<T>(batch.rows * batch.shape.qkv_stride, "qkv");
  const auto do_ = random_values<T>(batch.rows * batch.k_at(), "do");
  const auto saved = forward<T>(batch, qkv);
  same_on_all_threads([&](Stream stream) { return forward<T>(batch, qkv, stream).o; });
  same_on_all_threads([&](Stream stream) { return backward<T>(batch, qkv, saved, do_, stream); });
}

TYPED_TEST(Attention, ASequenceDoesNotDependOnItsNeighbours) {
  using T = TypeParam;
  const Dims dims{9, 3, 24};
  const Batch batch(dims, {37, 70, 5});
  const auto qkv = random_values<T>(batch.rows * batch.shape.qkv_stride, "qkv");
  const auto do_ = random_values<T>(batch.rows * batch.k_at(), "do");
  const auto saved = forward<T>(batch, qkv);
  const auto grad = backward<T>(batch, qkv, saved, do_);
  const Batch alone(dims, {70});
  const int64_t stride = batch.shape.qkv_stride, cols = batch.k_at();
  const auto rows_of = [](const std::vector<T>& x, int64_t row_size) {
    return std::vector<T>(x.begin() + 37 * row_size, x.begin() + (37 + 70) * row_size);
  };
  const auto one = forward<T>(alone, rows_of(qkv, stride));
  EXPECT_TRUE(same_bits(one.o, rows_of(saved.o, cols)));
  EXPECT_TRUE(same_bits(backward<T>(alone, rows_of(qkv, stride), one, rows_of(do_, cols)),
                        rows_of(grad, stride)));
}

// Prefill in chunks of any size, down to one token at a time, gives the bits of the whole.
TYPED_TEST(Attention, DecodeEqualsPrefill) {
  using T = TypeParam;
  for (const Dims& dims : kDims) {
    const Batch batch(dims, {100});
    const auto qkv = random_values<T>(batch.rows * batch.shape.qkv_stride, "qkv");
    const auto whole = forward<T>(batch, qkv);
    for (const int32_t chunk : {1, 3, 31, 32, 45, 64}) {
      std::vector<T> k_pages(static_cast<size_t>(batch.num_pages * batch.shape.page_size()));
      auto v_pages = k_pages;
      auto o = poisoned<T>(batch.rows * batch.k_at());
      for (int32_t first = 0; first < 100; first += chunk) {
        const AttentionSequence part{0, std::min(chunk, 100 - first), first, batch.pages[0].data()};
        const T* rows = qkv.data() + first * batch.shape.qkv_stride;
        write_kv_pages<kCpu, T>(batch.shape, {&part, 1}, rows + batch.k_at(), rows + batch.v_at(),
                                k_pages.data(), v_pages.data(), {});
        attention_forward<kCpu, T>(batch.shape, {&part, 1}, rows, k_pages.data(), v_pages.data(),
                                   o.data() + first * batch.k_at(), nullptr, {});
      }
      EXPECT_TRUE(same_bits(o, whole.o)) << dims.heads << " heads, chunks of " << chunk;
    }
  }
}

TYPED_TEST(Attention, WhatLiesAfterAQueryDoesNotMatter) {
  using T = TypeParam;
  const Batch batch({4, 2, 16}, {20});
  const auto qkv = random_values<T>(batch.rows * batch.shape.qkv_stride, "qkv");
  const auto expected = forward<T>(batch, qkv);
  std::vector<T> k_pages(static_cast<size_t>(batch.shape.page_size()), rounded<T>(1e30));
  auto v_pages = std::vector<T>(k_pages.size(), rounded<T>(-1e30));
  const auto sequences = batch.sequences();
  auto o = poisoned<T>(batch.rows * batch.k_at());
  write_kv_pages<kCpu, T>(batch.shape, sequences, qkv.data() + batch.k_at(),
                          qkv.data() + batch.v_at(), k_pages.data(), v_pages.data(), {});
  attention_forward<kCpu, T>(batch.shape, sequences, qkv.data(), k_pages.data(), v_pages.data(),
                             o.data(), nullptr, {});
  EXPECT_TRUE(same_bits(o, expected.o));
}

TYPED_TEST(Attention, LargeScoresDoNotOverflow) {
  using T = TypeParam;
  const Batch batch({2, 1, 32}, {70});
  const auto qkv = random_values<T>(batch.rows * batch.shape.qkv_stride, "qkv", 40);
  const auto expected = forward<double>(batch, widen(qkv));
  expect_close(forward<T>(batch, qkv).o, expected.o, std::is_same_v<T, Bf16> ? 0x1p-8 : 1e-3, 40);
}

TEST(AttentionReference, GradientsAgreeWithFiniteDifferences) {
  const Batch batch({4, 2, 3}, {5, 2});
  const auto qkv = random_values<double>(batch.rows * batch.shape.qkv_stride, "qkv");
  const auto do_ = random_values<double>(batch.rows * batch.k_at(), "do");
  auto grad = backward<double>(batch, qkv, forward<double>(batch, qkv), do_);
  for (int64_t row = 0; row < batch.rows; ++row)  // the gaps between rows do not matter
    std::fill_n(grad.begin() + (row + 1) * batch.shape.qkv_stride - 3, 3, 0.0);
  expect_gradient([&](const auto& x) { return dot(do_, forward<double>(batch, x).o); }, qkv, grad);
}

}  // namespace
}  // namespace r1::kernels
