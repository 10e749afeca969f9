// Matrices of bf16 in shared memory, and the fragments in which products on tensor cores take them
// (PTX manual, "Warp Level Matrix Multiply"). A line is padded by 16 bytes, so that 8 lines lie in
// different banks.
#pragma once

#include "kernels/cuda/math.h"

namespace r1::kernels {

inline constexpr int kChunk = 8;  // elements of an asynchronous copy

// A line of `cols` elements, in words.
constexpr int pitch_of(int cols) { return (cols + kChunk) / 2; }

__device__ __forceinline__ int lane_of_warp() { return static_cast<int>(threadIdx.x) % kWarpSize; }

// The rows of a product of 16 x 8 that this lane has: lane / 4 and 8 more; its columns are
// lane % 4 * 2 and the next.
__device__ __forceinline__ int fragment_row(int half) { return half * 8 + lane_of_warp() / 4; }
__device__ __forceinline__ int fragment_col() { return lane_of_warp() % 4 * 2; }

// Elements i and i + 1 of `size`; zero behind the last.
__device__ __forceinline__ uint32_t pair_of(const Bf16* x, int64_t i, int64_t size) {
  const uint32_t low = i < size ? x[i].bits : 0u, high = i + 1 < size ? x[i + 1].bits : 0u;
  return high << 16 | low;
}

// The two elements at x, a multiple of 4 bytes.
__device__ __forceinline__ uint32_t pair_at(const Bf16* x) {
  struct alignas(4) Pair {
    Bf16 value, next;
  };
  return std::bit_cast<uint32_t>(*reinterpret_cast<const Pair*>(x));
}

// Starts to bring a chunk, of which the first `left` elements exist (any number); zero behind them.
// aligned: x is a multiple of 16 bytes, where no element exists too.
__device__ __forceinline__ void fetch_chunk(SharedArray<uint32_t> to, const Bf16* x, int64_t left,
                                            bool aligned) {
  const int count = static_cast<int>(left < 0 ? 0 : left < kChunk ? left : kChunk);
  if (aligned)
    start_copy(to, x, count * static_cast<int>(sizeof(Bf16)));
  else
    for (int e = 0; e < kChunk; e += 2) to[e / 2] = pair_of(x, e, count);
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
    const int64_t left = x ? size - at : 0;
    fetch_chunk(chunk, left > 0 ? x + at : anywhere, left, aligned);
  }
}

// body(line, element, the element's place in shared memory) for the chunks of kLines whole lines of
// kCols elements. A thread has one place in several lines: the places are known when compiled.
template <int kLines, int kCols, int kThreads, class Body>
__device__ __forceinline__ void for_whole_chunks(SharedArray<uint32_t> to, Body body) {
  constexpr int kChunks = kCols / kChunk, kStep = kThreads / kChunks;
  static_assert(kThreads % kChunks == 0 && kLines % kStep == 0);
  const int line = static_cast<int>(threadIdx.x) / kChunks;
  const int at = static_cast<int>(threadIdx.x) % kChunks * kChunk;
  const SharedArray<uint32_t> own = to + (line * pitch_of(kCols) + at / 2);
#pragma unroll
  for (int i = 0; i < kLines; i += kStep) body(line + i, at, own + i * pitch_of(kCols));
}

// Starts to bring kLines whole lines, `stride` apart, that start at multiples of 16 bytes.
template <int kLines, int kCols, int kThreads>
__device__ __forceinline__ void fetch_whole_lines(SharedArray<uint32_t> to, const Bf16* x,
                                                  int64_t stride) {
  for_whole_chunks<kLines, kCols, kThreads>(to, [&](int line, int at, SharedArray<uint32_t> chunk) {
    start_copy(chunk, x + line * stride + at, kChunk * static_cast<int>(sizeof(Bf16)));
  });
}

// A left factor of 16 rows and 16 of the sum, or right factors of 16 columns: words 0, 1 of the
// first 8 columns, 2, 3 of the others.
struct Fragment {
  uint32_t words[4];
};

// From lines along the sum, or across it: 16 rows at `row`, 16 of the sum at `s`.
template <bool kAlongSum>
__device__ __forceinline__ Fragment load_fragment(SharedArray<uint32_t> lines, int pitch, int row,
                                                  int s) {
  const int line = lane_of_warp() % 8;
  Fragment result;
  if constexpr (kAlongSum)
    load_matrices(lines + ((row + line) * pitch + s / 2), result.words);
  else
    load_transposed(lines + ((s + line) * pitch + row / 2), result.words);
  return result;
}
// Lanes 8 i to 8 i + 7 name quarter i: as left factor (rows 0-7, s 0-7), (8-15, 0-7), (0-7, 8-15),
// (8-15, 8-15); as right factors the middle two are exchanged.
template <bool kAlongSum>
__device__ __forceinline__ Fragment load_left(SharedArray<uint32_t> lines, int pitch, int row,
                                              int s) {
  const int i = lane_of_warp() / 8;
  return load_fragment<kAlongSum>(lines, pitch, row + i % 2 * 8, s + i / 2 * 8);
}
template <bool kAlongSum>
__device__ __forceinline__ Fragment load_right(SharedArray<uint32_t> lines, int pitch, int col,
                                               int s) {
  const int i = lane_of_warp() / 8;
  return load_fragment<kAlongSum>(lines, pitch, col + i / 2 * 8, s + i % 2 * 8);
}

// c and next, products of 8 columns each, += a b^T.
__device__ __forceinline__ void multiply_16x16x16(const Fragment& a, const Fragment& b,
                                                  float (&c)[4], float (&next)[4]) {
  multiply_16x8x16(a.words, {b.words[0], b.words[1]}, c);
  multiply_16x8x16(a.words, {b.words[2], b.words[3]}, next);
}

// c and next as the left factor of a product along their columns.
__device__ __forceinline__ Fragment as_left(const float (&c)[4], const float (&next)[4]) {
  return {{narrow_pair(c[0], c[1]), narrow_pair(c[2], c[3]), narrow_pair(next[0], next[1]),
           narrow_pair(next[2], next[3])}};
}

}  // namespace r1::kernels
