#include "libr1/core/types.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>

#include "libr1/core/error.h"

namespace r1 {
namespace {

TEST(Bf16Rounding, KeepsEveryValueItCanHold) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Bf16 value{static_cast<uint16_t>(bits)};
    const Bf16 back = to_bf16(to_float(value));
    if (std::isnan(to_float(value))) {
      EXPECT_TRUE(std::isnan(to_float(back)));
      EXPECT_EQ(back.bits, bits | 0x40);  // quiet, sign and payload kept
    } else {
      ASSERT_EQ(back.bits, bits);
    }
  }
}

// The nearest of the two neighbours by distance in double, the even one at a tie: no bit tricks.
Bf16 nearest(float x, Bf16 below, Bf16 above) {
  // Infinity stands one step above the largest finite value.
  const auto value = [](Bf16 v) {
    const double wide = to_float(v);
    return std::isinf(wide) ? std::copysign(0x1p128, wide) : wide;
  };
  const double down = std::abs(x - value(below));
  const double up = std::abs(value(above) - x);
  if (down != up) return down < up ? below : above;
  return below.bits % 2 == 0 ? below : above;
}

TEST(Bf16Rounding, TakesTheNearestAndTheEvenAtATie) {
  for (uint32_t high = 0; high < 0x10000; ++high) {
    if ((high & 0x7f80) == 0x7f80) continue;  // infinity and NaN
    const Bf16 below{static_cast<uint16_t>(high)};
    const Bf16 above{static_cast<uint16_t>(high + 1)};  // away from zero
    for (uint32_t low : {0x0001u, 0x4000u, 0x7fffu, 0x8000u, 0x8001u, 0xc000u, 0xffffu}) {
      const auto x = std::bit_cast<float>(high << 16 | low);
      ASSERT_EQ(to_bf16(x).bits, nearest(x, below, above).bits) << std::hex << high << " " << low;
    }
  }
}

TEST(Bf16Rounding, KeepsEveryNan) {
  for (const uint32_t bits : {0x7f800001u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const Bf16 narrow = to_bf16(std::bit_cast<float>(bits));
    EXPECT_TRUE(std::isnan(to_float(narrow))) << std::hex << bits;
  }
  EXPECT_TRUE(std::isinf(to_float(to_bf16(std::numeric_limits<float>::max()))));
}

TEST(Dtype, NamesGoThereAndBack) {
  for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16, Dtype::kF64})
    EXPECT_EQ(dtype_from_string(to_string(dtype)), dtype);
  EXPECT_EQ(size_bytes(Dtype::kF32), 4);
  EXPECT_EQ(size_bytes(Dtype::kBf16), 2);
  EXPECT_EQ(size_bytes(Dtype::kF64), 8);
}

TEST(Dtype, RefusesOtherNamesWithTheChoices) {
  for (const char* name : {"", "fp32", "F32", "f32 "}) {
    try {
      dtype_from_string(name);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::kInput);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("f32, bf16, f64"));
    }
  }
}

}  // namespace
}  // namespace r1
