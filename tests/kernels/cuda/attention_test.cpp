#include "kernels/attention.h"

#include "tests/kernels/cuda/cuda_test.h"

namespace r1::kernels {
namespace {

template <class T>
class AttentionCuda : public OnDevice {};
TYPED_TEST_SUITE(AttentionCuda, Float32AndBf16);

struct Dims {
  int64_t heads, kv_heads, head_dim;
  // Elements between rows of q, k, v that nobody may touch; with 3 of them no row is aligned.
  int64_t gap = 3;
};

AttentionShape shape_of(const Dims& d) {
  return {d.heads,
          d.kv_heads,
          d.head_dim,
          (d.heads + 2 * d.kv_heads) * d.head_dim + d.gap,
          1 / std::sqrt(static_cast<double>(d.head_dim)),
          0,
          0};
}
int64_t k_at(const AttentionShape& shape) { return shape.heads * shape.head_dim; }
int64_t v_at(const AttentionShape& shape) { return k_at(shape) + shape.kv_heads * shape.head_dim; }

// Sequences of one packed batch: what they add, and what is cached before. Pages are shuffled.
struct Batch {
  AttentionShape shape;
  std::vector<int32_t> lengths, cached;
  std::vector<std::vector<int32_t>> pages;
  int64_t rows = 0, num_pages = 0;

  Batch(const Dims& dims, std::vector<int32_t> new_rows, std::vector<int32_t> before = {})
      : shape(shape_of(dims)), lengths(new_rows), cached(before) {
    cached.resize(lengths.size());
    for (size_t i = 0; i < lengths.size(); ++i) {
      rows += lengths[i];
      shape.max_rows = std::max(shape.max_rows, lengths[i]);
      shape.max_positions = std::max(shape.max_positions, cached[i] + lengths[i]);
      std::vector<int32_t>& mine = pages.emplace_back();
      for (int32_t at = 0; at < cached[i] + lengths[i]; at += kPageTokens)
        mine.insert(mine.begin(), static_cast<int32_t>(num_pages++));
    }
  }

