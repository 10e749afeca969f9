// Gradient of attention over whole sequences: one kernel for do . o of each query, one for queries,
// one for keys and values; the last two work out the weights anew from the saved lse. A block's
// sums run over keys, or over rows and heads, in order. In bf16 the two are in
// attention_backward_mma.cu.
#include "kernels/attention.h"
#include "kernels/cuda/attention_mma.h"

namespace r1::kernels {
namespace {

constexpr int kKeysOfAWarp = 4;
constexpr int kKeyThreads = kPageTokens / kKeysOfAWarp * kWarpSize;
constexpr int kScoresOfAWarp = kTileQueries / (kKeyThreads / kWarpSize);

// Shared memory of both kernels. Vectors lie `pitch` apart, an odd number, so that lanes that read
// one element of 32 vectors find them in 32 banks.
struct Memory {
  int64_t pitch;
  SharedArray<float> q, do_;   // [kTileQueries, pitch]
  SharedArray<float> k, v;     // [kPageTokens, pitch]
  SharedArray<float> weights;  // [kTileQueries, kPageTokens]
  SharedArray<float> dscores;  // [kTileQueries, kPageTokens]
};

__host__ __device__ constexpr int64_t pitch_of(const AttentionShape& shape) {
  return shape.head_dim | 1;
}

int64_t memory_bytes(const AttentionShape& shape) {
  return static_cast<int64_t>(sizeof(float)) *
         (2 * (kTileQueries + kPageTokens) * pitch_of(shape) + 2 * kTileQueries * kPageTokens);
}

__device__ Memory memory_of(const AttentionShape& shape) {
  Memory m;
  m.pitch = pitch_of(shape);
  m.q = shared_array<float>(0);
  m.do_ = m.q + kTileQueries * m.pitch;
  m.k = m.do_ + kTileQueries * m.pitch;
  m.v = m.k + kPageTokens * m.pitch;
  m.weights = m.v + kPageTokens * m.pitch;
  m.dscores = m.weights + kTileQueries * kPageTokens;
  return m;
}

// Keys and values of 32 rows from key_block on; zero behind the sequence's end.
__device__ void load_keys(const AttentionShape& shape, const AttentionSequence& sequence,
                          int64_t key_block, int64_t kv_head, const AttentionGrad<float>& grad,
                          const Memory& m) {
  const int64_t dim = shape.head_dim;
  for (int64_t e = threadIdx.x; e < kPageTokens * dim; e += blockDim.x) {
    const int64_t key = e / dim, d = e % dim, row = key_block * kPageTokens + key;
    const int64_t at = (sequence.first_row + row) * shape.qkv_stride + kv_head * dim + d;
    m.k[key * m.pitch + d] = row < sequence.num_rows ? grad.k[at] : 0.0f;
    m.v[key * m.pitch + d] = row < sequence.num_rows ? grad.v[at] : 0.0f;
  }
}

// What a query needs to know of itself; of the tile's i-th, or of none (row -1).
struct Query {
  int64_t row = -1;  // of the sequence
  float lse = 0;
  float delta = 0;
};

__device__ Query query_of(const AttentionShape& shape, const AttentionSequence& sequence,
                          const QueryTile& tile, int i, const AttentionGrad<float>& grad) {
  Query query;
  if (i >= tile.count) return query;
  query.row = tile.row_of(i);
  const int64_t at = tile.query_of(shape, sequence, i);
  query.lse = grad.lse[at];
  query.delta = grad.scratch[at];
  return query;
}

// The weight of this lane's key for query i, and the gradient of their score, to shared memory.
__device__ void score(const AttentionShape& shape, int64_t key_block, int i, const Query& query,
                      const Memory& m) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  float s = 0, dweight = 0;
  for (int64_t d = 0; d < shape.head_dim; ++d) {
    s = fmaf(m.q[i * m.pitch + d], m.k[lane * m.pitch + d], s);
    dweight = fmaf(m.do_[i * m.pitch + d], m.v[lane * m.pitch + d], dweight);
  }
  const auto scale = static_cast<float>(shape.scale);
  const bool visible = key_block * kPageTokens + lane <= query.row;
  const float weight = visible ? exponential(s * scale - query.lse) : 0.0f;
  m.weights[i * kPageTokens + lane] = weight;
  m.dscores[i * kPageTokens + lane] = weight * (dweight - query.delta) * scale;
}

constexpr int kDotWarps = 4;

// A warp a query: do . o.
template <class T>
__global__ void dot_queries(AttentionShape shape, const AttentionSequence* sequences,
                            AttentionGrad<T> grad) {
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t query = static_cast<int64_t>(blockIdx.x) * kDotWarps + threadIdx.x / kWarpSize;
  if (query >= sequence.num_rows * shape.heads) return;
  const int64_t at = sequence.first_row * shape.heads + query;
  float sum = 0;
  for_dims(shape.head_dim, [&](int, int64_t d) {
    sum =
        fmaf(widen(grad.do_[at * shape.head_dim + d]), widen(grad.o[at * shape.head_dim + d]), sum);
  });
  sum = warp_sum(sum);
  if (threadIdx.x % kWarpSize == 0) grad.scratch[at] = sum;
}

// A block a tile of queries, the last first, since they are the longest.
__global__ void backward_queries(AttentionShape shape, const AttentionSequence* sequences,
                                 int64_t tiles, AttentionGrad<float> grad) {
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t x = static_cast<int64_t>(gridDim.x) - 1 - blockIdx.x, dim = shape.head_dim;
  const QueryTile tile = query_tile(shape, sequence, x / tiles, x % tiles, blockIdx.y);
  if (tile.count <= 0) return;
  const Memory m = memory_of(shape);
  const int first = static_cast<int>(threadIdx.x) / kWarpSize * kQueriesOfAWarp;
  load_queries(shape, sequence, tile, grad.q, shape.qkv_stride, m.q, m.pitch);
  load_queries(shape, sequence, tile, grad.do_, shape.heads * dim, m.do_, m.pitch);
  Query queries[kQueriesOfAWarp];
#pragma unroll
  for (int n = 0; n < kQueriesOfAWarp; ++n)
    queries[n] = query_of(shape, sequence, tile, first + n, grad);
  DimVector sums[kQueriesOfAWarp] = {};
  for (int64_t block = 0; block <= tile.page; ++block) {
    load_keys(shape, sequence, block, tile.kv_head, grad, m);
    __syncthreads();
#pragma unroll
    for (int n = 0; n < kQueriesOfAWarp; ++n) score(shape, block, first + n, queries[n], m);
    __syncwarp();
    for (int key = 0; key < kPageTokens; ++key)
      for_dims(dim, [&](int i, int64_t d) {
        const float element = m.k[key * m.pitch + d];
#pragma unroll
        for (int n = 0; n < kQueriesOfAWarp; ++n)
          sums[n][i] = fmaf(m.dscores[(first + n) * kPageTokens + key], element, sums[n][i]);
      });
    __syncthreads();
  }
#pragma unroll
  for (int n = 0; n < kQueriesOfAWarp; ++n) {
    if (first + n >= tile.count) break;
    float* dq = grad.dq + tile.element_of(shape, sequence, first + n, shape.qkv_stride);
    for_dims(dim, [&](int i, int64_t d) { dq[d] = sums[n][i]; });
  }
}

// Adds a tile of queries, in shared memory with its weights, to the sums of this warp's keys.
__device__ void add_tile(const AttentionShape& shape, const QueryTile& tile, const Memory& m,
                         DimVector (&dk)[kKeysOfAWarp], DimVector (&dv)[kKeysOfAWarp]) {
  const int first = static_cast<int>(threadIdx.x) / kWarpSize * kKeysOfAWarp;
  for (int i = 0; i < tile.count; ++i) {
    float weights[kKeysOfAWarp], dscores[kKeysOfAWarp];
#pragma unroll
    for (int n = 0; n < kKeysOfAWarp; ++n) {
      weights[n] = m.weights[i * kPageTokens + first + n];
      dscores[n] = m.dscores[i * kPageTokens + first + n];
    }
    for_dims(shape.head_dim, [&](int j, int64_t d) {
      const float query = m.q[i * m.pitch + d], dout = m.do_[i * m.pitch + d];
#pragma unroll
      for (int n = 0; n < kKeysOfAWarp; ++n) {
        dk[n][j] = fmaf(dscores[n], query, dk[n][j]);
        dv[n][j] = fmaf(weights[n], dout, dv[n][j]);
      }
    });
  }
}

// A block 32 keys of one head: all later rows of the sequence, in order, and all heads of a row.
__global__ void backward_keys(AttentionShape shape, const AttentionSequence* sequences,
                              int64_t tiles, AttentionGrad<float> grad) {
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t key_block = blockIdx.x, kv_head = blockIdx.y, dim = shape.head_dim;
  if (key_block * kPageTokens >= sequence.num_rows) return;
  const Memory m = memory_of(shape);
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  load_keys(shape, sequence, key_block, kv_head, grad, m);
  DimVector dk[kKeysOfAWarp] = {}, dv[kKeysOfAWarp] = {};
  for (int64_t page = key_block; page * kPageTokens < sequence.num_rows; ++page) {
    for (int64_t t = 0; t < tiles; ++t) {
      const QueryTile tile = query_tile(shape, sequence, page, t, kv_head);
      if (tile.count <= 0) break;
      load_queries(shape, sequence, tile, grad.q, shape.qkv_stride, m.q, m.pitch);
      load_queries(shape, sequence, tile, grad.do_, shape.heads * dim, m.do_, m.pitch);
      __syncthreads();
#pragma unroll
      for (int n = 0; n < kScoresOfAWarp; ++n) {
        const int i = warp * kScoresOfAWarp + n;
        score(shape, key_block, i, query_of(shape, sequence, tile, i, grad), m);
      }
      __syncthreads();
      add_tile(shape, tile, m, dk, dv);
      __syncthreads();
    }
  }
#pragma unroll
  for (int n = 0; n < kKeysOfAWarp; ++n) {
    const int64_t row = key_block * kPageTokens + warp * kKeysOfAWarp + n;
    if (row >= sequence.num_rows) break;
    const int64_t at = (sequence.first_row + row) * shape.qkv_stride + kv_head * dim;
    for_dims(dim, [&](int i, int64_t d) { grad.dk[at + d] = dk[n][i]; });
    for_dims(dim, [&](int i, int64_t d) { grad.dv[at + d] = dv[n][i]; });
  }
}

}  // namespace

