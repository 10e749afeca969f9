// Forward attention and its decode in splits, in bf16: the first product's scores become weights in
// registers, which are the left factor of the second.
#include "kernels/cuda/attention_mma.h"

#include "kernels/cuda/softmax.h"

namespace r1::kernels {
namespace {

using Sequences = std::span<const AttentionSequence>;

// How a kernel walks pages: its warps share them, and so many are on their way beside the one in
// use. Decoding waits for memory: a block is one warp, with more on the way.
template <class RoomOfHead, int kWarpsOfBlock, int kPagesAhead>
struct Walk {
  using Room = RoomOfHead;
  static constexpr int kDim = Room::kDim, kWarps = kWarpsOfBlock, kAhead = kPagesAhead;
  static constexpr int kThreads = kWarps * kWarpSize;
  static constexpr int kKeyWords = kDim * pitch_of(kPageTokens);
  static constexpr int kPageWords = kKeyWords + kPageTokens * pitch_of(kDim);
  static constexpr int64_t kWords = (kAhead + 1) * int64_t{kPageWords};
};
template <class Room>
using ForwardWalk = Walk<Room, 4, 1>;
template <class Room>
using DecodeWalk = Walk<Room, 1, 3>;

// A page in shared memory. keys: [head_dim, kPageTokens], values: [kPageTokens, head_dim]
struct Page {
  SharedArray<uint32_t> keys, values;
};

// Pages [begin, end) of a sequence, in order; all threads of the block. The first ones are on their
// way from the start, while the block has other things to load.
template <class Walk>
class PageWalk {
 public:
  __device__ __forceinline__ PageWalk(const AttentionShape& shape,
                                      const AttentionSequence& sequence,
                                      const PagedCache<Bf16>& cache, int64_t kv_head, int64_t begin,
                                      int64_t end, SharedArray<uint32_t> memory)
      : dim_(Walk::Room::dim(shape)),
        pages_(sequence.pages),
        begin_(begin),
        end_(end),
        page_size_(shape.kv_heads * dim_ * kPageTokens),
        k_pages_(cache.k_pages + kv_head * dim_ * kPageTokens),
        v_pages_(cache.v_pages + kv_head * dim_ * kPageTokens),
        memory_(memory) {
    // Keys have no elements behind head_dim: zeros, once.
    for (int slot = 0; slot <= Walk::kAhead && dim_ % 16 != 0; ++slot)
      for (int64_t i = dim_ * pitch_of(kPageTokens) + threadIdx.x;
           i < ceil_div(dim_, 16) * 16 * pitch_of(kPageTokens); i += blockDim.x)
        memory_[slot * Walk::kPageWords + i] = 0;
    for (int64_t page = begin; page < begin + Walk::kAhead; ++page) fetch(page);
  }

  // body(index, page)
  template <class Body>
  __device__ __forceinline__ void run(Body body) const {
    for (int64_t page = begin_; page < end_; ++page) {
      wait_for_copies<Walk::kAhead - 1>();
      __syncthreads();  // the page is there for all, and all are done with the one before it
      fetch(page + Walk::kAhead);
      body(page, place_of(page));
    }
  }

 private:
  __device__ __forceinline__ Page place_of(int64_t page) const {
    const auto turn = static_cast<int>(page - begin_) % (Walk::kAhead + 1);
    const auto keys = memory_ + turn * Walk::kPageWords;
    return Page{keys, keys + Walk::kKeyWords};
  }

  __device__ __forceinline__ void fetch(int64_t index) const {
    if (index < end_) {
      const Page place = place_of(index);
      const int64_t at = pages_[index] * page_size_;
      const Bf16 *k = k_pages_ + at, *v = v_pages_ + at;
      if constexpr (Walk::Room::kFilled) {
        fetch_whole_lines<Walk::kDim, kPageTokens, Walk::kThreads>(place.keys, k, kPageTokens);
        fetch_whole_lines<kPageTokens, Walk::kDim, Walk::kThreads>(place.values, v, Walk::kDim);
      } else {
        fetch_lines<kPageTokens>(static_cast<int>(dim_), kPageTokens, true, place.keys, k,
                                 [&](int i) { return k + i * kPageTokens; });
        fetch_lines<Walk::kDim>(kPageTokens, dim_, dim_ % kChunk == 0, place.values, v,
                                [&](int i) { return v + i * dim_; });
      }
    }
    end_copy_group();
  }

