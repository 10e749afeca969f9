// Forward attention and its decode in splits: in float, where a warp has four queries, a lane one
// key of the page and, for the sums, every 32nd element of a value. In bf16: attention_mma.cu.
#include "kernels/attention.h"

#include "kernels/cuda/attention_mma.h"
#include "kernels/cuda/softmax.h"

namespace r1::kernels {
namespace {

using Sequences = std::span<const AttentionSequence>;

// Shared memory of a tile: queries, one page of keys and values, the page's weights.
struct TileMemory {
  SharedArray<float> q;        // [kTileQueries, dim]
  SharedArray<float> weights;  // [kTileQueries, kPageTokens]
  SharedArray<float> k;        // [dim, kPageTokens]
  SharedArray<float> v;        // [kPageTokens, dim]
};

int64_t tile_bytes(const AttentionShape& shape) {
  return static_cast<int64_t>(sizeof(float)) *
         (kTileQueries * (shape.head_dim + kPageTokens) + 2 * kPageTokens * shape.head_dim);
}

__device__ TileMemory tile_memory(const AttentionShape& shape) {
  TileMemory memory;
  memory.q = shared_array<float>(0);
  memory.weights = memory.q + kTileQueries * shape.head_dim;
  memory.k = memory.weights + kTileQueries * kPageTokens;
  memory.v = memory.k + kPageTokens * shape.head_dim;
  return memory;
}

// The queries of this warp: their softmax and the weighted sums of values.
struct Sums {
  Softmax softmax[kQueriesOfAWarp];
  DimVector o[kQueriesOfAWarp] = {};
};

__device__ void load_page(const AttentionShape& shape, const PagedCache<float>& cache, int64_t page,
                          int64_t kv_head, const TileMemory& memory) {
  const int64_t size = shape.head_dim * kPageTokens;
  const int64_t at = page * shape.page_size() + kv_head * size;
  for (int64_t e = threadIdx.x; e < size; e += blockDim.x) {
    memory.k[e] = cache.k_pages[at + e];
    memory.v[e] = cache.v_pages[at + e];
  }
}

// Scores and softmax of this warp's queries against the page in shared memory; weights are left
// there and earlier sums scaled.
__device__ void score_page(const AttentionShape& shape, const AttentionSequence& sequence,
                           const QueryTile& tile, int64_t page, const TileMemory& memory,
                           Sums& sums) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int first = static_cast<int>(threadIdx.x) / kWarpSize * kQueriesOfAWarp;
  float scores[kQueriesOfAWarp] = {};
  for (int64_t d = 0; d < shape.head_dim; ++d) {
    const float key = memory.k[d * kPageTokens + lane];
#pragma unroll
    for (int n = 0; n < kQueriesOfAWarp; ++n)
      scores[n] = fmaf(memory.q[(first + n) * shape.head_dim + d], key, scores[n]);
  }
#pragma unroll
  for (int n = 0; n < kQueriesOfAWarp; ++n) {
    const int query = first + n < tile.count ? first + n : tile.count - 1;
    const int64_t position = sequence.first_position + tile.row_of(query);
    const bool visible = page * kPageTokens + lane <= position;
    const float score = visible ? scores[n] * static_cast<float>(shape.scale) : -__builtin_inff();
    const float factor = raise<float>(sums.softmax[n], warp_max(score));
    const float weight = exponential(score - sums.softmax[n].largest);
    sums.softmax[n].sum = fmaf(sums.softmax[n].sum, factor, warp_sum(weight));
    memory.weights[(first + n) * kPageTokens + lane] = weight;
    for_dims(shape.head_dim, [&](int i, int64_t) { sums.o[n][i] = sums.o[n][i] * factor; });
  }
}

// Walks pages [begin, end) of a sequence in order, from nothing.
__device__ void attend_pages(const AttentionShape& shape, const AttentionSequence& sequence,
                             const QueryTile& tile, const PagedCache<float>& cache, int64_t begin,
                             int64_t end, const TileMemory& memory, Sums& sums) {
  const int first = static_cast<int>(threadIdx.x) / kWarpSize * kQueriesOfAWarp;
  for (int64_t page = begin; page < end; ++page) {
    load_page(shape, cache, sequence.pages[page], tile.kv_head, memory);
    __syncthreads();
    score_page(shape, sequence, tile, page, memory, sums);
    __syncwarp();
    for (int key = 0; key < kPageTokens; ++key) {
      float weights[kQueriesOfAWarp];
#pragma unroll
      for (int n = 0; n < kQueriesOfAWarp; ++n)
        weights[n] = memory.weights[(first + n) * kPageTokens + key];
      for_dims(shape.head_dim, [&](int i, int64_t d) {
        const float value = memory.v[key * shape.head_dim + d];
#pragma unroll
        for (int n = 0; n < kQueriesOfAWarp; ++n)
          sums.o[n][i] = fmaf(weights[n], value, sums.o[n][i]);
      });
    }
    __syncthreads();
  }
}

// A block a tile: x counts tiles of pages of rows, the last first, since they are the longest.
__global__ void forward(AttentionShape shape, const AttentionSequence* sequences, int64_t tiles,
                        const float* q, PagedCache<float> cache, float* o, float* lse) {
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t x = static_cast<int64_t>(gridDim.x) - 1 - blockIdx.x;
  const QueryTile tile = query_tile(shape, sequence, x / tiles, x % tiles, blockIdx.y);
  if (tile.count <= 0) return;
  const TileMemory memory = tile_memory(shape);
  load_queries(shape, sequence, tile, q, shape.qkv_stride, memory.q, shape.head_dim);
  Sums total;
  for (int64_t page = 0; page <= tile.page; page += kSplitPages) {
    Sums part;
    const int64_t end = page + kSplitPages <= tile.page ? page + kSplitPages : tile.page + 1;
    attend_pages(shape, sequence, tile, cache, page, end, memory, part);
#pragma unroll
    for (int n = 0; n < kQueriesOfAWarp; ++n) {
      const JoinFactors factors = join<float>(total.softmax[n], part.softmax[n]);
      for_dims(shape.head_dim, [&](int i, int64_t) {
        total.o[n][i] = fmaf(total.o[n][i], factors.before, part.o[n][i] * factors.part);
      });
    }
  }
#pragma unroll
  for (int n = 0; n < kQueriesOfAWarp; ++n) {
    const int query = static_cast<int>(threadIdx.x) / kWarpSize * kQueriesOfAWarp + n;
    if (query >= tile.count) break;
    const Softmax& state = total.softmax[n];
    const int64_t at = tile.query_of(shape, sequence, query);
    for_dims(shape.head_dim,
             [&](int i, int64_t d) { o[at * shape.head_dim + d] = total.o[n][i] / state.sum; });
    if (lse && threadIdx.x % kWarpSize == 0) lse[at] = log_sum<float>(state);
  }
}

// A block a tile and split.
__global__ void decode_split(AttentionShape shape, const AttentionSequence* sequences,
                             int64_t tiles, int64_t splits, const float* q, PagedCache<float> cache,
                             float* scratch) {
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t split = blockIdx.x % splits, x = blockIdx.x / splits;
  const QueryTile tile = query_tile(shape, sequence, x / tiles, x % tiles, blockIdx.y);
  const int64_t page = split * kSplitPages;
  if (tile.count <= 0 || page > tile.page) return;
  const TileMemory memory = tile_memory(shape);
  load_queries(shape, sequence, tile, q, shape.qkv_stride, memory.q, shape.head_dim);
  Sums part;
  const int64_t end = page + kSplitPages <= tile.page ? page + kSplitPages : tile.page + 1;
  attend_pages(shape, sequence, tile, cache, page, end, memory, part);
#pragma unroll
  for (int n = 0; n < kQueriesOfAWarp; ++n) {
    const int query = static_cast<int>(threadIdx.x) / kWarpSize * kQueriesOfAWarp + n;
    if (query >= tile.count) break;
    const int64_t at = tile.query_of(shape, sequence, query);
    float* to = split_scratch(shape, splits, at, split, scratch);
    for_dims(shape.head_dim, [&](int i, int64_t d) { to[d] = part.o[n][i]; });
    if (threadIdx.x % kWarpSize == 0) to[shape.head_dim] = part.softmax[n].largest;
    if (threadIdx.x % kWarpSize == 0) to[shape.head_dim + 1] = part.softmax[n].sum;
  }
}

// A block a row and head; a thread an element.
template <class T>
__global__ void decode_join(AttentionShape shape, const AttentionSequence* sequences,
                            int64_t splits, float* scratch, T* o) {
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t row = blockIdx.x, d = threadIdx.x;
  if (row >= sequence.num_rows || d >= shape.head_dim) return;
  const int64_t at = (sequence.first_row + row) * shape.heads + blockIdx.y;
  Softmax total;
  float sum = 0;
#pragma unroll 4
  for (int64_t split = 0; split <= (sequence.first_position + row) / kSplitPositions; ++split) {
    const float* from = split_scratch(shape, splits, at, split, scratch);
    const JoinFactors factors =
        join<T>(total, Softmax{from[shape.head_dim], from[shape.head_dim + 1]});
    sum = fmaf(sum, factors.before, from[d] * factors.part);
  }
  o[at * shape.head_dim + d] = narrow<T>(sum / total.sum);
}

}  // namespace

