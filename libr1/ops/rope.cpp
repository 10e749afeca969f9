#include "libr1/ops/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "libr1/ops/dispatch.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {
namespace {

// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, between them a ramp.
double llama3_frequency(double frequency, const RopeScaling& s) {
  const double turns = s.original_max_positions * frequency / (2 * std::numbers::pi);
  if (turns < s.low_freq_factor) return frequency / s.factor;
  if (turns > s.high_freq_factor) return frequency;
  const double smooth = (turns - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  return (1 - smooth) * frequency / s.factor + smooth * frequency;
}

// YaRN (Peng et al., 2023): the pair index at which `turns` full turns fit the original context.
double yarn_pair(double turns, int64_t head_dim, double theta, const RopeScaling& s) {
  return static_cast<double>(head_dim) *
         std::log(s.original_max_positions / (turns * 2 * std::numbers::pi)) /
         (2 * std::log(theta));
}

double yarn_frequency(double frequency, int64_t pair, int64_t head_dim, double theta,
                      const RopeScaling& s) {
  const double low = std::max(0.0, std::floor(yarn_pair(s.beta_fast, head_dim, theta, s)));
  double high = std::min(static_cast<double>(head_dim) - 1,
                         std::ceil(yarn_pair(s.beta_slow, head_dim, theta, s)));
  if (high == low) high += 0.001;
  const double ramp = std::clamp((static_cast<double>(pair) - low) / (high - low), 0.0, 1.0);
  return frequency / s.factor * ramp + frequency * (1 - ramp);
}

template <class A>
void fill_table(const TensorView& table, std::span<const double> frequencies, double factor) {
  A* out = table.data<A>();
  for (int64_t position = 0; position < table.shape[0]; ++position)
    for (const double frequency : frequencies) {
      const double angle = static_cast<double>(position) * frequency;
      *out++ = static_cast<A>(std::cos(angle) * factor);
      *out++ = static_cast<A>(std::sin(angle) * factor);
    }
}

}  // namespace

std::span<const EnumName<RopeScalingKind>> enum_names(RopeScalingKind) {
  static constexpr EnumName<RopeScalingKind> kNames[] = {{RopeScalingKind::kNone, "none"},
                                                         {RopeScalingKind::kLinear, "linear"},
                                                         {RopeScalingKind::kLlama3, "llama3"},
                                                         {RopeScalingKind::kYarn, "yarn"}};
  return kNames;
}

std::vector<double> rope_frequencies(int64_t head_dim, double theta, const RopeScaling& scaling) {
  std::vector<double> frequencies;
  for (int64_t pair = 0; pair < head_dim / 2; ++pair) {
    double f = std::pow(theta, -2.0 * static_cast<double>(pair) / static_cast<double>(head_dim));
    switch (scaling.kind) {
      case RopeScalingKind::kNone:
        break;
      case RopeScalingKind::kLinear:
        f /= scaling.factor;
        break;
      case RopeScalingKind::kLlama3:
        f = llama3_frequency(f, scaling);
        break;
      case RopeScalingKind::kYarn:
        f = yarn_frequency(f, pair, head_dim, theta, scaling);
        break;
    }
    frequencies.push_back(f);
  }
  return frequencies;
}

double rope_attention_factor(const RopeScaling& scaling) {
  if (scaling.kind != RopeScalingKind::kYarn) return 1;
  if (scaling.attention_factor > 0) return scaling.attention_factor;
  return scaling.factor <= 1 ? 1 : 0.1 * std::log(scaling.factor) + 1;
}

Tensor rope_table(int64_t positions, int64_t head_dim, double theta, const RopeScaling& scaling,
                  Dtype dtype, Device device) {
  Tensor table({positions, head_dim / 2, 2}, dtype);
  const auto frequencies = rope_frequencies(head_dim, theta, scaling);
  const double factor = rope_attention_factor(scaling);
  if (dtype == Dtype::kF64)
    fill_table<double>(table, frequencies, factor);
  else
    fill_table<float>(table, frequencies, factor);
  if (device == Device::kCuda) return copied_to(table, device, {});
  return table;
}

void check_positions(std::span<const int32_t> positions, const TensorView& table) {
  for (const int32_t position : positions)
    R1_CHECK(position >= 0 && position < table.shape[0], "position ", position,
             " is outside of the rotary table of ", table.shape[0],
             " positions; raise the longest sequence the model was set up for");
}

void rope(const TensorView& x, const Indices& positions, const TensorView& table, int64_t heads,
          kernels::RopePairs pairs, int direction, Stream stream) {
  const int64_t head_dim = table.shape[1] * 2;
  R1_CHECK(static_cast<int64_t>(positions.size()) == x.shape[0] && heads * head_dim <= x.shape[1],
           "rope: ", heads, " heads of ", head_dim, " and ", positions.size(),
           " positions do not fit ", x.shape.to_string());
  check_positions(positions.host, table);
  on_kernel(x, [&]<Device D, class T>() {
    kernels::rope<D, T>({x.shape[0], heads, head_dim, x.shape[1], pairs}, positions.data,
                        table.data<Accumulator<T>>(), direction, x.data<T>(), stream);
  });
}

}  // namespace r1::ops
