// A block draws the token of a row. Weights are summed in the order of the CPU's AVX-512 kernel
// (blocks of 256 in 16 lanes, then block after block in double), so the two draw the same tokens.
#include "kernels/sampling.h"

#include "kernels/cuda/math.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kBlock = 256;  // weights summed in float
constexpr int kLanes = 16;   // that share such a sum
constexpr int kDistances = 6;
static_assert(kThreads == kBlock, "a thread an element of the block that holds the token");

struct Memory {
  SharedArray<double> scratch;  // [32]
  SharedArray<double> found;    // [2]: what thread 0 tells the others
  SharedArray<float> of_warp;   // [32], and the same words as ids
  SharedArray<int32_t> ids_of_warp;
  SharedArray<float> block;   // [kBlock] weights of one block
  SharedArray<float> blocks;  // [number of blocks] their sums
};

int64_t memory_bytes(int64_t vocab) {
  return 34 * static_cast<int64_t>(sizeof(double)) +
         (32 + kBlock + ceil_div(vocab, kBlock)) * static_cast<int64_t>(sizeof(float));
}

__device__ Memory memory_of() {
  Memory m;
  m.scratch = shared_array<double>(0);
  m.found = m.scratch + 32;
  m.of_warp = shared_array<float>(34 * sizeof(double));
  m.ids_of_warp = shared_array<int32_t>(34 * sizeof(double));
  m.block = m.of_warp + 32;
  m.blocks = m.block + kBlock;
  return m;
}

struct Row {
  int64_t vocab;
  const float* logits;
  float* weights;  // [vocab]
  int32_t* ids;    // [vocab], work space
  float top;
  float temperature;
};

__device__ float weight_of(const Row& row, int64_t i) {
  return exponential((row.logits[i] - row.top) / row.temperature);
}

// Thread 0's value, for all.
__device__ double tell(double value, const Memory& m) {
  if (threadIdx.x == 0) m.found[0] = value;
  __syncthreads();
  const double told = m.found[0];
  __syncthreads();
  return told;
}

// NaN where the row holds one.
__device__ float largest_logit(int64_t vocab, const float* logits, const Memory& m) {
  float top = -__builtin_inff();
  int nan = 0;
  for (int64_t i = threadIdx.x; i < vocab; i += kThreads) {
    nan |= logits[i] != logits[i];
    top = logits[i] > top ? logits[i] : top;
  }
  top = block_max(top, m.of_warp);
  return __syncthreads_or(nan) ? __builtin_nanf("") : top;
}

// m.blocks: the sum of weight(i) over each block. Returns the sum of those, to every thread.
template <class Weight>
__device__ double sum_blocks(int64_t vocab, const Memory& m, Weight weight) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  const int64_t num_blocks = ceil_div(vocab, kBlock);
  const int64_t in_step = kThreads / kLanes;
  for (int64_t first = 0; first < num_blocks; first += in_step) {
    const int64_t block = first + threadIdx.x / kLanes;
    float of_lane[kBlock / kLanes];  // all of them first, so that none waits for another
#pragma unroll
    for (int j = 0; j < kBlock / kLanes; ++j) {
      const int64_t i = block * kBlock + lane + j * kLanes;
      const float found = weight(i < vocab ? i : vocab - 1);
      of_lane[j] = i < vocab ? found : 0.0f;
    }
    float sum = 0;
#pragma unroll
    for (int j = 0; j < kBlock / kLanes; ++j) sum = sum + of_lane[j];
    for (int distance = kLanes / 2; distance > 0; distance /= 2)
      sum = sum + __shfl_xor_sync(kAllLanes, sum, distance);
    if (lane == 0 && block < num_blocks) m.blocks[block] = sum;
  }
  __syncthreads();
  double total = 0;
  if (threadIdx.x == 0)
#pragma unroll 8
    for (int64_t block = 0; block < num_blocks; ++block)
      total = total + static_cast<double>(m.blocks[block]);
  return tell(total, m);
}

// The first token whose sum of weights, in order of id, is above uniform times the whole sum. To
// thread 0.
template <class Weight>
__device__ int32_t draw(int64_t vocab, float uniform, const Memory& m, Weight weight) {
  const double total = sum_blocks(vocab, m, weight);
  const double bounded = uniform < 0 ? 0.0 : uniform > 1 - 0x1p-24f ? 1 - 0x1p-24 : uniform;
  const double goal = bounded * total;
  const int64_t num_blocks = ceil_div(vocab, kBlock);
  double sum = 0;
  int64_t block = 0;
  if (threadIdx.x == 0)
    for (; block < num_blocks; ++block) {
      const double with_block = sum + static_cast<double>(m.blocks[block]);
      if (with_block > goal) break;
      sum = with_block;
    }
  block = static_cast<int64_t>(tell(static_cast<double>(block), m));
  if (block == num_blocks) return -1;
  const int64_t i = block * kBlock + threadIdx.x;
  m.block[threadIdx.x] = i < vocab ? weight(i) : 0.0f;
  __syncthreads();
  int64_t token = -1;  // the last with any weight, should rounding keep the sum below its goal
  if (threadIdx.x == 0)
    for (int j = 0; j < kBlock && sum <= goal; ++j) {
      if (m.block[j] > 0) token = block * kBlock + j;
      sum = sum + static_cast<double>(m.block[j]);
    }
  return static_cast<int32_t>(token);
}

