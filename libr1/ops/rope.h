// Rotary position embedding: the table of angles with its scalings, and the rotation.
#pragma once

#include <span>
#include <string>

#include "kernels/rope.h"
#include "libr1/config/field.h"
#include "libr1/tensor/mirrored.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

enum class RopeScalingKind { kNone, kLinear, kLlama3, kYarn };
std::span<const EnumName<RopeScalingKind>> enum_names(RopeScalingKind);

// Names and meanings as in Hugging Face's config.json, "rope_scaling".
struct RopeScaling {
  RopeScalingKind kind = RopeScalingKind::kNone;
  double factor = 1;
  double low_freq_factor = 1;   // llama3
  double high_freq_factor = 4;  // llama3
  double original_max_positions = 8192;
  double beta_fast = 32;        // yarn
  double beta_slow = 1;         // yarn
  double attention_factor = 0;  // yarn; 0: 0.1 ln(factor) + 1 (Peng et al., 2023, section 3.4)

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("kind", kind, "how rotary frequencies are stretched");
    v.field("factor", factor, "by how much", positive());
    v.field("low_freq_factor", low_freq_factor, "llama3: turns below which all is stretched");
    v.field("high_freq_factor", high_freq_factor, "llama3: turns above which nothing is");
    v.field("original_max_positions", original_max_positions, "context before stretching, tokens",
            positive());
    v.field("beta_fast", beta_fast, "yarn: turns above which nothing is stretched");
    v.field("beta_slow", beta_slow, "yarn: turns below which all is");
    v.field("attention_factor", attention_factor, "yarn: factor on cos and sin; 0: by formula");
  }
};

// Angular frequencies [head_dim / 2], in radians a position.
std::vector<double> rope_frequencies(int64_t head_dim, double theta, const RopeScaling& scaling);
// Factor on cos and sin (so the scores are scaled by its square); 1 but for yarn.
double rope_attention_factor(const RopeScaling& scaling);

// cos and sin for positions [0, positions): [positions, head_dim / 2, 2] in `dtype` (f32 or f64)
Tensor rope_table(int64_t positions, int64_t head_dim, double theta, const RopeScaling& scaling,
                  Dtype dtype, Device device = Device::kCpu);

// Fault::kRun when a position is outside of the table.
void check_positions(std::span<const int32_t> positions, const TensorView& table);

// Rotates `heads` vectors at the start of each row of x [rows, cols] in place; direction -1 is the
// gradient. A position outside of the table is refused.
void rope(const TensorView& x, const Indices& positions, const TensorView& table, int64_t heads,
          kernels::RopePairs pairs, int direction, Stream stream);

}  // namespace r1::ops
