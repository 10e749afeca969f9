// The product in bf16 on tensor cores. An element's sum is a chain of steps of 16 along the summed
// dimension, whatever tile the element lies in: so the tile is chosen by the number of rows, and no
// row's result depends on it. Both factors wait in shared memory as [row][pairs along the sum].
#include "kernels/cuda/gemm_tile.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarpSize;
constexpr int kTileSum = 32;            // of the summed dimension at a time: two steps
constexpr int kWords = kTileSum / 2;    // of a row in shared memory
constexpr int64_t kPitch = kWords + 4;  // the 8 rows of a fragment lie in different banks
constexpr int kChunk = 8;               // elements of a load: 16 bytes

// A block's tile, and the part of it that a warp has.
template <int kRowsOfTile, int kColsOfTile, int kWarpsDown>
struct Tile {
  static constexpr int kRows = kRowsOfTile;
  static constexpr int kCols = kColsOfTile;
  static constexpr int kWarpRows = kRows / kWarpsDown;
  static constexpr int kWarpCols = kCols * kWarpsDown / kWarps;
  static constexpr int kDown = kWarpRows / 16;  // matrix products of 16 x 8
  static constexpr int kRight = kWarpCols / 8;
  static constexpr int64_t kBufferWords = (kRows + kCols) * kPitch;
};
using LargeTile = Tile<128, 128, 2>;
using FewRowsTile = Tile<16, 128, 1>;  // decoding: few rows, all of the weight

struct alignas(16) Chunk {
  uint32_t words[kChunk / 2];
};

// Elements x[0, 8) of which `left` exist; zero behind.
__device__ __forceinline__ Chunk load_chunk(const Bf16* x, int64_t left, bool aligned) {
  if (aligned && left >= kChunk) return load_16_bytes<Chunk>(x);
  Chunk chunk = {};
#pragma unroll
  for (int i = 0; i < kChunk; ++i)
    if (i < left) chunk.words[i / 2] |= static_cast<uint32_t>(x[i].bits) << (i % 2 * 16);
  return chunk;
}

// What a thread carries from global to shared memory for one factor and step: chunks along the sum
// of up to two rows, or the same 8 rows of two neighbouring places of the sum.
struct Carried {
  Chunk chunk[2];
};

// Which of the factor's elements thread `task` carries; tasks beyond the tile carry nothing.
template <int kRows>
struct Courier {
  const Factor<Bf16>& factor;
  int64_t first;  // row of the tile
  int64_t sum_size;
  bool aligned;  // every chunk starts at a multiple of 16 bytes

  static constexpr int kChunksOfRow = kTileSum / kChunk;
  static constexpr int kRowStep = kThreads / kChunksOfRow;  // between a thread's two rows

  __device__ bool by_row() const { return factor.sum_stride == 1; }

  __device__ Carried fetch(int64_t at) const {
    const int thread = static_cast<int>(threadIdx.x);
    Carried carried = {};
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int64_t row =
          first + (by_row() ? thread / kChunksOfRow + i * kRowStep : thread / kWords * kChunk);
      const int64_t s = at + (by_row() ? thread % kChunksOfRow * kChunk : thread % kWords * 2 + i);
      if (row - first >= kRows || row >= factor.rows || s >= sum_size) continue;
      const int64_t left = by_row() ? sum_size - s : factor.rows - row;
      carried.chunk[i] =
          load_chunk(factor.data + row * factor.row_stride + s * factor.sum_stride, left, aligned);
    }
    return carried;
  }

  __device__ void store(const Carried& carried, SharedArray<uint32_t> to) const {
    const int thread = static_cast<int>(threadIdx.x);
    if (by_row()) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const int row = thread / kChunksOfRow + i * kRowStep;
        if (row >= kRows) continue;
#pragma unroll
        for (int j = 0; j < kChunk / 2; ++j)
          to[row * kPitch + thread % kChunksOfRow * (kChunk / 2) + j] = carried.chunk[i].words[j];
      }
      return;
    }
    const int row = thread / kWords * kChunk;
    if (row >= kRows) return;
#pragma unroll
    for (int j = 0; j < kChunk; ++j) {  // element j of both: a pair along the sum
      const uint32_t low = carried.chunk[0].words[j / 2] >> (j % 2 * 16) & 0xffff;
      const uint32_t high = carried.chunk[1].words[j / 2] >> (j % 2 * 16) & 0xffff;
      to[(row + j) * kPitch + thread % kWords] = high << 16 | low;
    }
  }
};

// Where this lane's elements of the warp's (i, j)-th matrix product lie: two neighbours in each of
// two rows 8 apart.
template <class TileShape, class Body>
__device__ __forceinline__ void for_elements(float (&sums)[TileShape::kDown][TileShape::kRight][4],
                                             int warp_row, int warp_col, Body body) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
#pragma unroll
  for (int i = 0; i < TileShape::kDown; ++i)
#pragma unroll
    for (int j = 0; j < TileShape::kRight; ++j)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        body(sums[i][j][e], warp_row + i * 16 + e / 2 * 8 + lane / 4,
             warp_col + j * 8 + lane % 4 * 2 + e % 2);
}

