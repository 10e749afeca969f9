// The product in bf16 on tensor cores. An element's sum is a chain of steps of 16 along the summed
// dimension, whatever tile the element lies in: so tiles are chosen by how much work there is, and
// no element's result depends on them. Tiles of both factors come by asynchronous copies, several
// ahead of the one that is multiplied, and lie in shared memory as they lie in global memory.
#include "kernels/cuda/fragments.h"
#include "kernels/cuda/gemm_tile.h"

namespace r1::kernels {
namespace {

// A block's tile of the result, the part of it that a warp has, and what it multiplies at a time.
template <int kRowsOfTile, int kColsOfTile, int kWarpsDown, int kWarpsRight, int kSumOfTile,
          int kTilesAhead>
struct Tile {
  static constexpr int kRows = kRowsOfTile, kCols = kColsOfTile;
  static constexpr int kSum = kSumOfTile;  // of the summed dimension
  static constexpr int kAhead = kTilesAhead;
  static constexpr int kThreads = kWarpsDown * kWarpsRight * kWarpSize;
  static constexpr int kRight = kWarpsRight;  // warps
  static constexpr int kWarpRows = kRows / kWarpsDown, kWarpCols = kCols / kWarpsRight;
  static constexpr int kDown16 = kWarpRows / 16, kRight8 = kWarpCols / 8;  // products of a warp
  static_assert(kDown16 * 16 == kWarpRows && kRight8 * 8 == kWarpCols && kSum % 16 == 0);
};
using LargeTile = Tile<128, 128, 2, 4, 32, 2>;
using MediumTile = Tile<64, 64, 2, 2, 64, 2>;
using NarrowTile = Tile<64, 16, 4, 1, 128, 2>;  // of short weights there have to be many
using FewRowsTile = Tile<16, 64, 1, 4, 128, 2>;
using FewRowsNarrowTile = Tile<16, 16, 1, 2, 128, 3>;

// One factor's tile of kRows x kSum elements in shared memory. kAlongSum: [kRows, kSum], lines
// along the sum; else [kSum, kRows].
template <int kRows, int kSum, bool kLinesAlongSum>
struct Side {
  static constexpr bool kAlongSum = kLinesAlongSum;
  static constexpr int kLines = kAlongSum ? kRows : kSum, kLine = kAlongSum ? kSum : kRows;
  static constexpr int kPitch = pitch_of(kLine);
  static constexpr int kWords = kLines * kPitch;

  Factor<Bf16> factor;
  int64_t first;  // row of the factor
  int64_t sum_size;
  bool aligned;  // every chunk starts at a multiple of 16 bytes

