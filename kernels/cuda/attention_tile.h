// A tile of queries: up to kTileQueries (row, head) pairs of one page of one sequence that share a
// key-value head. Rows of different pages never share a tile, so every query of a tile sees at
// least the first key of each page that the tile walks, and which queries lie together depends on
// their positions alone.
#pragma once

#include "kernels/attention.h"
#include "kernels/cuda/math.h"

namespace r1::kernels {

inline constexpr int kTileQueries = 16;
inline constexpr int kQueriesOfAWarp = 4;  // in the kernels whose warps share a tile's queries
inline constexpr int kTileThreads = kTileQueries / kQueriesOfAWarp * kWarpSize;
inline constexpr int kMaxDimVectors = static_cast<int>(kMaxHeadDim) / kWarpSize;
static_assert(kPageTokens == kWarpSize, "a lane is a key of a page");

// What a lane holds of a vector of head_dim: elements lane, lane + 32, ...
using DimVector = float[kMaxDimVectors];

// body(i, d) for the elements d of this lane; i is known at compile time.
template <class Body>
__device__ __forceinline__ void for_dims(int64_t dim, Body body) {
#pragma unroll
  for (int i = 0; i < kMaxDimVectors; ++i) {
    const int64_t d = static_cast<int64_t>(threadIdx.x) % kWarpSize + i * kWarpSize;
    if (d < dim) body(i, d);
  }
}

// Pages that the rows of a sequence touch, at most; tiles of a page, at most.
inline int64_t max_row_pages(const AttentionShape& shape) {
  return shape.max_rows > 0 ? ceil_div(kPageTokens - 1 + shape.max_rows, kPageTokens) : 0;
}
inline int64_t max_page_tiles(const AttentionShape& shape, int size = kTileQueries) {
  const int64_t rows = shape.max_rows < kPageTokens ? shape.max_rows : kPageTokens;
  return ceil_div(rows * (shape.heads / shape.kv_heads), size);
}

template <class T>
struct PagedCache {
  const T* k_pages;
  const T* v_pages;
};
inline constexpr int64_t kSplitPages = kSplitPositions / kPageTokens;

struct QueryTile {
  int64_t group = 1;  // query heads of the key-value head
  int64_t kv_head = 0;
  int64_t row = 0;   // of the sequence: the first of its page
  int64_t item = 0;  // first pair, counted from (row, first head of the group)
  int count = 0;     // pairs; 0 or less: nothing to do
  int64_t page = 0;  // of the positions of the rows: index in the sequence

  __device__ int64_t row_of(int i) const { return row + pair(i) / heads(); }
  __device__ int64_t head_of(int i) const { return kv_head * group + pair(i) % heads(); }
  // The pair's place in rows of all query heads, in heads; and of its elements in rows `stride`
  // apart.
  __device__ int64_t query_of(const AttentionShape& shape, const AttentionSequence& sequence,
                              int i) const {
    return (sequence.first_row + row_of(i)) * shape.heads + head_of(i);
  }
  __device__ int64_t element_of(const AttentionShape& shape, const AttentionSequence& sequence,
                                int i, int64_t stride) const {
    return (sequence.first_row + row_of(i)) * stride + head_of(i) * shape.head_dim;
  }

 private:  // a page has few pairs: short divisions
  __device__ uint32_t pair(int i) const { return static_cast<uint32_t>(item + i); }
  __device__ uint32_t heads() const { return static_cast<uint32_t>(group); }
};

// Tile `tile` of `size` pairs of the rows of a sequence that lie in its `row_page`-th page, counted
// from the page of its first row.
__device__ inline QueryTile query_tile(const AttentionShape& shape,
                                       const AttentionSequence& sequence, int64_t row_page,
                                       int64_t tile, int64_t kv_head, int size = kTileQueries) {
  QueryTile result;
  result.group = short_quotient(shape.heads, shape.kv_heads);
  result.kv_head = kv_head;
  const int64_t begin = row_page * kPageTokens - sequence.first_position % kPageTokens;
  const int64_t end =
      begin + kPageTokens < sequence.num_rows ? begin + kPageTokens : sequence.num_rows;
  result.row = begin > 0 ? begin : 0;
  result.item = tile * size;
  const int64_t left = (end - result.row) * result.group - result.item;
  result.count = static_cast<int>(left < size ? left : size);
  result.page = sequence.first_position / kPageTokens + row_page;
  return result;
}

// What a block of kWarps warps works on: neighbouring tiles, maybe of several pages. The last tiles
// come in the first blocks, since they see the most pages.
struct BlockTiles {
  QueryTile own;  // of this warp
  int64_t end;    // of the pages that any warp looks at
};
template <int kWarps>
__device__ __forceinline__ BlockTiles block_tiles(const AttentionShape& shape,
                                                  const AttentionSequence& sequence,
                                                  int64_t tiles_of_page) {
  const int64_t first = (static_cast<int64_t>(gridDim.x) - 1 - blockIdx.x) * kWarps;
  BlockTiles result = {{}, 0};
  for (int warp = 0; warp < kWarps; ++warp) {
    const int64_t i = first + warp, row_page = short_quotient(i, tiles_of_page);
    const QueryTile tile =
        query_tile(shape, sequence, row_page, i - row_page * tiles_of_page, blockIdx.y);
    if (tile.count > 0) result.end = tile.page + 1;
    if (warp == static_cast<int>(threadIdx.x) / kWarpSize) result.own = tile;
  }
  return result;
}

// Vectors of a tile from rows of x, `stride` apart, to [kTileQueries, pitch] in shared memory;
// zero behind the last. All threads of the block take part.
template <class T>
__device__ void load_queries(const AttentionShape& shape, const AttentionSequence& sequence,
                             const QueryTile& tile, const T* x, int64_t stride,
                             SharedArray<float> to, int64_t pitch) {
  const int64_t dim = shape.head_dim;
  for (int64_t e = threadIdx.x; e < kTileQueries * dim; e += blockDim.x) {
    const int i = static_cast<int>(e / dim);
    const int64_t d = e % dim;
    float value = 0;
    if (i < tile.count) value = widen(x[tile.element_of(shape, sequence, i, stride) + d]);
    to[i * pitch + d] = value;
  }
}

}  // namespace r1::kernels