  int64_t dim_;
  const int32_t* pages_;
  int64_t begin_, end_, page_size_;
  const Bf16 *k_pages_, *v_pages_;
  SharedArray<uint32_t> memory_;
};

// This lane's two queries over the pages of a split: sums are of its own keys until they are
// gathered.
template <int kDim>
struct Part {
  Softmax softmax[2];
  float o[kDim / 8][4] = {};

  // Sums of the whole row in all of its four lanes.
  __device__ void gather() {
#pragma unroll
    for (Softmax& row : softmax)
#pragma unroll
      for (int distance = 1; distance < 4; distance *= 2)
        row.sum = row.sum + __shfl_xor_sync(kAllLanes, row.sum, distance);
  }
};

// Scores to weights; `visible` keys of the page count for each of this lane's queries, at least
// one.
template <int kDim>
__device__ __forceinline__ void weigh_page(float scale, const int64_t (&visible)[2], Scores& scores,
                                           Part<kDim>& part) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float largest = -__builtin_inff();
#pragma unroll
    for (int n = 0; n < kPageTokens / 8; ++n)
#pragma unroll
      for (int e = half * 2; e < half * 2 + 2; ++e) {
        if (n * 8 + fragment_col() + e % 2 >= visible[half]) scores[n][e] = -__builtin_inff();
        largest = fmaxf(largest, scores[n][e]);
      }
#pragma unroll
    for (int distance = 1; distance < 4; distance *= 2)
      largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, distance));
    Softmax& softmax = part.softmax[half];
    const float factor = raise<Bf16>(softmax, largest * scale);
    softmax.sum = softmax.sum * factor;
#pragma unroll
    for (int n = 0; n < kPageTokens / 8; ++n)
#pragma unroll
      for (int e = half * 2; e < half * 2 + 2; ++e) {
        scores[n][e] = exponential_of_2(fmaf(scores[n][e], scale, -softmax.largest));
        softmax.sum = softmax.sum + scores[n][e];
      }
#pragma unroll
    for (int n = 0; n < kDim / 8; ++n)
#pragma unroll
      for (int e = half * 2; e < half * 2 + 2; ++e) part.o[n][e] = part.o[n][e] * factor;
  }
}

// The tile of a warp.
template <class Room>
struct WarpQueries {
  static constexpr int kDim = Room::kDim;
  QueryTile tile;
  RowFragments<kDim> q;
  int64_t position[2];  // of this lane's two queries

  __device__ WarpQueries(const AttentionShape& shape, const AttentionSequence& sequence,
                         const QueryTile& tile_of_warp, const Bf16* rows)
      : tile(tile_of_warp) {
    if (tile.count <= 0) return;
    const bool aligned = are_aligned(rows, shape.qkv_stride, shape.head_dim);
    q.load(Room::dim(shape), aligned, rows, [&](int i) -> const Bf16* {
      if (i >= tile.count) return nullptr;
      return rows + tile.element_of(shape, sequence, i, shape.qkv_stride);
    });
    for (int half = 0; half < 2; ++half) {  // rows that do not exist see what the last one sees
      const int i = fragment_row(half) < tile.count ? fragment_row(half) : tile.count - 1;
      position[half] = sequence.first_position + tile.row_of(i);
    }
  }

