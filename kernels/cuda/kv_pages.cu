// What becomes of a row's keys and values on the way to their pages.
#include <type_traits>

#include "kernels/attention.h"
#include "kernels/cuda/rotation.h"

namespace r1::kernels {
namespace {

using Sequences = std::span<const AttentionSequence>;

constexpr int kThreads = 128;

// The rows' keys and values, and where they go. K: T where keys are rotated on the way, else const
// T.
template <class T, class K>
struct KvRows {
  K* k;
  const T* v;
  T* k_pages;
  T* v_pages;
};

// Where one row of a sequence lies, and its place in its page.
struct PlaceOfRow {
  int64_t position, at, page, slot;

  __device__ PlaceOfRow(const AttentionShape& shape, const AttentionSequence& sequence, int64_t i)
      : position(sequence.first_position + i),
        at((sequence.first_row + i) * shape.qkv_stride),
        page(sequence.pages[position / kPageTokens] * shape.page_size()),
        slot(position % kPageTokens) {}

  // Elements of the pages for element d of a head.
  __device__ int64_t key(int64_t head, int64_t d, int64_t dim) const {
    return page + (head * dim + d) * kPageTokens + slot;
  }
  __device__ int64_t value(int64_t head, int64_t d, int64_t dim) const {
    return page + (head * kPageTokens + slot) * dim + d;
  }
};

// A block a row.
template <class T, class K>
__global__ void write_rows(AttentionShape shape, const AttentionSequence* sequences,
                           RopePairs pairs, const float* cos_sin, T* q, KvRows<T, K> rows) {
  constexpr bool kRotated = !std::is_const_v<K>;
  const AttentionSequence sequence = sequences[blockIdx.z];
  if (static_cast<int64_t>(blockIdx.x) >= sequence.num_rows) return;
  const PlaceOfRow place(shape, sequence, blockIdx.x);
  const int64_t dim = shape.head_dim, half = dim / 2;
  if constexpr (kRotated) {
    const float* angles = cos_sin + place.position * dim;
    for (int64_t i = threadIdx.x; i < (shape.heads + shape.kv_heads) * half; i += blockDim.x) {
      const int64_t head = short_quotient(i, half), pair = i - head * half;
      const bool is_key = head >= shape.heads;
      T* x = is_key ? rows.k + place.at + (head - shape.heads) * dim : q + place.at + head * dim;
      const RopePair at = rope_pair(pairs, pair, dim);
      rotate_pair(pairs, angles[2 * pair], angles[2 * pair + 1], x[at.first], x[at.second]);
      if (!is_key) continue;
      rows.k_pages[place.key(head - shape.heads, at.first, dim)] = x[at.first];
      rows.k_pages[place.key(head - shape.heads, at.second, dim)] = x[at.second];
    }
  }
  for (int64_t e = threadIdx.x; e < shape.kv_heads * dim; e += blockDim.x) {
    const int64_t head = short_quotient(e, dim), d = e - head * dim;
    if constexpr (!kRotated) rows.k_pages[place.key(head, d, dim)] = rows.k[place.at + e];
    rows.v_pages[place.value(head, d, dim)] = rows.v[place.at + e];
  }
}

Grid grid_of(const AttentionShape& shape, Sequences sequences) {
  return {shape.max_rows, 1, static_cast<int64_t>(sequences.size())};
}

}  // namespace

template <Device D, class T>
void write_kv_pages(const AttentionShape& shape, Sequences sequences, const T* k, const T* v,
                    T* k_pages, T* v_pages, Stream stream) {
  launch("write_kv_pages", write_rows<T, const T>, grid_of(shape, sequences), kThreads, 0, stream,
         shape, sequences.data(), RopePairs{}, static_cast<const float*>(nullptr),
         static_cast<T*>(nullptr), KvRows<T, const T>{k, v, k_pages, v_pages});
}

template <Device D, class T>
void rotate_and_write_kv_pages(const AttentionShape& shape, Sequences sequences, RopePairs pairs,
                               const Accumulator<T>* cos_sin, T* q, T* k, const T* v, T* k_pages,
                               T* v_pages, Stream stream) {
  launch("rotate_and_write_kv_pages", write_rows<T, T>, grid_of(shape, sequences), kThreads, 0,
         stream, shape, sequences.data(), pairs, cos_sin, q, KvRows<T, T>{k, v, k_pages, v_pages});
}

#define R1_INSTANTIATE(T)                                                                     \
  template void write_kv_pages<Device::kCuda, T>(const AttentionShape&, Sequences, const T*,  \
                                                 const T*, T*, T*, Stream);                   \
  template void rotate_and_write_kv_pages<Device::kCuda, T>(const AttentionShape&, Sequences, \
                                                            RopePairs, const float*, T*, T*,  \
                                                            const T*, T*, T*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
