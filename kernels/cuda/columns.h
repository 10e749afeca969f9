// Sums over rows, one a column, that go on from what they find, in row order: the same bits for any
// cut of the rows into micro-batches. The products wait in shared memory, loaded by all warps but
// the first, which adds them one after another.
#pragma once

#include "kernels/cuda/math.h"

namespace r1::kernels {

inline constexpr int kColumnsOfABlock = kWarpSize;
inline constexpr int kColumnThreads = 8 * kWarpSize;
inline constexpr int kColumnTileRows = 56;  // 8 for each loading warp
inline constexpr int64_t kColumnTile = kColumnTileRows * kColumnsOfABlock;
inline constexpr int64_t kColumnSharedBytes = 4 * kColumnTile * static_cast<int64_t>(sizeof(float));

inline Grid column_grid(int64_t cols) { return {ceil_div(cols, kColumnsOfABlock)}; }

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
  const int64_t col = static_cast<int64_t>(blockIdx.x) * kColumnsOfABlock + lane;
  const bool adds = warp == 0 && col < cols;
  float sum = adds ? sums[col] : 0.0f;
  const int64_t num_tiles = ceil_div(rows, kColumnTileRows);
  for (int64_t tile = 0; tile <= num_tiles; ++tile) {
    if (warp > 0 && tile < num_tiles && col < cols) {
      const SharedArray<float> to = tiles + tile % 2 * 2 * kColumnTile;
      for (int row = warp - 1; row < kColumnTileRows; row += kColumnThreads / kWarpSize - 1) {
        if (tile * kColumnTileRows + row >= rows) break;
        const Factors factors = factors_of(tile * kColumnTileRows + row, col);
        to[row * kColumnsOfABlock + lane] = factors.a;
        to[kColumnTile + row * kColumnsOfABlock + lane] = factors.b;
      }
    }
    if (adds && tile > 0) {
      const SharedArray<float> from = tiles + (tile - 1) % 2 * 2 * kColumnTile;
      const int64_t left = rows - (tile - 1) * kColumnTileRows;
      for (int row = 0; row < (left < kColumnTileRows ? left : kColumnTileRows); ++row)
        sum = fmaf(from[row * kColumnsOfABlock + lane],
                   from[kColumnTile + row * kColumnsOfABlock + lane], sum);
    }
    __syncthreads();
  }
  if (adds) sums[col] = sum;
}

}  // namespace r1::kernels