  // Nothing where the page lies behind the tile's.
  __device__ void attend(const AttentionShape& shape, int64_t index, const Page& page,
                         Part<kDim>& part) const {
    if (tile.count <= 0 || index > tile.page) return;
    const auto scale = static_cast<float>(shape.scale * kLog2OfE);
    const int64_t visible[2] = {position[0] - index * kPageTokens + 1,
                                position[1] - index * kPageTokens + 1};
    Scores scores = {};
    add_scores<kDim>(
        Room::dim(shape), [&](int step) { return q.steps[step]; },
        [&](int key, int step) {
          return load_right<false>(page.keys, pitch_of(kPageTokens), key, step * 16);
        },
        scores);
    weigh_page(scale, visible, scores, part);
    add_lines<kDim>(scores, page.values, Room::dim(shape), part.o);
  }
};

// What the splits so far have summed up, in shared memory: a thread's own elements.
template <class Walk>
struct Total {
  SharedArray<float> o;
  Softmax softmax[2];
  bool empty = true;

  static constexpr int64_t kBytes = Walk::kDim / 8 * 4 * Walk::kThreads * int64_t{sizeof(float)};

  // Joins `part` to what there is; the sums of values stay in `part`.
  __device__ void join_to(Part<Walk::kDim>& part) {
    part.gather();
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const JoinFactors factors = join<Bf16>(softmax[half], part.softmax[half]);
#pragma unroll
      for (int n = 0; n < Walk::kDim / 8; ++n)
#pragma unroll
        for (int e = half * 2; e < half * 2 + 2; ++e) {
          const float before = empty ? 0.0f : static_cast<float>(o[place(n, e)]);
          part.o[n][e] = fmaf(before, factors.before, part.o[n][e] * factors.part);
        }
    }
  }
  // Keeps the joined sums and starts a part anew.
  __device__ void keep(Part<Walk::kDim>& part) {
#pragma unroll
    for (int n = 0; n < Walk::kDim / 8; ++n)
#pragma unroll
      for (int e = 0; e < 4; ++e) o[place(n, e)] = part.o[n][e];
    part = {};
    empty = false;
  }

 private:
  __device__ static int place(int n, int e) {
    return (n * 4 + e) * Walk::kThreads + static_cast<int>(threadIdx.x);
  }
};

// A warp a tile, a block several: see block_tiles.
template <class Walk>
__global__ void __launch_bounds__(Walk::kThreads)
    forward(AttentionShape shape, const AttentionSequence* sequences, int64_t tiles, const Bf16* q,
            PagedCache<Bf16> cache, Bf16* o, float* lse) {
  constexpr int kDim = Walk::kDim;
  const AttentionSequence sequence = sequences[blockIdx.z];
  const BlockTiles block = block_tiles<Walk::kWarps>(shape, sequence, tiles);
  if (block.end == 0) return;
  const PageWalk<Walk> walk(shape, sequence, cache, blockIdx.y, 0, block.end,
                            shared_array<uint32_t>(0));
  const WarpQueries<typename Walk::Room> queries(shape, sequence, block.own, q);
  Part<kDim> part;
  Total<Walk> total;
  total.o = shared_array<float>(Walk::kWords * int64_t{sizeof(uint32_t)});
  walk.run([&](int64_t index, const Page& page) {
    if (index > 0 && index % kSplitPages == 0 && index <= queries.tile.page) {
      total.join_to(part);
      total.keep(part);
    }
    queries.attend(shape, index, page, part);
  });
  if (queries.tile.count <= 0) return;
  total.join_to(part);
  const QueryTile& tile = queries.tile;
  const auto query_at = [&](int half) {
    const int i = fragment_row(half);
    return i < tile.count ? tile.query_of(shape, sequence, i) : int64_t{-1};
  };
  const int64_t at[2] = {query_at(0), query_at(1)};
  for_own_values<kDim>(
      part.o, Walk::Room::dim(shape), [&](int half, int col, float value, float next) {
        if (at[half] < 0) return;
        const float sum = total.softmax[half].sum;
        store_pair(o + at[half] * shape.head_dim, col, shape.head_dim, value / sum, next / sum);
      });
  for (int half = 0; half < 2; ++half)
    if (lse && at[half] >= 0 && fragment_col() == 0)
      lse[at[half]] = log_sum<Bf16>(total.softmax[half]);
}

