#include "libr1/ops/rope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace r1::ops {
namespace {

TEST(RopeFrequencies, Plain) {
  const auto f = rope_frequencies(8, 10000, {});
  ASSERT_EQ(f.size(), 4u);
  EXPECT_DOUBLE_EQ(f[0], 1);
  EXPECT_DOUBLE_EQ(f[1], 0.1);
  EXPECT_DOUBLE_EQ(f[3], 1e-3);
}

// DeepSeek-V3: head_dim 64, theta 10000, factor 40, original 4096, beta 32 and 1: pairs up to 10
// keep their frequency, from 23 on they are divided by 40, between them a linear ramp.
TEST(RopeFrequencies, YarnOfDeepSeekV3) {
  RopeScaling scaling{RopeScalingKind::kYarn, 40, 1, 4, 4096, 32, 1, 0};
  const auto plain = rope_frequencies(64, 10000, {});
  const auto yarn = rope_frequencies(64, 10000, scaling);
  for (size_t i = 0; i < 32; ++i) {
    const double ramp = std::min(1.0, std::max(0.0, (static_cast<double>(i) - 10) / 13));
    EXPECT_NEAR(yarn[i] / plain[i], (1 - ramp) + ramp / 40, 1e-12) << i;
  }
  EXPECT_NEAR(rope_attention_factor(scaling), 1.36889, 1e-5);
}

// Llama 3.1: factor 8, wavelengths over 8192 divided, under 2048 kept.
TEST(RopeFrequencies, Llama3) {
  RopeScaling scaling{RopeScalingKind::kLlama3, 8, 1, 4, 8192, 32, 1, 0};
  const auto plain = rope_frequencies(128, 500000, {});
  const auto scaled = rope_frequencies(128, 500000, scaling);
  int ramped = 0;
  for (size_t i = 0; i < 64; ++i) {
    const double wavelength = 2 * std::numbers::pi / plain[i];
    if (wavelength > 8192) {
      EXPECT_DOUBLE_EQ(scaled[i], plain[i] / 8) << i;
    } else if (wavelength < 2048) {
      EXPECT_DOUBLE_EQ(scaled[i], plain[i]) << i;
    } else {
      const double s = (8192 / wavelength - 1) / 3;
      EXPECT_NEAR(scaled[i], (1 - s) * plain[i] / 8 + s * plain[i], 1e-15) << i;
      ++ramped;
    }
  }
  EXPECT_GT(ramped, 3);
}

}  // namespace
}  // namespace r1::ops
