// Gradient of attention in bf16. Scores and the gradients of weights are worked out anew, as
// products along head_dim; what becomes of them is the left factor of the products that are summed
// up: over keys for queries, and, with rows and columns exchanged, over queries for keys and
// values.
#include "kernels/cuda/attention_mma.h"

namespace r1::kernels {
namespace {

using Sequences = std::span<const AttentionSequence>;
using Grad = AttentionGrad<Bf16>;

constexpr int kWarps = 4;
constexpr int kThreads = kWarps * kWarpSize;
constexpr int kLines = kPageTokens;  // keys, or queries, that are brought at a time
constexpr int kBlockKeys = kWarps * 16;

// Two matrices of kLines lines in shared memory, twice: one pair in use, the next on its way.
template <int kDim>
struct Lines {
  static constexpr int kWords = kLines * pitch_of(kDim);
  SharedArray<uint32_t> first, second;
  __device__ static Lines at(SharedArray<uint32_t> memory, int64_t turn) {
    const auto begin = memory + turn % 2 * (2 * kWords);
    return {begin, begin + kWords};
  }
};

// The weight of a score, and from it and its gradient that of the score. lse: in powers of 2
struct Weigh {
  float scale, scale_of_2;
  __device__ explicit Weigh(const AttentionShape& shape)
      : scale(static_cast<float>(shape.scale)),
        scale_of_2(static_cast<float>(shape.scale * kLog2OfE)) {}