// A block a tile and split.
template <class Walk>
__global__ void __launch_bounds__(Walk::kThreads)
    decode_split(AttentionShape shape, const AttentionSequence* sequences, int64_t tiles,
                 int64_t splits, const Bf16* q, PagedCache<Bf16> cache, float* scratch) {
  constexpr int kDim = Walk::kDim;
  const AttentionSequence sequence = sequences[blockIdx.z];
  const int64_t x = short_quotient(blockIdx.x, splits), split = blockIdx.x - x * splits;
  const int64_t row_page = short_quotient(x, tiles);
  const QueryTile tile = query_tile(shape, sequence, row_page, x - row_page * tiles, blockIdx.y);
  const int64_t begin = split * kSplitPages;
  if (tile.count <= 0 || begin > tile.page) return;
  const int64_t end = begin + kSplitPages <= tile.page ? begin + kSplitPages : tile.page + 1;
  const PageWalk<Walk> walk(shape, sequence, cache, blockIdx.y, begin, end,
                            shared_array<uint32_t>(0));
  const WarpQueries<typename Walk::Room> queries(shape, sequence, tile, q);
  Part<kDim> part;
  walk.run([&](int64_t index, const Page& page) { queries.attend(shape, index, page, part); });
  part.gather();
  const auto place_of = [&](int half) -> float* {
    const int i = fragment_row(half);
    if (i >= tile.count) return nullptr;
    return split_scratch(shape, splits, tile.query_of(shape, sequence, i), split, scratch);
  };
  float* const places[2] = {place_of(0), place_of(1)};
  for_own_values<kDim>(part.o, Walk::Room::dim(shape),
                       [&](int half, int col, float value, float next) {
                         if (places[half])
                           store_pair(places[half], col, shape.head_dim, value, next);
                       });
  for (int half = 0; half < 2; ++half)
    if (places[half] && fragment_col() == 0)
      store_pair(places[half] + shape.head_dim, 0, 2, part.softmax[half].largest,
                 part.softmax[half].sum);
}

void check_pages(const PagedCache<Bf16>& cache) {
  R1_CHECK(reinterpret_cast<uintptr_t>(cache.k_pages) % 16 == 0 &&
               reinterpret_cast<uintptr_t>(cache.v_pages) % 16 == 0,
           "pages of keys and values do not start at a multiple of 16 bytes");
}

}  // namespace

void forward_on_tensor_cores(const AttentionShape& shape, Sequences sequences, const Bf16* q,
                             const PagedCache<Bf16>& cache, Bf16* o, float* lse, Stream stream) {
  check_pages(cache);
  const int64_t tiles = max_page_tiles(shape), count = static_cast<int64_t>(sequences.size());
  with_room_for(shape.head_dim, [&]<class Room>(Room) {
    using Walk = ForwardWalk<Room>;
    launch("attention_forward", forward<Walk>,
           {ceil_div(max_row_pages(shape) * tiles, Walk::kWarps), shape.kv_heads, count},
           Walk::kThreads, Walk::kWords * int64_t{sizeof(uint32_t)} + Total<Walk>::kBytes, stream,
           shape, sequences.data(), tiles, q, cache, o, lse);
  });
}

void decode_on_tensor_cores(const AttentionShape& shape, Sequences sequences, const Bf16* q,
                            const PagedCache<Bf16>& cache, float* scratch, Stream stream) {
  check_pages(cache);
  const int64_t tiles = max_page_tiles(shape), splits = num_splits(shape);
  with_room_for(shape.head_dim, [&]<class Room>(Room) {
    using Walk = DecodeWalk<Room>;
    launch("attention_decode", decode_split<Walk>,
           {max_row_pages(shape) * tiles * splits, shape.kv_heads,
            static_cast<int64_t>(sequences.size())},
           Walk::kThreads, Walk::kWords * int64_t{sizeof(uint32_t)}, stream, shape,
           sequences.data(), tiles, splits, q, cache, scratch);
  });
}

}  // namespace r1::kernels
