#include "kernels/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/simd/sampling.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {
namespace {

using simd::SamplingBorder;

constexpr int64_t kBlock = 256;

struct Row {
  int64_t vocab = 0;
  const float* logits = nullptr;
  float* weights = nullptr;  // [vocab]
  int32_t* ids = nullptr;    // [vocab], work space
};

double total_weight(const Row& row) {
  double total = 0;
  for (int64_t at = 0; at < row.vocab; at += kBlock) {
    const int64_t size = std::min(kBlock, row.vocab - at);
    total += on_isa([&]<Isa I>() { return simd::sum_weights<I>(size, row.weights + at); });
  }
  return total;
}

void drop_after(const Row& row, SamplingBorder border) {
  on_isa([&]<Isa I>() { simd::drop_weights<I>(row.vocab, row.logits, border, row.weights); });
}

// Fills row.ids with tokens that surely include the largest ones which `enough` asks for: those
// not more than some distance below the top. Returns how many.
template <class Enough>
int64_t find_candidates(const Row& row, float top, float temperature, Enough enough) {
  float cut = -std::numeric_limits<float>::infinity();
  for (const float distance : {1.0f, 2.0f, 4.0f, 8.0f, 16.0f, 32.0f}) {
    const float nearer = top - distance * temperature;
    const simd::SamplingTail tail = on_isa(
        [&]<Isa I>() { return simd::logits_from<I>(row.vocab, row.logits, row.weights, nearer); });
    if (enough(tail)) {
      cut = nearer;
      break;
    }
  }
  return on_isa(
      [&]<Isa I>() { return simd::ids_from<I>(row.vocab, row.logits, row.weights, cut, row.ids); });
}

struct LargerFirst {
  const float* logits;
  bool operator()(int32_t a, int32_t b) const {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  }
};

void keep_top_k(const Row& row, float top, float temperature, int64_t k) {
  const int64_t found =
      find_candidates(row, top, temperature, [&](auto& tail) { return tail.count >= k; });
  if (found < k) return;  // all that have any weight
  std::nth_element(row.ids, row.ids + k - 1, row.ids + found, LargerFirst{row.logits});
  const int32_t last = row.ids[k - 1];
  drop_after(row, {row.logits[last], last});
}

void keep_min_p(const Row& row, float top, float temperature, float min_p) {
  const double cut = double{top} + double{temperature} * std::log(std::min(1.0, double{min_p}));
  float border = static_cast<float>(cut);
  if (border < cut) border = std::nextafterf(border, std::numeric_limits<float>::infinity());
  drop_after(row, {border, std::numeric_limits<int32_t>::max()});
}

// Halves the candidates by size until one is left: the first at which the sum from the largest
// down reaches its goal.
void keep_top_p(const Row& row, float top, float temperature, float top_p) {
  const double goal = double{top_p} * total_weight(row);
  int64_t end =
      find_candidates(row, top, temperature, [&](auto& tail) { return tail.mass > goal; });
  int64_t begin = 0;
  double before = 0;
  while (end - begin > 1) {
    const int64_t middle = (begin + end) / 2;
    std::nth_element(row.ids + begin, row.ids + middle, row.ids + end, LargerFirst{row.logits});
    double mass = 0;
    for (int64_t i = begin; i < middle; ++i) mass += double{row.weights[row.ids[i]]};
    if (before + mass >= goal) {
      end = middle;
    } else {
      before += mass;
      begin = middle;
    }
  }
  const int32_t last = row.ids[begin];
  drop_after(row, {row.logits[last], last});
}

// The first token whose sum of weights, in order of id, is above uniform times the whole sum.
// block_weights(at, size, weights) points `weights` at a block and returns its sum; the sum of
// blocks is formed twice in one order, so the second walk ends before the row does.
template <class BlockWeights>
int32_t draw(int64_t vocab, float uniform, BlockWeights block_weights) {
  const float* weights = nullptr;
  double total = 0;
  for (int64_t at = 0; at < vocab; at += kBlock)
    total += double{block_weights(at, std::min(kBlock, vocab - at), weights)};
  const double goal = std::clamp(double{uniform}, 0.0, 1 - 0x1p-24) * total;
  double sum = 0;
  for (int64_t at = 0; at < vocab; at += kBlock) {
    const int64_t size = std::min(kBlock, vocab - at);
    const double block = block_weights(at, size, weights);
    if (sum + block <= goal) {
      sum += block;
      continue;
    }
    int64_t token = -1;  // the last with any weight, should rounding keep the sum below its goal
    for (int64_t i = 0; i < size && sum <= goal; ++i) {
      if (weights[i] > 0) token = at + i;
      sum += double{weights[i]};
    }
    return static_cast<int32_t>(token);
  }
  return -1;
}

int32_t draw_from_logits(int64_t vocab, const float* logits, float top, const SamplingRule& rule,
                         float uniform) {
  float buffer[kBlock];
  return draw(vocab, uniform, [&](int64_t at, int64_t size, const float*& weights) {
    weights = buffer;
    return on_isa([&]<Isa I>() {
      return simd::sampling_weights<I>(size, logits + at, top, rule.temperature, buffer);
    });
  });
}

int32_t draw_from_weights(const Row& row, float uniform) {
  return draw(row.vocab, uniform, [&](int64_t at, int64_t size, const float*& weights) {
    weights = row.weights + at;
    return on_isa([&]<Isa I>() { return simd::sum_weights<I>(size, weights); });
  });
}

int32_t sample_row(int64_t vocab, const float* logits, const SamplingRule& rule, float uniform,
                   float* scratch) {
  const float top = on_isa([&]<Isa I>() { return simd::largest_logit<I>(vocab, logits); });
  if (!std::isfinite(top)) return -1;
  if (!(rule.temperature > 0))
    return static_cast<int32_t>(std::find(logits, logits + vocab, top) - logits);
  if (!rule.truncates(vocab)) return draw_from_logits(vocab, logits, top, rule, uniform);
  const float t = rule.temperature;
  const Row row{vocab, logits, scratch, reinterpret_cast<int32_t*>(scratch + vocab)};
  on_isa([&]<Isa I>() { simd::sampling_weights<I>(vocab, logits, top, t, row.weights); });
  if (rule.top_k > 0 && rule.top_k < vocab) keep_top_k(row, top, t, rule.top_k);
  if (rule.min_p > 0) keep_min_p(row, top, t, rule.min_p);
  if (rule.top_p < 1) keep_top_p(row, top, t, rule.top_p);
  return draw_from_weights(row, uniform);
}

}  // namespace

template <Device D>
void sample_tokens(int64_t rows, int64_t vocab, const float* logits, const SamplingRule* rules,
                   const float* uniforms, float* scratch, int32_t* tokens, Stream stream) {
  parallel_for(stream, rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      tokens[row] = sample_row(vocab, logits + row * vocab, rules[row], uniforms[row],
                               scratch + row * 2 * vocab);
  });
}

template void sample_tokens<Device::kCpu>(int64_t, int64_t, const float*, const SamplingRule*,
                                          const float*, float*, int32_t*, Stream);

}  // namespace r1::kernels
