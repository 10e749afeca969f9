#include "libr1/ops/attention.h"

#include <algorithm>
#include <cmath>

#include "libr1/ops/dispatch.h"
#include "libr1/ops/rope.h"

namespace r1::ops {
namespace {

kernels::AttentionShape kernel_shape(const AttentionDims& dims,
                                     std::span<const AttentionSequence> sequences) {
  kernels::AttentionShape shape{dims.heads, dims.kv_heads, dims.head_dim, dims.qkv_cols(),
                                1 / std::sqrt(static_cast<double>(dims.head_dim))};
  for (const AttentionSequence& sequence : sequences) {
    shape.max_rows = std::max(shape.max_rows, sequence.num_rows);
    shape.max_positions =
        std::max(shape.max_positions, sequence.first_position + sequence.num_rows);
  }
  return shape;
}

// Leading sequences of one row, as those that decode beside prompts.
size_t num_leading(std::span<const AttentionSequence> sequences) {
  size_t count = 0;
  while (count < sequences.size() && sequences[count].num_rows == 1) ++count;
  return count;
}

// Whether splits of the positions are worth it for sequences that decode, and fit the scratch.
bool are_split(const AttentionDims& dims, std::span<const AttentionSequence> sequences,
               const TensorView& scratch) {
  if (!scratch.bytes || sequences.empty()) return false;  // as in training
  const int64_t splits = kernels::num_splits(kernel_shape(dims, sequences));
  const int64_t needed = std::ssize(sequences) * dims.heads * splits * (dims.head_dim + 2);
  return splits > 1 && needed <= scratch.size();
}

// body(shape, begin, count) for sequences of like lengths: a kernel's grid is its longest sequence
// times their number, most of it empty where some have a row and others thousands.
template <Device D, class Body>
void for_each_part(const AttentionDims& dims, std::span<const AttentionSequence> sequences,
                   Body body) {
  const size_t leading = D == Device::kCuda ? num_leading(sequences) : 0;
  if (leading > 0) body(kernel_shape(dims, sequences.first(leading)), size_t{0}, leading);
  if (leading < sequences.size())
    body(kernel_shape(dims, sequences.subspan(leading)), leading, sequences.size() - leading);
}

void check_sequences(const AttentionSequences& sequences, int64_t rows) {
  int64_t next = 0;
  for (const AttentionSequence& sequence : sequences.host) {
    R1_CHECK(sequence.first_row == next && sequence.num_rows > 0, "attention: a sequence of ",
             sequence.num_rows, " rows starts at row ", sequence.first_row, ", expected row ",
             next);
    next += sequence.num_rows;
  }
  R1_CHECK(next == rows, "attention: sequences cover ", next, " of ", rows, " rows");
}

}  // namespace

int64_t num_splits(std::span<const AttentionSequence> sequences) {
  return kernels::num_splits(kernel_shape({1, 1, 1}, sequences));
}

void rotate_and_cache(const AttentionDims& dims, const AttentionSequences& sequences,
                      const Indices& positions, const TensorView& rope_table,
                      kernels::RopePairs pairs, const TensorView& qkv, const KvLayer& cache,
                      Stream stream) {
  check_sequences(sequences, qkv.shape[0]);
  check_same("rotate_and_cache", "qkv", qkv, {qkv.shape[0], dims.qkv_cols()}, cache.k.dtype);
  R1_CHECK(cache.k.shape[1] == dims.page_size() && cache.v.shape == cache.k.shape,
           "attention: pages are ", cache.k.shape.to_string(), ", expected rows of ",
           dims.page_size());
  if (qkv.device != Device::kCuda)
    rope(qkv, positions, rope_table, dims.heads + dims.kv_heads, pairs, +1, stream);
  else
    check_positions(positions.host, rope_table);
  on_kernel(qkv, [&]<Device D, class T>() {
    T* q = qkv.data<T>();
    T* k = q + dims.heads * dims.head_dim;
    T* v = k + dims.kv_heads * dims.head_dim;
    for_each_part<D>(dims, sequences.host, [&](const auto& shape, size_t begin, size_t count) {
      const auto part = sequences.on_device().subspan(begin, count);
      if constexpr (D == Device::kCuda)
        kernels::rotate_and_write_kv_pages<D, T>(shape, part, pairs,
                                                 rope_table.data<Accumulator<T>>(), q, k, v,
                                                 cache.k.data<T>(), cache.v.data<T>(), stream);
      else
        kernels::write_kv_pages<D, T>(shape, part, k, v, cache.k.data<T>(), cache.v.data<T>(),
                                      stream);
    });
  });
}

void attention_forward(const AttentionDims& dims, const AttentionSequences& sequences,
                       const TensorView& qkv, const KvLayer& cache, const TensorView& o,
                       const TensorView& lse, const TensorView& decode_scratch, Stream stream) {
  check_same("attention_forward", "qkv", qkv, {qkv.shape[0], dims.qkv_cols()}, cache.k.dtype);
  check_same("attention_forward", "o", o, {qkv.shape[0], dims.heads * dims.head_dim}, qkv.dtype);
  on_kernel(qkv, [&]<Device D, class T>() {
    const T* q = qkv.data<T>();
    for_each_part<D>(dims, sequences.host, [&](const auto& shape, size_t begin, size_t count) {
      const auto part = sequences.on_device().subspan(begin, count);
      if constexpr (D == Device::kCuda)
        if (shape.max_rows == 1 &&
            are_split(dims, sequences.host.subspan(begin, count), decode_scratch))
          return kernels::attention_decode<D, T>(shape, part, q, cache.k.data<T>(),
                                                 cache.v.data<T>(), o.data<T>(),
                                                 decode_scratch.data<float>(), stream);
      kernels::attention_forward<D, T>(shape, part, q, cache.k.data<T>(), cache.v.data<T>(),
                                       o.data<T>(), lse.data<Accumulator<T>>(), stream);
    });
  });
}

void attention_backward(const AttentionDims& dims, const AttentionSequences& sequences,
                        const TensorView& qkv, const TensorView& o, const TensorView& lse,
                        const TensorView& do_, const TensorView& dqkv, const TensorView& scratch,
                        Stream stream) {
  check_sequences(sequences, qkv.shape[0]);
  check_same("attention_backward", "dqkv", dqkv, qkv.shape, qkv.dtype);
  check_same("attention_backward", "do", do_, o.shape, qkv.dtype);
  check_same("attention_backward", "scratch", scratch, lse.shape, lse.dtype);
  const int64_t k_at = dims.heads * dims.head_dim;
  const int64_t v_at = k_at + dims.kv_heads * dims.head_dim;
  on_kernel(qkv, [&]<Device D, class T>() {
    const T* rows = qkv.data<T>();
    T* grads = dqkv.data<T>();
    kernels::attention_backward<D, T>(
        kernel_shape(dims, sequences.host), sequences.on_device(),
        {rows, rows + k_at, rows + v_at, o.data<T>(), lse.data<Accumulator<T>>(), do_.data<T>(),
         grads, grads + k_at, grads + v_at, scratch.data<Accumulator<T>>()},
        stream);
  });
}

}  // namespace r1::ops
