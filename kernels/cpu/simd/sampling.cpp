#include "kernels/cpu/simd/sampling.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {

template <Isa I>
float largest_logit(int64_t count, const float* logits) {
  bool nan = false;
  for_lanes(count, [&](int64_t i, auto m) { nan |= any_nan(load(logits + i, m)); });
  return nan ? __builtin_nanf("") : max_value(count, logits);
}

template <Isa I>
float sampling_weights(int64_t count, const float* logits, float top, float temperature,
                       float* weights) {
  const Vec largest = set1(top);
  const Vec t = set1(temperature);
  Vec sum = zero();
  for_lanes(count, [&](int64_t i, auto m) {
    const Vec e = select(m, exp(div(sub(load(logits + i, m), largest), t)), zero());
    store(weights + i, e, m);
    sum = add(sum, e);
  });
  return sum_lanes(sum);
}

template <Isa I>
float sum_weights(int64_t count, const float* weights) {
  Vec sum = zero();
  for_lanes(count, [&](int64_t i, auto m) { sum = add(sum, load(weights + i, m)); });
  return sum_lanes(sum);
}

template <Isa I>
void drop_weights(int64_t count, const float* logits, const SamplingBorder& border,
                  float* weights) {
  const int64_t last_tie = border.id;
  for (int64_t i = 0; i < count; ++i) {
    const bool keep = logits[i] > border.logit || (logits[i] == border.logit && i <= last_tie);
    weights[i] = keep ? weights[i] : 0.0f;
  }
}

template <Isa I>
SamplingTail logits_from(int64_t count, const float* logits, const float* weights, float cut) {
  constexpr int64_t kBlock = 4096;
  SamplingTail tail;
  const Vec border = set1(cut);
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    Vec number = zero();
    Vec mass = zero();
    for_lanes(count - begin < kBlock ? count - begin : kBlock, [&](int64_t i, auto m) {
      const Vec one = select(m, set1(1.0f), zero());
      const Mask below = less(load(logits + begin + i, m), border);
      number = add(number, select(below, zero(), one));
      mass = add(mass, select(below, zero(), load(weights + begin + i, m)));
    });
    tail.count += int64_t(sum_lanes(number));
    tail.mass += double(sum_lanes(mass));
  }
  return tail;
}

template <Isa I>
int64_t ids_from(int64_t count, const float* logits, const float* weights, float cut,
                 int32_t* ids) {
  constexpr int64_t kBlock = 8 * kLanes;  // few hold any: looked at whole first
  int64_t found = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = count - begin < kBlock ? count : begin + kBlock;
    if (max_value(end - begin, logits + begin) < cut) continue;
    for (int64_t i = begin; i < end; ++i)
      if (logits[i] >= cut && weights[i] > 0) ids[found++] = int32_t(i);
  }
  return found;
}

template float largest_logit<kIsa>(int64_t, const float*);
template float sampling_weights<kIsa>(int64_t, const float*, float, float, float*);
template float sum_weights<kIsa>(int64_t, const float*);
template void drop_weights<kIsa>(int64_t, const float*, const SamplingBorder&, float*);
template SamplingTail logits_from<kIsa>(int64_t, const float*, const float*, float);
template int64_t ids_from<kIsa>(int64_t, const float*, const float*, float, int32_t*);

}  // namespace r1::kernels::simd
