// Sums over rows, one a column, that go on from what they find, in row order: the same bits for any
// cut of the rows into micro-batches. The factors wait in shared memory, loaded by all warps but
// the first, which adds their products one after another. That chain is the limit: loads keep up
// with it when many are on their way.
#pragma once

#include <algorithm>

#include "kernels/cuda/math.h"

namespace r1::kernels {

inline constexpr int kColumnsOfABlock = kWarpSize;
inline constexpr int kRowsOfAWarp = 8;  // of a tile
// Beside the one that adds: so many take 96 KiB, which all devices have.
inline constexpr int kMostLoadingWarps = 24;
inline constexpr int kMostColumnThreads = (1 + kMostLoadingWarps) * kWarpSize;

// A launch for so many rows and columns.
struct ColumnLaunch {
  Grid grid;
  int num_threads;
  int64_t shared_bytes;  // two tiles of two factors

  ColumnLaunch(int64_t rows, int64_t cols) : grid{ceil_div(cols, kColumnsOfABlock)} {
    const int64_t warps = std::clamp<int64_t>(ceil_div(rows, kRowsOfAWarp), 1, kMostLoadingWarps);
    num_threads = static_cast<int>(1 + warps) * kWarpSize;
    shared_bytes =
        4 * warps * kRowsOfAWarp * kColumnsOfABlock * static_cast<int64_t>(sizeof(float));
  }
};

struct Factors {
  float a = 0;
  float b = 0;
};

// sums[col] = fma(a, b, sums[col]) with factors_of(row, col), for rows 0, 1, ... rows - 1.
template <class FactorsOf>
__device__ void add_columns(int64_t rows, int64_t cols, FactorsOf factors_of, float* sums) {
  const SharedArray<float> tiles = shared_array<float>(0);  // [2 tiles][a, b][row][column]
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int loading_warps = static_cast<int>(blockDim.x) / kWarpSize - 1;
  const int tile_rows = loading_warps * kRowsOfAWarp;
  const int64_t tile_size = static_cast<int64_t>(tile_rows) * kColumnsOfABlock;
  const int64_t col = static_cast<int64_t>(blockIdx.x) * kColumnsOfABlock + lane;
  const bool adds = warp == 0 && col < cols;
  float sum = adds ? sums[col] : 0.0f;
  const int64_t num_tiles = ceil_div(rows, tile_rows);
  for (int64_t tile = 0; tile <= num_tiles; ++tile) {
    if (warp > 0 && tile < num_tiles && col < cols) {
      Factors mine[kRowsOfAWarp];  // all of them first, so that none waits for another
#pragma unroll
      for (int i = 0; i < kRowsOfAWarp; ++i) {
        const int64_t row = tile * tile_rows + warp - 1 + i * loading_warps;
        if (row < rows) mine[i] = factors_of(row, col);
      }
      const SharedArray<float> to = tiles + tile % 2 * 2 * tile_size;
#pragma unroll
      for (int i = 0; i < kRowsOfAWarp; ++i) {
        const int at = (warp - 1 + i * loading_warps) * kColumnsOfABlock + lane;
        to[at] = mine[i].a;
        to[tile_size + at] = mine[i].b;
      }
    }
    if (adds && tile > 0) {
      const SharedArray<float> from = tiles + (tile - 1) % 2 * 2 * tile_size + lane;
      const int64_t left = rows - (tile - 1) * tile_rows;
      const int count = static_cast<int>(left < tile_rows ? left : tile_rows);
#pragma unroll 8
      for (int row = 0; row < count; ++row)
        sum = fmaf(from[row * kColumnsOfABlock], from[tile_size + row * kColumnsOfABlock], sum);
    }
    __syncthreads();
  }
  if (adds) sums[col] = sum;
}

}  // namespace r1::kernels