// Logits above a border stay, and those at it up to an id.
struct Border {
  float logit;
  int32_t id;
};

__device__ void drop_below(const Row& row, const Border& border) {
  for (int64_t i = threadIdx.x; i < row.vocab; i += kThreads) {
    const float logit = row.logits[i];
    if (!(logit > border.logit || (logit == border.logit && i <= border.id))) row.weights[i] = 0;
  }
  __syncthreads();
}

// How far below the top the largest tokens reach whose measure(id) sums to `goal`, at most;
// infinity for all.
template <class Measure>
__device__ float cut_for(const Row& row, double goal, const Memory& m, Measure measure) {
  double sums[kDistances] = {};
  for (int64_t i = threadIdx.x; i < row.vocab; i += kThreads)
    for (int d = 0; d < kDistances; ++d)
      if (row.logits[i] >= row.top - static_cast<float>(1 << d) * row.temperature)
        sums[d] = sums[d] + measure(i);
  for (int d = 0; d < kDistances; ++d)
    if (block_sum(sums[d], m.scratch) > goal)
      return row.top - static_cast<float>(1 << d) * row.temperature;
  return -__builtin_inff();
}

// row.ids: tokens of some weight and at least `cut`, in order. A warp looks at a part of the row:
// once to count, once to write. Returns how many.
__device__ int64_t find_candidates(const Row& row, float cut, const Memory& m) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int num_warps = kThreads / kWarpSize;
  const int64_t size = ceil_div(ceil_div(row.vocab, num_warps), kWarpSize) * kWarpSize;
  const int64_t begin = warp * size;
  const auto is_candidate = [&](int64_t i) {
    return i < row.vocab && row.logits[i] >= cut && row.weights[i] > 0;
  };
  double count = 0;
  for (int64_t at = begin; at < begin + size; at += kWarpSize)
    count = count + __popc(__ballot_sync(kAllLanes, is_candidate(at + lane)));
  if (lane == 0) m.scratch[warp] = count;
  __syncthreads();
  double before = 0, total = 0;
  for (int w = 0; w < num_warps; ++w) {
    before = before + (w < warp ? m.scratch[w] : 0.0);
    total = total + m.scratch[w];
  }
  auto next = static_cast<int64_t>(before);
  for (int64_t at = begin; at < begin + size; at += kWarpSize) {
    const bool mine = is_candidate(at + lane);
    const uint32_t found = __ballot_sync(kAllLanes, mine);
    const uint32_t before_me = found & ((1u << lane) - 1);
    if (mine) row.ids[next + __popc(before_me)] = static_cast<int32_t>(at + lane);
    next += __popc(found);
  }
  __syncthreads();
  return static_cast<int64_t>(total);
}