// The steps of one loaded tile.
template <class TileShape>
__device__ __forceinline__ void multiply_tile(
    SharedArray<uint32_t> a, SharedArray<uint32_t> b,
    float (&sums)[TileShape::kDown][TileShape::kRight][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
#pragma unroll
  for (int step = 0; step < kWords; step += 8) {
    uint32_t of_a[TileShape::kDown][4], of_b[TileShape::kRight][2];
#pragma unroll
    for (int i = 0; i < TileShape::kDown; ++i)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        of_a[i][e] = a[(i * 16 + e % 2 * 8 + lane / 4) * kPitch + step + e / 2 * 4 + lane % 4];
#pragma unroll
    for (int j = 0; j < TileShape::kRight; ++j)
#pragma unroll
      for (int e = 0; e < 2; ++e)
        of_b[j][e] = b[(j * 8 + lane / 4) * kPitch + step + e * 4 + lane % 4];
#pragma unroll
    for (int i = 0; i < TileShape::kDown; ++i)
#pragma unroll
      for (int j = 0; j < TileShape::kRight; ++j) multiply_16x8x16(of_a[i], of_b[j], sums[i][j]);
  }
}

template <class TileShape, class TOut>
__global__ void multiply_block(Factor<Bf16> a, Factor<Bf16> b, int64_t sum_size, bool aligned_a,
                               bool aligned_b, Outcome<Bf16, TOut> out) {
  const SharedArray<uint32_t> buffers = shared_array<uint32_t>(0);  // two, used in turns
  const int64_t first_row = static_cast<int64_t>(blockIdx.x) * TileShape::kRows;
  const int64_t first_col = static_cast<int64_t>(blockIdx.y) * TileShape::kCols;
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  constexpr int kWarpsRight = TileShape::kCols / TileShape::kWarpCols;
  const int warp_row = warp / kWarpsRight * TileShape::kWarpRows;
  const int warp_col = warp % kWarpsRight * TileShape::kWarpCols;
  const Courier<TileShape::kRows> courier_a{a, first_row, sum_size, aligned_a};
  const Courier<TileShape::kCols> courier_b{b, first_col, sum_size, aligned_b};
  float sums[TileShape::kDown][TileShape::kRight][4] = {};
  if (out.start)
    for_elements<TileShape>(sums, warp_row, warp_col, [&](float& sum, int row, int col) {
      if (first_row + row < a.rows && first_col + col < b.rows)
        sum = widen(out.data[(first_row + row) * out.stride + first_col + col]);
    });
  Carried next_a = courier_a.fetch(0), next_b = courier_b.fetch(0);
  int turn = 0;
  for (int64_t at = 0; at < sum_size; at += kTileSum, turn ^= 1) {
    const SharedArray<uint32_t> tile_a = buffers + turn * TileShape::kBufferWords;
    const SharedArray<uint32_t> tile_b = tile_a + TileShape::kRows * kPitch;
    courier_a.store(next_a, tile_a);
    courier_b.store(next_b, tile_b);
    __syncthreads();
    next_a = courier_a.fetch(at + kTileSum);  // on its way while this tile is multiplied
    next_b = courier_b.fetch(at + kTileSum);
    multiply_tile<TileShape>(tile_a + warp_row * kPitch, tile_b + warp_col * kPitch, sums);
  }
  for_elements<TileShape>(sums, warp_row, warp_col, [&](float& sum, int row, int col) {
    if (first_row + row < a.rows && first_col + col < b.rows)
      finish(out, first_row + row, first_col + col, sum);
  });
}

// Whether every chunk of 8 elements starts at a multiple of 16 bytes.
bool is_aligned(const Factor<Bf16>& factor) {
  const int64_t stride = factor.sum_stride == 1 ? factor.row_stride : factor.sum_stride;
  return reinterpret_cast<uintptr_t>(factor.data) % 16 == 0 && stride % kChunk == 0;
}

template <class TileShape, class TOut>
void launch_tiles(const char* name, const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
                  const Outcome<Bf16, TOut>& out, Stream stream) {
  launch(name, multiply_block<TileShape, TOut>,
         {ceil_div(a.rows, TileShape::kRows), ceil_div(b.rows, TileShape::kCols)}, kThreads,
         2 * TileShape::kBufferWords * sizeof(uint32_t), stream, a, b, sum_size, is_aligned(a),
         is_aligned(b), out);
}

}  // namespace

template <class TOut>
void multiply(const char* name, const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
              const Outcome<Bf16, TOut>& out, Stream stream) {
  constexpr int64_t kFewRows = 64;
  if (a.rows <= kFewRows) return launch_tiles<FewRowsTile>(name, a, b, sum_size, out, stream);
  launch_tiles<LargeTile>(name, a, b, sum_size, out, stream);
}

template void multiply<Bf16>(const char*, const Factor<Bf16>&, const Factor<Bf16>&, int64_t,
                             const Outcome<Bf16, Bf16>&, Stream);
template void multiply<float>(const char*, const Factor<Bf16>&, const Factor<Bf16>&, int64_t,
                              const Outcome<Bf16, float>&, Stream);

}  // namespace r1::kernels