  // With the pages of sequence i at page_lists[i].
  std::vector<AttentionSequence> sequences(const std::vector<const int32_t*>& page_lists) const {
    std::vector<AttentionSequence> result;
    int64_t row = 0;
    for (size_t i = 0; i < lengths.size(); row += lengths[i++])
      result.push_back({row, lengths[i], cached[i], page_lists[i]});
    return result;
  }
  std::vector<AttentionSequence> on_host() const {
    std::vector<const int32_t*> lists;
    for (const auto& list : pages) lists.push_back(list.data());
    return sequences(lists);
  }
};

// A batch's sequences and pages as the device sees them.
struct OnGpu {
  explicit OnGpu(const Batch& batch) : pages(flat(batch)), sequences(point(batch, pages.data())) {}
  std::span<const AttentionSequence> span() const {
    return {sequences.data(), static_cast<size_t>(sequences.size())};
  }
  static std::vector<int32_t> flat(const Batch& batch) {
    std::vector<int32_t> all;
    for (const auto& list : batch.pages) append(all, list);
    return all;
  }
  static std::vector<AttentionSequence> point(const Batch& batch, const int32_t* at) {
    std::vector<const int32_t*> lists;
    for (const auto& list : batch.pages) {
      lists.push_back(at);
      at += list.size();
    }
    return batch.sequences(lists);
  }
  DeviceArray<int32_t> pages;
  DeviceArray<AttentionSequence> sequences;
};

template <class T>
struct Cache {
  std::vector<T> k, v;
};
template <class T>
struct Forward {
  std::vector<T> o;
  std::vector<Accumulator<T>> lse;
};

// Pages as they are before a call: whatever is cached.
template <class T>
Cache<T> cache_of(const Batch& batch, double scale = 1) {
  const int64_t size = batch.num_pages * batch.shape.page_size();
  return {random_values<T>(size, "k_pages", scale), random_values<T>(size, "v_pages", scale)};
}

template <class T>
Forward<T> forward(const Batch& batch, const std::vector<T>& qkv, const Cache<T>& cache,
                   bool with_lse = true) {
  const OnGpu gpu(batch);
  const DeviceArray<T> on_qkv(qkv), k(cache.k), v(cache.v);
  const DeviceArray<T> o(poisoned<T>(batch.rows * k_at(batch.shape)));
  const DeviceArray<float> lse(poisoned<float>(batch.rows * batch.shape.heads));
  write_kv_pages<kCuda, T>(batch.shape, gpu.span(), on_qkv.data() + k_at(batch.shape),
                           on_qkv.data() + v_at(batch.shape), k.data(), v.data(), device_stream());
  attention_forward<kCuda, T>(batch.shape, gpu.span(), on_qkv.data(), k.data(), v.data(), o.data(),
                              with_lse ? lse.data() : nullptr, device_stream());
  return {o.host(), lse.host()};
}

template <class T>
Forward<T> forward_on_cpu(const Batch& batch, const std::vector<T>& qkv, Cache<T> cache) {
  const auto sequences = batch.on_host();
  Forward<T> result{poisoned<T>(batch.rows * k_at(batch.shape)),
                    poisoned<Accumulator<T>>(batch.rows * batch.shape.heads)};
  write_kv_pages<kCpu, T>(batch.shape, sequences, qkv.data() + k_at(batch.shape),
                          qkv.data() + v_at(batch.shape), cache.k.data(), cache.v.data(), {});
  attention_forward<kCpu, T>(batch.shape, sequences, qkv.data(), cache.k.data(), cache.v.data(),
                             result.o.data(), result.lse.data(), {});
  return result;
}

template <class T>
std::vector<T> decode(const Batch& batch, const std::vector<T>& qkv, const Cache<T>& cache) {
  const OnGpu gpu(batch);
  const DeviceArray<T> on_qkv(qkv), k(cache.k), v(cache.v);
  const DeviceArray<T> o(poisoned<T>(batch.rows * k_at(batch.shape)));
  const DeviceArray<float> scratch(poisoned<float>(
      batch.rows * batch.shape.heads * num_splits(batch.shape) * (batch.shape.head_dim + 2)));
  write_kv_pages<kCuda, T>(batch.shape, gpu.span(), on_qkv.data() + k_at(batch.shape),
                           on_qkv.data() + v_at(batch.shape), k.data(), v.data(), device_stream());
  attention_decode<kCuda, T>(batch.shape, gpu.span(), on_qkv.data(), k.data(), v.data(), o.data(),
                             scratch.data(), device_stream());
  scratch.host();
  return o.host();
}

template <class T>
std::vector<T> backward(const Batch& batch, const std::vector<T>& qkv, const Forward<T>& saved,
                        const std::vector<T>& do_) {
  const AttentionShape& shape = batch.shape;
  const OnGpu gpu(batch);
  const DeviceArray<T> on_qkv(qkv), o(saved.o), on_do(do_);
  const DeviceArray<T> dqkv(poisoned<T>(static_cast<int64_t>(qkv.size())));
  const DeviceArray<float> lse(saved.lse);
  const DeviceArray<float> scratch(poisoned<float>(batch.rows * shape.heads));
  attention_backward<kCuda, T>(
      shape, gpu.span(),
      {on_qkv.data(), on_qkv.data() + k_at(shape), on_qkv.data() + v_at(shape), o.data(),
       lse.data(), on_do.data(), dqkv.data(), dqkv.data() + k_at(shape), dqkv.data() + v_at(shape),
       scratch.data()},
      device_stream());
  scratch.host();
  return dqkv.host();
}

template <class T>
std::vector<double> backward_in_double(const Batch& batch, const std::vector<T>& qkv,
                                       const std::vector<T>& do_) {
  const AttentionShape& shape = batch.shape;
  const auto wide = widen(qkv), dout = widen(do_);
  const auto saved = forward_on_cpu<double>(batch, wide, cache_of<double>(batch));
  std::vector<double> dqkv(qkv.size());
  attention_backward<kCpu, double>(
      shape, batch.on_host(),
      {wide.data(), wide.data() + k_at(shape), wide.data() + v_at(shape), saved.o.data(),
       saved.lse.data(), dout.data(), dqkv.data(), dqkv.data() + k_at(shape),
       dqkv.data() + v_at(shape)},
      {});
  return dqkv;
}

// Drops the gaps between rows, which stay poisoned.
template <class T>
std::vector<T> dense(const Batch& batch, const std::vector<T>& x, bool look_at_gaps) {
  std::vector<T> result;
  const int64_t stride = batch.shape.qkv_stride;
  const int64_t size = v_at(batch.shape) + batch.shape.kv_heads * batch.shape.head_dim;
  for (int64_t row = 0; row < batch.rows; ++row) {
    append(result, part_of(x, row * stride, size));
    if (!look_at_gaps) continue;
    const int64_t gap = stride - size;
    EXPECT_TRUE(same_bits(part_of(x, row * stride + size, gap), poisoned<T>(gap)));
  }
  return result;
}

template <class T>
std::vector<T> rows_for(const Batch& batch, std::string_view name, double scale = 1) {
  return random_values<T>(batch.rows * batch.shape.qkv_stride, name, scale);
}

const Dims kDims[] = {{1, 1, 8},   {6, 2, 20},    {9, 3, 64},    {15, 1, 33},   {2, 1, 128},
                      {1, 1, 256}, {6, 2, 24, 8}, {2, 1, 64, 8}, {2, 1, 128, 0}};

TYPED_TEST(AttentionCuda, AgreesWithDoubleAndWithTheCpu) {
  using T = TypeParam;
  for (const Dims& dims : kDims) {
    SCOPED_TRACE(::testing::Message()
                 << dims.heads << "/" << dims.kv_heads << "/" << dims.head_dim);
    const Batch batch(dims, {1, 31, 33, 64, 70});
    const auto qkv = rows_for<T>(batch, "qkv");
    const auto do_ = random_values<T>(batch.rows * k_at(batch.shape), "do");
    const auto found = forward(batch, qkv, cache_of<T>(batch));
    const auto expected = forward_on_cpu<double>(batch, widen(qkv), cache_of<double>(batch));
    expect_close(found.o, expected.o, tolerance<T>(), 1.5);
    expect_close(found.lse, expected.lse, 2e-6, 3);
    const auto on_cpu = forward_on_cpu<T>(batch, qkv, cache_of<T>(batch));
    expect_close(found.o, widen(on_cpu.o), 2 * tolerance<T>(), 1.5);
    // In bf16 the saved o is rounded, and delta with it.
    expect_close(dense(batch, backward(batch, qkv, found, do_), true),
                 dense(batch, backward_in_double(batch, qkv, do_), false),
                 std::is_same_v<T, Bf16> ? 0x1p-6 : 1e-5, 2);
  }
}

// Chunks of a prefill, at any border and across the splits' borders.
TYPED_TEST(AttentionCuda, CachedPositionsCount) {
  using T = TypeParam;
  const Batch batch({4, 2, 16}, {1, 5, 40, 3, 33}, {700, 31, 500, 1100, 0});
  const auto qkv = rows_for<T>(batch, "qkv");
  const auto cache = cache_of<T>(batch);
  const auto expected = forward_on_cpu<double>(batch, widen(qkv), {widen(cache.k), widen(cache.v)});
  const auto found = forward(batch, qkv, cache);
  expect_close(found.o, expected.o, tolerance<T>(), 1.5);
  expect_close(found.lse, expected.lse, 2e-6, 3);
}

TYPED_TEST(AttentionCuda, RotatesAndWritesAsInTwoSteps) {
  using T = TypeParam;
  for (const auto pairs : {RopePairs::kHalfSplit, RopePairs::kInterleaved}) {
    const Batch batch({6, 2, 24}, {1, 5, 40}, {70, 31, 0});
    const AttentionShape& shape = batch.shape;
    const auto qkv = rows_for<T>(batch, "qkv");
    const auto cache = cache_of<T>(batch);
    const OnGpu gpu(batch);
    std::vector<int32_t> positions;
    for (size_t i = 0; i < batch.lengths.size(); ++i)
      for (int32_t row = 0; row < batch.lengths[i]; ++row)
        positions.push_back(batch.cached[i] + row);
    const DeviceArray<float> table(random_values<float>(80 * shape.head_dim, "cos and sin"));
    const DeviceArray<int32_t> at(positions);
    struct Result {
      std::vector<T> qkv, k, v;
    };
    const auto run = [&](bool in_one) {
      const DeviceArray<T> rows(qkv), k(cache.k), v(cache.v);
      T *keys = rows.data() + k_at(shape), *values = rows.data() + v_at(shape);
      if (in_one) {
        rotate_and_write_kv_pages<kCuda, T>(shape, gpu.span(), pairs, table.data(), rows.data(),
                                            keys, values, k.data(), v.data(), device_stream());
      } else {
        rope<kCuda, T>(
            {batch.rows, shape.heads + shape.kv_heads, shape.head_dim, shape.qkv_stride, pairs},
            at.data(), table.data(), +1, rows.data(), device_stream());
        write_kv_pages<kCuda, T>(shape, gpu.span(), keys, values, k.data(), v.data(),
                                 device_stream());
      }
      return Result{rows.host(), k.host(), v.host()};
    };
    const Result one = run(true), two = run(false);
    EXPECT_TRUE(same_bits(one.qkv, two.qkv));
    EXPECT_TRUE(same_bits(one.k, two.k));
    EXPECT_TRUE(same_bits(one.v, two.v));
    EXPECT_FALSE(same_bits(one.k, cache.k));
  }
}

TYPED_TEST(AttentionCuda, DecodeInSplitsHasTheBitsOfForward) {
  using T = TypeParam;
  for (const Dims& dims :
       {Dims{4, 2, 16}, Dims{20, 1, 8}, Dims{6, 1, 40}, Dims{7, 1, 128}, Dims{1, 1, 136}}) {
    const Batch batch(dims, {1, 1, 1, 2, 1, 1}, {0, 511, 512, 600, 1500, 31});
    const auto qkv = rows_for<T>(batch, "qkv");
    const auto cache = cache_of<T>(batch);
    const auto whole = forward(batch, qkv, cache);
    const auto split = same_in_all_orders([&] { return decode(batch, qkv, cache); });
    EXPECT_TRUE(same_bits(split, whole.o));
  }
}

// Prefill in chunks, down to one token at a time, gives the bits of the whole.
TYPED_TEST(AttentionCuda, DecodeEqualsPrefill) {
  using T = TypeParam;
  const Dims dims{6, 2, 24};
  const Batch batch(dims, {100});
  const auto qkv = rows_for<T>(batch, "qkv");
  const auto whole = forward(batch, qkv, cache_of<T>(batch));
  for (const int32_t chunk : {1, 3, 32, 45}) {
    const int64_t stride = batch.shape.qkv_stride, cols = k_at(batch.shape);
    const auto pages = cache_of<T>(batch);
    const DeviceArray<T> k(pages.k), v(pages.v), o(poisoned<T>(batch.rows * cols)), on_qkv(qkv);
    for (int32_t first = 0; first < 100; first += chunk) {
      Batch part(dims, {std::min(chunk, 100 - first)}, {first});
      part.pages = batch.pages;
      const OnGpu gpu(part);
      const T* rows = on_qkv.data() + first * stride;
      write_kv_pages<kCuda, T>(part.shape, gpu.span(), rows + k_at(part.shape),
                               rows + v_at(part.shape), k.data(), v.data(), device_stream());
      attention_forward<kCuda, T>(part.shape, gpu.span(), rows, k.data(), v.data(),
                                  o.data() + first * cols, nullptr, device_stream());
    }
    EXPECT_TRUE(same_bits(o.host(), whole.o)) << "chunks of " << chunk;
  }
}

TYPED_TEST(AttentionCuda, ASequenceDoesNotDependOnItsNeighboursOrOnTheOrderOfThreads) {
  using T = TypeParam;
  for (const int64_t gap : {3, 8}) {
    const Dims dims{6, 3, 24, gap};
    const Batch batch(dims, {37, 70, 5}), alone(dims, {70});
    const auto qkv = rows_for<T>(batch, "qkv");
    const auto do_ = random_values<T>(batch.rows * k_at(batch.shape), "do");
    const auto cache = cache_of<T>(batch);
    const auto saved = forward(batch, qkv, cache);
    same_in_all_orders([&] { return forward(batch, qkv, cache).o; });
    const auto grad = same_in_all_orders([&] { return backward(batch, qkv, saved, do_); });
    const int64_t stride = batch.shape.qkv_stride, cols = k_at(batch.shape);
    const auto mine = [](const std::vector<T>& x, int64_t row) {
      return part_of(x, 37 * row, 70 * row);
    };
    const auto one = forward(alone, mine(qkv, stride), cache_of<T>(alone));
    EXPECT_TRUE(same_bits(one.o, mine(saved.o, cols)));
    EXPECT_TRUE(
        same_bits(backward(alone, mine(qkv, stride), one, mine(do_, cols)), mine(grad, stride)));
  }
}

TYPED_TEST(AttentionCuda, WhatLiesAfterAQueryDoesNotMatter) {
  using T = TypeParam;
  const Batch batch({4, 2, 16}, {20});
  const auto qkv = rows_for<T>(batch, "qkv");
  const auto expected = forward(batch, qkv, cache_of<T>(batch));
  EXPECT_TRUE(same_bits(forward(batch, qkv, cache_of<T>(batch, 1e30), false).o, expected.o));
}

TYPED_TEST(AttentionCuda, LargeScoresDoNotOverflow) {
  using T = TypeParam;
  const Batch batch({2, 1, 32}, {70});
  const auto qkv = rows_for<T>(batch, "qkv", 40);
  const auto expected = forward_on_cpu<double>(batch, widen(qkv), cache_of<double>(batch));
  expect_close(forward(batch, qkv, cache_of<T>(batch)).o, expected.o,
               std::is_same_v<T, Bf16> ? 0x1p-8 : 1e-3, 40);
}

}  // namespace
}  // namespace r1::kernels
