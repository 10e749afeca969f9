// Threads and the choice of instruction set for attention; f64 is in reference/attention.cpp.
#include "kernels/attention.h"

#include <algorithm>

#include "kernels/cpu/simd/attention.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {
namespace {

using simd::AttentionBlock;
using Sequences = std::span<const AttentionSequence>;

constexpr int64_t kSerialWork = 200'000;  // multiply-adds
constexpr int64_t kSerialCopy = 100'000;  // elements

int64_t blocks_of(const AttentionSequence& sequence) {
  return (sequence.first_position % kPageTokens + sequence.num_rows + kPageTokens - 1) /
         kPageTokens;
}

// Block `index` of a sequence: its rows whose positions lie in one page.
AttentionBlock block_of(const AttentionSequence& sequence, int64_t index, int64_t kv_head) {
  const auto first =
      static_cast<int32_t>(index) * kPageTokens - sequence.first_position % kPageTokens;
  return {&sequence, std::max(first, 0), std::min(first + kPageTokens, sequence.num_rows), kv_head};
}

// body(block) for all blocks, on all threads.
template <class Body>
void for_each_block(const AttentionShape& shape, Sequences sequences, Stream stream, Body body) {
  int64_t blocks = 0, work = 0;
  for (const AttentionSequence& sequence : sequences) {
    blocks += blocks_of(sequence);
    const int64_t rows = sequence.num_rows;
    work += rows * (sequence.first_position + rows / 2 + 1) * shape.heads * shape.head_dim;
  }
  if (work < kSerialWork) stream = {};
  const int64_t items = blocks * shape.kv_heads;
  const int64_t grain = std::clamp<int64_t>(items * (kSerialWork / 4) / std::max<int64_t>(work, 1),
                                            1, std::max<int64_t>(items / 4, 1));
  parallel_for(stream, items, grain, [&](int64_t begin, int64_t end) {
    const AttentionSequence* sequence = sequences.data();
    int64_t first = 0;  // item where the sequence begins
    for (int64_t item = begin; item < end; ++item) {
      for (; item >= first + blocks_of(*sequence) * shape.kv_heads; ++sequence)
        first += blocks_of(*sequence) * shape.kv_heads;
      const int64_t at = item - first;
      body(block_of(*sequence, at % blocks_of(*sequence), at / blocks_of(*sequence)));
    }
  });
}

}  // namespace

template <Device D, class T>
void write_kv_pages(const AttentionShape& shape, Sequences sequences, const T* k, const T* v,
                    T* k_pages, T* v_pages, Stream stream) {
  const int64_t dim = shape.head_dim;
  int64_t rows = 0;
  for (const AttentionSequence& sequence : sequences) rows += sequence.num_rows;
  if (rows * shape.kv_heads * dim < kSerialCopy) stream = {};
  parallel_for(stream, static_cast<int64_t>(sequences.size()), 1, [&](int64_t begin, int64_t end) {
    for (const AttentionSequence& sequence :
         sequences.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin))) {
      for (int32_t i = 0; i < sequence.num_rows; ++i) {
        const int32_t position = sequence.first_position + i, slot = position % kPageTokens;
        const int64_t page = sequence.pages[position / kPageTokens] * shape.page_size();
        const int64_t row = (sequence.first_row + i) * shape.qkv_stride;
        for (int64_t head = 0; head < shape.kv_heads; ++head) {
          T* to = k_pages + page + head * dim * kPageTokens + slot;
          for (int64_t d = 0; d < dim; ++d) to[d * kPageTokens] = k[row + head * dim + d];
          std::copy_n(v + row + head * dim, dim,
                      v_pages + page + (head * kPageTokens + slot) * dim);
        }
      }
    }
  });
}

template <Device D, class T>
void attention_forward(const AttentionShape& shape, Sequences sequences, const T* q,
                       const T* k_pages, const T* v_pages, T* o, Accumulator<T>* lse,
                       Stream stream) {
  const simd::AttentionInput<T> input{q, k_pages, v_pages};
  for_each_block(shape, sequences, stream, [&](const AttentionBlock& block) {
    on_isa([&]<Isa I>() { simd::attention_forward<I>(shape, block, input, o, lse); });
  });
}

template <Device D, class T>
void attention_backward(const AttentionShape& shape, Sequences sequences,
                        const AttentionGrad<T>& grad, Stream stream) {
  for_each_block(shape, sequences, stream, [&](const AttentionBlock& block) {
    on_isa([&]<Isa I>() {
      simd::attention_backward_q<I>(shape, block, grad);
      simd::attention_backward_kv<I>(shape, block, grad);
    });
  });
}

#define R1_INSTANTIATE(T)                                                                      \
  template void write_kv_pages<Device::kCpu, T>(const AttentionShape&, Sequences, const T*,    \
                                                const T*, T*, T*, Stream);                     \
  template void attention_forward<Device::kCpu, T>(const AttentionShape&, Sequences, const T*, \
                                                   const T*, const T*, T*, float*, Stream);    \
  template void attention_backward<Device::kCpu, T>(const AttentionShape&, Sequences,          \
                                                    const AttentionGrad<T>&, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