template <Device D, class T>
void attention_forward(const AttentionShape& shape, Sequences sequences, const T* q,
                       const T* k_pages, const T* v_pages, T* o, Accumulator<T>* lse,
                       Stream stream) {
  const PagedCache<T> cache{k_pages, v_pages};
  const int64_t tiles = max_page_tiles(shape);
  if constexpr (std::is_same_v<T, Bf16>)
    forward_on_tensor_cores(shape, sequences, q, cache, o, lse, stream);
  else
    launch("attention_forward", forward,
           {max_row_pages(shape) * tiles, shape.kv_heads, static_cast<int64_t>(sequences.size())},
           kTileThreads, tile_bytes(shape), stream, shape, sequences.data(), tiles, q, cache, o,
           lse);
}

template <Device D, class T>
void attention_decode(const AttentionShape& shape, Sequences sequences, const T* q,
                      const T* k_pages, const T* v_pages, T* o, float* scratch, Stream stream) {
  const int64_t tiles = max_page_tiles(shape), splits = num_splits(shape);
  const auto count = static_cast<int64_t>(sequences.size());
  const PagedCache<T> cache{k_pages, v_pages};
  if constexpr (std::is_same_v<T, Bf16>)
    decode_on_tensor_cores(shape, sequences, q, cache, scratch, stream);
  else
    launch("attention_decode", decode_split,
           {max_row_pages(shape) * tiles * splits, shape.kv_heads, count}, kTileThreads,
           tile_bytes(shape), stream, shape, sequences.data(), tiles, splits, q, cache, scratch);
  const auto threads = static_cast<int>(ceil_div(shape.head_dim, kWarpSize)) * kWarpSize;
  launch("attention_decode, join", decode_join<T>, {shape.max_rows, shape.heads, count}, threads, 0,
         stream, shape, sequences.data(), splits, scratch, o);
}

#define R1_INSTANTIATE(T)                                                                       \
  template void attention_forward<Device::kCuda, T>(const AttentionShape&, Sequences, const T*, \
                                                    const T*, const T*, T*, float*, Stream);    \
  template void attention_decode<Device::kCuda, T>(const AttentionShape&, Sequences, const T*,  \
                                                   const T*, const T*, T*, float*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