// Larger for larger logits; equal for 0 and -0.
__device__ uint32_t order_of(float logit) {
  const auto bits = std::bit_cast<uint32_t>(logit + 0.0f);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

// Sum of measure(id) over candidates of at least `order`, to every thread.
template <class Measure>
__device__ double sum_from(const Row& row, int64_t candidates, uint32_t order, const Memory& m,
                           Measure measure) {
  double sum = 0;
  for (int64_t c = threadIdx.x; c < candidates; c += kThreads)
    if (order_of(row.logits[row.ids[c]]) >= order) sum = sum + measure(row.ids[c]);
  return block_sum(sum, m.scratch);
}

// Drops all but the largest tokens: the fewest whose measure(id) sums to `goal`, ties in order of
// id. Nothing where even all do not.
template <class Measure>
__device__ void keep_largest(const Row& row, double goal, const Memory& m, Measure measure) {
  const float cut = cut_for(row, goal, m, measure);
  const int64_t candidates = find_candidates(row, cut, m);
  uint32_t order = 0;  // the largest from which on the sum reaches the goal, bit by bit
  for (uint32_t bit = 0x80000000u; bit != 0; bit /= 2) {
    const double sum = sum_from(row, candidates, order | bit, m, measure);
    if (sum >= goal && sum > 0) order |= bit;  // one token always stays
  }
  if (order == 0) return;
  double sum = sum_from(row, candidates, order + 1, m, measure);
  int32_t last = -1;
  // Thread 0 adds what is tied, token by token; all look for where anything is.
  bool reached = false;
  for (int64_t begin = 0; begin < candidates && !reached; begin += kThreads) {
    const int64_t mine = begin + threadIdx.x;
    const bool is_tied = mine < candidates && order_of(row.logits[row.ids[mine]]) == order;
    if (!__syncthreads_or(is_tied)) continue;
    const int64_t end = begin + kThreads < candidates ? begin + kThreads : candidates;
    if (threadIdx.x == 0)
      for (int64_t c = begin; c < end && (last < 0 || sum < goal); ++c)
        if (order_of(row.logits[row.ids[c]]) == order) {
          last = row.ids[c];
          sum = sum + measure(last);
        }
    reached = tell(last >= 0 && !(sum < goal), m) != 0;
  }
  last = static_cast<int32_t>(tell(last, m));
  drop_below(row, {row.logits[last], last});
}

__device__ void keep_min_p(const Row& row, float min_p) {
  const double cut = static_cast<double>(row.top) +
                     static_cast<double>(row.temperature) * log(min_p < 1 ? double{min_p} : 1.0);
  auto border = static_cast<float>(cut);
  if (border < cut) border = nextafterf(border, __builtin_inff());
  drop_below(row, {border, 0x7fffffff});
}

struct LowestId {
  __device__ int32_t operator()(int32_t x) const {
    for (int distance = kWarpSize / 2; distance > 0; distance /= 2) {
      const int32_t other = __shfl_xor_sync(kAllLanes, x, distance);
      x = x < other ? x : other;
    }
    return x;
  }
};

__device__ int32_t lowest_id_of_top(const Row& row, const Memory& m) {
  int32_t lowest = 0x7fffffff;
  for (int64_t i = threadIdx.x; i < row.vocab; i += kThreads)
    if (row.logits[i] == row.top && i < lowest) lowest = static_cast<int32_t>(i);
  return block_reduce(lowest, 0x7fffffff, LowestId{}, m.ids_of_warp);
}

__device__ int32_t sample_row(Row& row, const SamplingRule& rule, float uniform, const Memory& m) {
  row.top = largest_logit(row.vocab, row.logits, m);
  if (!(row.top - row.top == 0)) return -1;  // NaN or infinite
  if (!(rule.temperature > 0)) return lowest_id_of_top(row, m);
  row.temperature = rule.temperature;
  if (!rule.truncates(row.vocab))
    return draw(row.vocab, uniform, m, [&](int64_t i) { return weight_of(row, i); });
  for (int64_t i = threadIdx.x; i < row.vocab; i += kThreads) row.weights[i] = weight_of(row, i);
  __syncthreads();
  const auto kept = [&](int64_t i) { return row.weights[i]; };
  if (rule.top_k > 0 && rule.top_k < row.vocab)
    keep_largest(row, rule.top_k, m, [](int64_t) { return 1.0; });
  if (rule.min_p > 0) keep_min_p(row, rule.min_p);
  if (rule.top_p < 1) {
    const double goal = static_cast<double>(rule.top_p) * sum_blocks(row.vocab, m, kept);
    keep_largest(row, goal, m, [&](int64_t i) { return static_cast<double>(row.weights[i]); });
  }
  return draw(row.vocab, uniform, m, kept);
}

__global__ void sample(int64_t vocab, const float* logits, const SamplingRule* rules,
                       const float* uniforms, float* scratch, int32_t* tokens) {
  const int64_t at = blockIdx.x;
  float* weights = scratch + at * 2 * vocab;
  Row row{vocab, logits + at * vocab, weights, reinterpret_cast<int32_t*>(weights + vocab), 0, 1};
  const int32_t token = sample_row(row, rules[at], uniforms[at], memory_of());
  if (threadIdx.x == 0) tokens[at] = token;
}

__global__ void take(int64_t rows, const int32_t* source, const int32_t* drawn, int32_t* ids) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (row < rows && source[row] >= 0) ids[row] = drawn[source[row]];
}

}  // namespace

template <>
void take_drawn<Device::kCuda>(int64_t rows, const int32_t* source, const int32_t* drawn,
                               int32_t* ids, Stream stream) {
  launch("take_drawn", take, {ceil_div(rows, kThreads)}, kThreads, 0, stream, rows, source, drawn,
         ids);
}

template <>
void sample_tokens<Device::kCuda>(int64_t rows, int64_t vocab, const float* logits,
                                  const SamplingRule* rules, const float* uniforms, float* scratch,
                                  int32_t* tokens, Stream stream) {
  launch("sample_tokens", sample, {rows}, kThreads, memory_bytes(vocab), stream, vocab, logits,
         rules, uniforms, scratch, tokens);
}

}  // namespace r1::kernels