  __device__ float weight(bool visible, float score, float lse) const {
    return visible ? exponential_of_2(fmaf(score, scale_of_2, -lse)) : 0.0f;
  }
  __device__ float dscore(float weight, float dweight, float dot) const {
    return weight * (dweight - dot) * scale;
  }
};

__device__ __forceinline__ float lse_of_2(float lse) { return lse * static_cast<float>(kLog2OfE); }

// Lines as right factors along head_dim.
template <int kDim>
__device__ __forceinline__ auto along(SharedArray<uint32_t> lines) {
  return [lines](int col, int step) {
    return load_right<true>(lines, pitch_of(kDim), col, step * 16);
  };
}

// Rows of sums to row(half), nullptr where there is none.
template <int kDim, class Row>
__device__ __forceinline__ void store_rows(const float (&sums)[kDim / 8][4], int64_t dim, Row row) {
  Bf16* const rows[2] = {row(0), row(1)};
  for_own_values<kDim>(sums, dim, [&](int half, int col, float value, float next) {
    if (rows[half]) store_pair(rows[half], col, dim, value, next);
  });
}

// A warp a tile of queries, as in attention_forward.
template <class Room>
__global__ void __launch_bounds__(kThreads, 1)
    backward_queries(AttentionShape shape, const AttentionSequence* sequences, int64_t tiles,
                     Grad grad) {
  constexpr int kDim = Room::kDim;
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t dim = Room::dim(shape), kv_head = blockIdx.y, stride = shape.qkv_stride;
  const auto [tile, end] = block_tiles<kWarps>(shape, sequence, tiles);

  const bool aligned = are_aligned(grad.k, stride, dim) && are_aligned(grad.v, stride, dim);
  const auto fetch = [&](int64_t page) {
    if (page < end) {
      const auto lines = Lines<kDim>::at(shared_array<uint32_t>(0), page);
      const int64_t first = page * kPageTokens;
      const int64_t at = (sequence.first_row + first) * stride + kv_head * dim;
      if (Room::kFilled && aligned && first + kLines <= sequence.num_rows) {
        fetch_whole_lines<kLines, kDim, kThreads>(lines.first, grad.k + at, stride);
        fetch_whole_lines<kLines, kDim, kThreads>(lines.second, grad.v + at, stride);
      } else {
        const auto of = [&](const Bf16* x, int i) {
          return first + i < sequence.num_rows ? x + at + i * stride : nullptr;
        };
        fetch_lines<kDim>(kLines, dim, aligned, lines.first, grad.k,
                          [&](int i) { return of(grad.k, i); });
        fetch_lines<kDim>(kLines, dim, aligned, lines.second, grad.v,
                          [&](int i) { return of(grad.v, i); });
      }
    }
    end_copy_group();
  };
  fetch(0);

  RowFragments<kDim> q, dout;
  int64_t row[2] = {-1, -1};  // of this lane's queries
  float lse[2] = {}, dot[2] = {};
  if (tile.count > 0) {
    q.load(dim, are_aligned(grad.q, stride, dim), grad.q, [&](int i) -> const Bf16* {
      if (i >= tile.count) return nullptr;
      return grad.q + tile.element_of(shape, sequence, i, stride);
    });
    const bool do_aligned = are_aligned(grad.do_, shape.heads * dim, dim);
    dout.load(dim, do_aligned, grad.do_, [&](int i) -> const Bf16* {
      return i < tile.count ? grad.do_ + tile.query_of(shape, sequence, i) * dim : nullptr;
    });
    for (int half = 0; half < 2; ++half) {
      const int i = fragment_row(half);
      if (i >= tile.count) continue;
      row[half] = tile.row_of(i);
      const int64_t query = tile.query_of(shape, sequence, i);
      lse[half] = lse_of_2(grad.lse[query]);
      dot[half] = grad.scratch[query];
    }
  }
  const Weigh weigh(shape);
  float dq[kDim / 8][4] = {};
  for (int64_t page = 0; page < end; ++page) {
    wait_for_copies<0>();
    __syncthreads();  // the page is there for all, and all are done with the one before it
    fetch(page + 1);
    if (tile.count <= 0 || page > tile.page) continue;
    const auto lines = Lines<kDim>::at(shared_array<uint32_t>(0), page);
    Scores scores = {}, dweights = {};
    const auto of_q = [&](int step) { return q.steps[step]; };
    const auto of_dout = [&](int step) { return dout.steps[step]; };
    add_scores<kDim>(dim, of_q, along<kDim>(lines.first), scores);
    add_scores<kDim>(dim, of_dout, along<kDim>(lines.second), dweights);
#pragma unroll
    for (int n = 0; n < kLines / 8; ++n)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int64_t key = page * kPageTokens + n * 8 + fragment_col() + e % 2;
        const float weight = weigh.weight(key <= row[e / 2], scores[n][e], lse[e / 2]);
        scores[n][e] = weigh.dscore(weight, dweights[n][e], dot[e / 2]);
      }
    add_lines<kDim>(scores, lines.first, dim, dq);
  }
  store_rows<kDim>(dq, dim, [&](int half) -> Bf16* {
    if (row[half] < 0) return nullptr;
    return grad.dq + tile.element_of(shape, sequence, fragment_row(half), stride);
  });
}

// What the queries that are on their way bring beside their lines, twice.
struct QueryFacts {
  SharedArray<float> lse, dot;
  SharedArray<int32_t> row;  // of the sequence; -1: none
  static constexpr int kWords = 3 * kLines;
  __device__ static QueryFacts at(int64_t begin_in_bytes, int64_t turn) {
    const int64_t begin = begin_in_bytes + turn % 2 * kWords * 4;
    return {shared_array<float>(begin), shared_array<float>(begin + kLines * 4),
            shared_array<int32_t>(begin + 2 * kLines * 4)};
  }
};

template <int kDim>
constexpr int64_t kKeyBlockWords = 2 * kBlockKeys* pitch_of(kDim);  // keys and values
template <int kDim>
constexpr int64_t kFactsBegin = 4 * (kKeyBlockWords<kDim> + 4 * Lines<kDim>::kWords);

// A warp 16 keys of a block's 64: all later rows of the sequence, in order, and all heads of a row.
template <class Room>
__global__ void __launch_bounds__(kThreads, 1)
    backward_keys(AttentionShape shape, const AttentionSequence* sequences, int64_t tiles,
                  Grad grad) {
  constexpr int kDim = Room::kDim;
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t first_key = static_cast<int64_t>(blockIdx.x) * kBlockKeys, kv_head = blockIdx.y;
  const int64_t dim = Room::dim(shape), stride = shape.qkv_stride;
  if (first_key >= sequence.num_rows) return;
  const int warp_row = static_cast<int>(threadIdx.x) / kWarpSize * 16;
  const SharedArray<uint32_t> keys = shared_array<uint32_t>(0);
  const SharedArray<uint32_t> values = keys + kBlockKeys * pitch_of(kDim);
  const SharedArray<uint32_t> memory = keys + kKeyBlockWords<kDim>;
  {
    const bool aligned = are_aligned(grad.k, stride, dim) && are_aligned(grad.v, stride, dim);
    const auto of = [&](const Bf16* x, int i) -> const Bf16* {
      if (first_key + i >= sequence.num_rows) return nullptr;
      return x + (sequence.first_row + first_key + i) * stride + kv_head * dim;
    };
    fetch_lines<kDim>(kBlockKeys, dim, aligned, keys, grad.k, [&](int i) { return of(grad.k, i); });
    fetch_lines<kDim>(kBlockKeys, dim, aligned, values, grad.v,
                      [&](int i) { return of(grad.v, i); });
  }
  const int64_t first_page = first_key / kPageTokens;
  const int64_t num_pages = ceil_div(sequence.num_rows, kPageTokens);
  const bool q_aligned = are_aligned(grad.q, stride, dim);
  const bool do_aligned = are_aligned(grad.do_, shape.heads * dim, dim);
  const auto fetch = [&](const QueryTile& tile, int turn) {
    if (tile.count > 0) {
      const auto lines = Lines<kDim>::at(memory, turn);
      if (Room::kFilled && q_aligned && do_aligned && tile.count == kLines) {
        // The two matrices have the same queries: each is found once.
        for_whole_chunks<kLines, kDim, kThreads>(lines.first, [&](int line, int at,
                                                                  SharedArray<uint32_t> chunk) {
          constexpr int kBytes = kChunk * static_cast<int>(sizeof(Bf16));
          start_copy(chunk, grad.q + tile.element_of(shape, sequence, line, stride) + at, kBytes);
          start_copy(chunk + Lines<kDim>::kWords,
                     grad.do_ + tile.query_of(shape, sequence, line) * dim + at, kBytes);
        });
      } else {
        fetch_lines<kDim>(kLines, dim, q_aligned, lines.first, grad.q, [&](int i) -> const Bf16* {
          if (i >= tile.count) return nullptr;
          return grad.q + tile.element_of(shape, sequence, i, stride);
        });
        fetch_lines<kDim>(kLines, dim, do_aligned, lines.second, grad.do_,
                          [&](int i) -> const Bf16* {
                            if (i >= tile.count) return nullptr;
                            return grad.do_ + tile.query_of(shape, sequence, i) * dim;
                          });
      }
      const QueryFacts facts = QueryFacts::at(kFactsBegin<kDim>, turn);
      if (const int i = static_cast<int>(threadIdx.x); i < kLines) {
        const bool exists = i < tile.count;
        facts.row[i] = exists ? static_cast<int32_t>(tile.row_of(i)) : -1;
        const int64_t query = exists ? tile.query_of(shape, sequence, i) : 0;
        facts.lse[i] = exists ? lse_of_2(grad.lse[query]) : 0.0f;
        facts.dot[i] = exists ? grad.scratch[query] : 0.0f;
      }
    }
    end_copy_group();
  };
  // Tiles in order, page by page; one with nothing to do behind the last.
  int64_t page = first_page, tile_of_page = 0;
  const auto next_tile = [&] {
    QueryTile tile;
    if (page < num_pages) tile = query_tile(shape, sequence, page, tile_of_page, kv_head, kLines);
    if (++tile_of_page == tiles) tile_of_page = 0, ++page;
    return tile;
  };
  QueryTile ahead = next_tile();
  fetch(ahead, 0);  // in one group with the keys

  const Weigh weigh(shape);
  float dk[kDim / 8][4] = {}, dv[kDim / 8][4] = {};
  const int64_t num_tiles = (num_pages - first_page) * tiles;
  for (int64_t index = 0; index < num_tiles; ++index) {
    const QueryTile tile = ahead;
    const int turn = static_cast<int>(index % 2);
    ahead = next_tile();
    wait_for_copies<0>();
    __syncthreads();  // the queries are there for all, and all are done with those before them
    fetch(ahead, 1 - turn);
    if (tile.count <= 0 || tile.page < (first_key + warp_row) / kPageTokens) continue;
    const auto lines = Lines<kDim>::at(memory, turn);
    const QueryFacts facts = QueryFacts::at(kFactsBegin<kDim>, turn);
    Scores weights = {}, dscores = {};
    const auto own = [&](SharedArray<uint32_t> of) {
      return [=](int step) { return load_left<true>(of, pitch_of(kDim), warp_row, step * 16); };
    };
    add_scores<kDim>(dim, own(keys), along<kDim>(lines.first), weights);
    add_scores<kDim>(dim, own(values), along<kDim>(lines.second), dscores);
#pragma unroll
    for (int n = 0; n < kLines / 8; ++n)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int query = n * 8 + fragment_col() + e % 2;
        const int64_t key = first_key + warp_row + fragment_row(e / 2);
        weights[n][e] = weigh.weight(key <= facts.row[query], weights[n][e], facts.lse[query]);
        dscores[n][e] = weigh.dscore(weights[n][e], dscores[n][e], facts.dot[query]);
      }
    add_lines<kDim>(weights, lines.second, dim, dv);
    add_lines<kDim>(dscores, lines.first, dim, dk);
  }
  const auto place = [&](Bf16* x, int half) -> Bf16* {
    const int64_t row = first_key + warp_row + fragment_row(half);
    if (row >= sequence.num_rows) return nullptr;
    return x + (sequence.first_row + row) * stride + kv_head * dim;
  };
  store_rows<kDim>(dk, dim, [&](int half) { return place(grad.dk, half); });
  store_rows<kDim>(dv, dim, [&](int half) { return place(grad.dv, half); });
}

}  // namespace

void backward_on_tensor_cores(const AttentionShape& shape, Sequences sequences, const Grad& grad,
                              Stream stream) {
  const auto count = static_cast<int64_t>(sequences.size());
  with_room_for(shape.head_dim, [&]<class Room>(Room) {
    constexpr int kDim = Room::kDim;
    const int64_t tiles = max_page_tiles(shape);
    launch("attention_backward, queries", backward_queries<Room>,
           {ceil_div(max_row_pages(shape) * tiles, kWarps), shape.kv_heads, count}, kThreads,
           int64_t{4 * 4} * Lines<kDim>::kWords, stream, shape, sequences.data(), tiles, grad);
    launch("attention_backward, keys", backward_keys<Room>,
           {ceil_div(shape.max_rows, kBlockKeys), shape.kv_heads, count}, kThreads,
           kFactsBegin<kDim> + 2 * 4 * QueryFacts::kWords, stream, shape, sequences.data(),
           max_page_tiles(shape, kLines), grad);
  });
}

}  // namespace r1::kernels
