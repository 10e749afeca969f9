// What attention on tensor cores shares: a warp has a tile of 16 queries, whose scores against a
// page of keys are the first matrix product and whose sums of values the second. A query is a row
// of both, so it does not see the others. Rows of head_dim are filled up with zeros to a multiple
// of 16.
#pragma once

#include "kernels/cuda/attention_tile.h"

namespace r1::kernels {

// attention_forward, and the splits of attention_decode, in bf16.
void forward_on_tensor_cores(const AttentionShape& shape,
                             std::span<const AttentionSequence> sequences, const Bf16* q,
                             const PagedCache<Bf16>& cache, Bf16* o, float* lse, Stream stream);
void decode_on_tensor_cores(const AttentionShape& shape,
                            std::span<const AttentionSequence> sequences, const Bf16* q,
                            const PagedCache<Bf16>& cache, float* scratch, Stream stream);
// attention_backward but for its scratch, which is there.
void backward_on_tensor_cores(const AttentionShape& shape,
                              std::span<const AttentionSequence> sequences,
                              const AttentionGrad<Bf16>& grad, Stream stream);

// body(kDim) with the room that the kernels have for head_dim, as a compile-time number.
template <int kDim>
struct Room {};
template <class Body>
void with_room_for(int64_t head_dim, Body body) {
  if (head_dim <= 64) return body(Room<64>{});
  if (head_dim <= 128) return body(Room<128>{});
  body(Room<256>{});
}

inline constexpr double kLog2OfE = 1.44269504088896341;

inline constexpr int kChunk = 8;  // elements of an asynchronous copy
inline constexpr int kPad = 8;  // elements behind each line, so that 8 lines lie in different banks

// A line of `cols` elements in shared memory, in words.
constexpr int pitch_of(int cols) { return (cols + kPad) / 2; }

__device__ __forceinline__ int lane_of_warp() { return static_cast<int>(threadIdx.x) % kWarpSize; }

// The rows of a matrix product that this lane has: lane / 4 and 8 more; its columns of each 8 are
// lane % 4 * 2 and the next.
__device__ __forceinline__ int fragment_row(int half) { return half * 8 + lane_of_warp() / 4; }
__device__ __forceinline__ int fragment_col() { return lane_of_warp() % 4 * 2; }

__device__ __forceinline__ uint32_t pair_of(const Bf16* x, int64_t i, int64_t size) {
  const uint32_t low = i < size ? x[i].bits : 0u, high = i + 1 < size ? x[i + 1].bits : 0u;
  return high << 16 | low;
}

// Elements [0, dim) of up to 16 rows as the left factor of a product along them.
template <int kDim>
struct RowFragments {
  uint32_t words[kDim / 16][4] = {};

  // Row i starts at row(i), or is zero where that is nullptr.
  template <class Row>
  __device__ void load(int64_t dim, Row row) {
#pragma unroll
    for (int e = 0; e < 2; ++e) {
      const Bf16* x = row(fragment_row(e));
#pragma unroll
      for (int step = 0; step < kDim / 16; ++step)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          words[step][half * 2 + e] =
              x ? pair_of(x, step * 16 + half * 8 + fragment_col(), dim) : 0u;
    }
  }
};

// The left factor of 16 rows at `row` and 16 of the sum at `s`, from lines along the sum.
__device__ __forceinline__ void load_left(SharedArray<uint32_t> lines, int pitch, int row, int s,
                                          uint32_t (&to)[4]) {
  const int lane = lane_of_warp(), i = lane / 8;
  load_matrices(lines + ((row + i % 2 * 8 + lane % 8) * pitch + (s + i / 2 * 8) / 2), to);
}

// Right factors for 16 columns at `col` and 16 of the sum at `s`: words 0, 1 of the first 8
// columns, 2, 3 of the others. The matrix lies in lines along the sum, or across.
__device__ __forceinline__ void load_right(SharedArray<uint32_t> lines, int pitch, int col, int s,
                                           uint32_t (&to)[4]) {
  const int lane = lane_of_warp(), i = lane / 8;
  load_matrices(lines + ((col + i / 2 * 8 + lane % 8) * pitch + (s + i % 2 * 8) / 2), to);
}
__device__ __forceinline__ void load_right_across(SharedArray<uint32_t> lines, int pitch, int col,
                                                  int s, uint32_t (&to)[4]) {
  const int lane = lane_of_warp(), i = lane / 8;
  load_transposed(lines + ((s + i % 2 * 8 + lane % 8) * pitch + (col + i / 2 * 8) / 2), to);
}

// c[two products of 8 columns] += a b, b as above.
__device__ __forceinline__ void multiply_16x16x16(const uint32_t (&a)[4], const uint32_t (&b)[4],
                                                  float (&c)[4], float (&next)[4]) {
  multiply_16x8x16(a, {b[0], b[1]}, c);
  multiply_16x8x16(a, {b[2], b[3]}, next);
}

// Results in two products of 8 columns each as the left factor of a product along those columns.
__device__ __forceinline__ void as_left(const float (&c)[4], const float (&next)[4],
                                        uint32_t (&a)[4]) {
  a[0] = narrow_pair(c[0], c[1]);
  a[1] = narrow_pair(c[2], c[3]);
  a[2] = narrow_pair(next[0], next[1]);
  a[3] = narrow_pair(next[2], next[3]);
}

// Starts to bring lines of `size` elements to lines of kCols in shared memory, zero behind the last
// element up to a multiple of 16. line(i) points to the i-th, nullptr: all zeros. Aligned: every
// line starts at a multiple of 16 bytes.
template <int kCols, class Line>
__device__ __forceinline__ void fetch_lines(int lines, int64_t size, bool aligned,
                                            SharedArray<uint32_t> to, const Bf16* anywhere,
                                            Line line) {
  const int chunks = static_cast<int>(ceil_div(size, 2 * kChunk)) * 2;
  for (int c = static_cast<int>(threadIdx.x); c < lines * chunks; c += blockDim.x) {
    const int i = c / chunks, at = c % chunks * kChunk;
    const SharedArray<uint32_t> chunk = to + (i * pitch_of(kCols) + at / 2);
    const Bf16* x = line(i);
    const int64_t left = x && at < size ? size - at : 0;
    if (aligned) {
      const int count = static_cast<int>(left < kChunk ? left : kChunk);
      start_copy(chunk, count > 0 ? x + at : anywhere, count * static_cast<int>(sizeof(Bf16)));
    } else {
      for (int e = 0; e < kChunk; e += 2) chunk[e / 2] = left > 0 ? pair_of(x + at, e, left) : 0u;
    }
  }
}

// Whether rows that are `stride` apart, and heads of head_dim in them, start at multiples of 16
// bytes.
__device__ __forceinline__ bool are_aligned(const Bf16* x, int64_t stride, int64_t head_dim) {
  return reinterpret_cast<uintptr_t>(x) % 16 == 0 && stride % kChunk == 0 && head_dim % kChunk == 0;
}

}  // namespace r1::kernels