template <Device D, class T>
void attention_backward(const AttentionShape& shape, std::span<const AttentionSequence> sequences,
                        const AttentionGrad<T>& grad, Stream stream) {
  const int64_t tiles = max_page_tiles(shape), pages = max_row_pages(shape);
  const auto count = static_cast<int64_t>(sequences.size());
  launch("attention_backward, dots", dot_queries<T>,
         {ceil_div(shape.max_rows * shape.heads, kDotWarps), 1, count}, kDotWarps * kWarpSize, 0,
         stream, shape, sequences.data(), grad);
  if constexpr (std::is_same_v<T, Bf16>) {
    backward_on_tensor_cores(shape, sequences, grad, stream);
  } else {
    launch("attention_backward, queries", backward_queries, {pages * tiles, shape.kv_heads, count},
           kTileThreads, memory_bytes(shape), stream, shape, sequences.data(), tiles, grad);
    launch("attention_backward, keys", backward_keys, {pages, shape.kv_heads, count}, kKeyThreads,
           memory_bytes(shape), stream, shape, sequences.data(), tiles, grad);
  }
}

template void attention_backward<Device::kCuda, float>(const AttentionShape&,
                                                       std::span<const AttentionSequence>,
                                                       const AttentionGrad<float>&, Stream);
template void attention_backward<Device::kCuda, Bf16>(const AttentionShape&,
                                                      std::span<const AttentionSequence>,
                                                      const AttentionGrad<Bf16>&, Stream);

}  // namespace r1::kernels