  // Starts to bring elements [at, at + kSum) of the rows; zero outside of the factor. A thread has
  // one place in several lines: inside of the factor little is worked out for a copy.
  template <int kThreads>
  __device__ __forceinline__ void fetch(int64_t at, SharedArray<uint32_t> to) const {
    constexpr int kChunksOfLine = kLine / kChunk, kStep = kThreads / kChunksOfLine;
    static_assert(kThreads % kChunksOfLine == 0 && kLines % kStep == 0);
    const int line = static_cast<int>(threadIdx.x) / kChunksOfLine;
    const int in_line = static_cast<int>(threadIdx.x) % kChunksOfLine * kChunk;
    const SharedArray<uint32_t> own = to + (line * kPitch + in_line / 2);
    const int64_t stride = kAlongSum ? factor.row_stride : factor.sum_stride;
    const int64_t line_at = (kAlongSum ? first : at) + line,
                  chunk_at = (kAlongSum ? at : first) + in_line;
    const Bf16* x = factor.data + line_at * stride + chunk_at;
    if (aligned && first + kRows <= factor.rows && at + kSum <= sum_size) {
#pragma unroll
      for (int i = 0; i < kLines; i += kStep)
        start_copy(own + i * kPitch, x + i * stride, kChunk * static_cast<int>(sizeof(Bf16)));
      return;
    }
    const int64_t lines = kAlongSum ? factor.rows : sum_size,
                  left = (kAlongSum ? sum_size : factor.rows) - chunk_at;
    for (int i = 0; i < kLines; i += kStep) {
      const bool exists = line_at + i < lines && left > 0;
      fetch_chunk(own + i * kPitch, exists ? x + i * stride : factor.data, exists ? left : 0,
                  aligned);
    }
  }
};

// The steps of one tile in shared memory, for the part of a warp.
template <class Shape, class SideA, class SideB>
__device__ __forceinline__ void multiply_tile(SharedArray<uint32_t> tile_a,
                                              SharedArray<uint32_t> tile_b, int warp_row,
                                              int warp_col,
                                              float (&sums)[Shape::kDown16][Shape::kRight8][4]) {
#pragma unroll
  for (int s = 0; s < Shape::kSum; s += 16) {
    Fragment of_a[Shape::kDown16];
    uint32_t of_b[Shape::kRight8][2];
#pragma unroll
    for (int i = 0; i < Shape::kDown16; ++i)
      of_a[i] = load_left<SideA::kAlongSum>(tile_a, SideA::kPitch, warp_row + i * 16, s);
#pragma unroll
    for (int j = 0; j < Shape::kRight8; j += 2) {
      // Of columns j and j + 1; one of 8 columns alone is read twice.
      constexpr bool kPairs = Shape::kRight8 > 1;
      const int col = kPairs ? warp_col + j * 8 : warp_col / 16 * 16;
      const Fragment both = load_right<SideB::kAlongSum>(tile_b, SideB::kPitch, col, s);
      const int own = kPairs ? 0 : warp_col % 16 / 8 * 2;
      of_b[j][0] = own ? both.words[2] : both.words[0],
      of_b[j][1] = own ? both.words[3] : both.words[1];
      if constexpr (kPairs) of_b[j + 1][0] = both.words[2], of_b[j + 1][1] = both.words[3];
    }
#pragma unroll
    for (int i = 0; i < Shape::kDown16; ++i)
#pragma unroll
      for (int j = 0; j < Shape::kRight8; ++j) multiply_16x8x16(of_a[i].words, of_b[j], sums[i][j]);
  }
}

// body(sum of a column, sum of the next, row, column) for this lane's elements.
template <class Shape, class Body>
__device__ __forceinline__ void for_pairs(float (&sums)[Shape::kDown16][Shape::kRight8][4],
                                          int warp_row, int warp_col, Body body) {
#pragma unroll
  for (int i = 0; i < Shape::kDown16; ++i)
#pragma unroll
    for (int j = 0; j < Shape::kRight8; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        body(sums[i][j][2 * half], sums[i][j][2 * half + 1], warp_row + i * 16 + fragment_row(half),
             warp_col + j * 8 + fragment_col());
}

// The block's tile: kBand tiles of a's rows are done with all of b before the next ones, so that
// the blocks of one time share lines of both factors in the cache.
__device__ __forceinline__ void place_tile(uint32_t& row_tile, uint32_t& col_tile) {
  constexpr uint32_t kBand = 16;
  const uint32_t linear = blockIdx.y * gridDim.x + blockIdx.x, band = kBand * gridDim.y;
  const uint32_t first = linear / band * kBand, in_band = linear % band;
  const uint32_t left = gridDim.x - first, height = left < kBand ? left : kBand;
  row_tile = first + in_band % height;
  col_tile = in_band / height;
}

template <class Shape, class SideA, class SideB, class TOut>
__global__ void __launch_bounds__(Shape::kThreads)
    multiply_block(SideA a, SideB b, Outcome<Bf16, TOut> out) {
  constexpr int kTileWords = SideA::kWords + SideB::kWords, kTiles = Shape::kAhead + 1;
  const SharedArray<uint32_t> tiles = shared_array<uint32_t>(0);
  uint32_t row_tile = 0, col_tile = 0;
  place_tile(row_tile, col_tile);
  a.first = static_cast<int64_t>(row_tile) * Shape::kRows;
  b.first = static_cast<int64_t>(col_tile) * Shape::kCols;
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int warp_row = warp / Shape::kRight * Shape::kWarpRows;
  const int warp_col = warp % Shape::kRight * Shape::kWarpCols;
  const int64_t rows = a.factor.rows - a.first, cols = b.factor.rows - b.first;  // that exist
  const int64_t steps = ceil_div(a.sum_size, Shape::kSum);
  const auto fetch = [&](int64_t step) {
    if (step < steps) {
      const SharedArray<uint32_t> tile = tiles + step % kTiles * kTileWords;
      a.template fetch<Shape::kThreads>(step * Shape::kSum, tile);
      b.template fetch<Shape::kThreads>(step * Shape::kSum, tile + SideA::kWords);
    }
    end_copy_group();
  };
#pragma unroll
  for (int step = 0; step < Shape::kAhead; ++step) fetch(step);

  float sums[Shape::kDown16][Shape::kRight8][4] = {};
  if (out.start)
    for_pairs<Shape>(sums, warp_row, warp_col, [&](float& sum, float& next, int row, int col) {
      const int64_t at = (a.first + row) * out.stride + b.first + col;
      if (row < rows && col < cols) sum = widen(out.data[at]);
      if (row < rows && col + 1 < cols) next = widen(out.data[at + 1]);
    });
  for (int64_t step = 0; step < steps; ++step) {
    wait_for_copies<Shape::kAhead - 1>();
    __syncthreads();  // this step's tile is there for all, and all are done with the one before it
    fetch(step + Shape::kAhead);
    const SharedArray<uint32_t> tile = tiles + step % kTiles * kTileWords;
    multiply_tile<Shape, SideA, SideB>(tile, tile + SideA::kWords, warp_row, warp_col, sums);
  }
  for_pairs<Shape>(sums, warp_row, warp_col, [&](float sum, float next, int row, int col) {
    if (row < rows && col < cols)
      finish_pair(out, a.first + row, b.first + col, b.factor.rows, sum, next);
  });
}

// Whether every chunk of 8 elements starts at a multiple of 16 bytes.
bool is_aligned(const Factor<Bf16>& factor) {
  const int64_t stride = factor.sum_stride == 1 ? factor.row_stride : factor.sum_stride;
  return reinterpret_cast<uintptr_t>(factor.data) % 16 == 0 && stride % kChunk == 0;
}

template <class Shape, bool kARow, bool kBRow, class TOut>
void launch_tiles(const char* name, const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
                  const Outcome<Bf16, TOut>& out, Stream stream) {
  using SideA = Side<Shape::kRows, Shape::kSum, kARow>;
  using SideB = Side<Shape::kCols, Shape::kSum, kBRow>;
  constexpr int64_t kBytes =
      (Shape::kAhead + 1) * int64_t{SideA::kWords + SideB::kWords} * sizeof(uint32_t);
  launch(name, multiply_block<Shape, SideA, SideB, TOut>,
         {ceil_div(a.rows, Shape::kRows), ceil_div(b.rows, Shape::kCols)}, Shape::kThreads, kBytes,
         stream, SideA{a, 0, sum_size, is_aligned(a)}, SideB{b, 0, sum_size, is_aligned(b)}, out);
}

// The largest tile of which there are enough for all multiprocessors of a GPU.
template <bool kARow, bool kBRow, class TOut>
void choose_tile(const char* name, const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
                 const Outcome<Bf16, TOut>& out, Stream stream) {
  constexpr int64_t kEnough = 128;
  const auto enough = [&](int64_t rows, int64_t cols) {
    return ceil_div(a.rows, rows) * ceil_div(b.rows, cols) >= kEnough;
  };
  const auto with = [&]<class Shape>(Shape) {
    launch_tiles<Shape, kARow, kBRow>(name, a, b, sum_size, out, stream);
  };
  if (a.rows <= FewRowsTile::kRows)
    return enough(FewRowsTile::kRows, FewRowsTile::kCols) ? with(FewRowsTile{})
                                                          : with(FewRowsNarrowTile{});
  if (enough(LargeTile::kRows, LargeTile::kCols)) return with(LargeTile{});
  if (enough(MediumTile::kRows, MediumTile::kCols)) return with(MediumTile{});
  with(NarrowTile{});
}

template <class TOut>
Product product_of(const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
                   const Outcome<Bf16, TOut>& out) {
  return {a,
          b,
          sum_size,
          out.data,
          kDtypeOf<TOut>,
          out.stride,
          out.bias,
          out.start ? out.data : out.residual};
}

}  // namespace

template <class TOut>
void multiply(const char* name, const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
              const Outcome<Bf16, TOut>& out, Stream stream) {
  if (stream.products && stream.products->multiply(product_of(a, b, sum_size, out), stream)) return;
  const bool a_row = a.sum_stride == 1, b_row = b.sum_stride == 1;
  if (a_row && b_row) return choose_tile<true, true>(name, a, b, sum_size, out, stream);
  if constexpr (std::is_same_v<TOut, float>)  // gradients of weights
    choose_tile<false, false>(name, a, b, sum_size, out, stream);
  else  // of inputs
    choose_tile<true, false>(name, a, b, sum_size, out, stream);
}

template void multiply<Bf16>(const char*, const Factor<Bf16>&, const Factor<Bf16>&, int64_t,
                             const Outcome<Bf16, Bf16>&, Stream);
template void multiply<float>(const char*, const Factor<Bf16>&, const Factor<Bf16>&, int64_t,
                              const Outcome<Bf16, float>&, Stream);

}  // namespace r1::kernels
