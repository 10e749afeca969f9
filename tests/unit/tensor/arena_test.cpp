#include "libr1/tensor/arena.h"

#include <gmock/gmock.h>

#include <cstring>

namespace r1 {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Arena, HandsOutAlignedMemoryThatDoesNotOverlap) {
  Arena arena(1024, Device::kCpu);
  const TensorView a = arena.allocate({3}, Dtype::kF32);
  const TensorView b = arena.allocate({65}, Dtype::kBf16);
  const TensorView c = arena.allocate({1}, Dtype::kF64);
  const auto at = [](const TensorView& v) { return reinterpret_cast<uintptr_t>(v.bytes); };
  for (const TensorView& view : {a, b, c}) EXPECT_EQ(at(view) % 64, 0u);
  EXPECT_EQ(at(b) - at(a), 64u);
  EXPECT_EQ(at(c) - at(b), 192u);
  EXPECT_EQ(arena.used_bytes(), 320);
}

TEST(Arena, RefusesWhatDoesNotFitWithTheNumbers) {
  Arena arena(256, Device::kCpu);
  arena.allocate({32}, Dtype::kF32);
  arena.allocate({32}, Dtype::kF32);  // to the last byte
  try {
    arena.allocate({7, 3}, Dtype::kBf16);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kRun);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("256 of 256"), HasSubstr("[7, 3]"), HasSubstr("64")));
  }
  EXPECT_EQ(arena.used_bytes(), 256);
  arena.allocate({0}, Dtype::kF32);
}

TEST(Arena, ScopesGiveBackInReverse) {
  Arena arena(1024, Device::kCpu);
  arena.allocate({16}, Dtype::kF32);
  void* inner = nullptr;
  {
    const ArenaScope scope(arena);
    inner = arena.allocate({16}, Dtype::kF32).bytes;
    {
      const ArenaScope deeper(arena);
      arena.allocate({64}, Dtype::kF32);
      EXPECT_EQ(arena.used_bytes(), 384);
    }
    EXPECT_EQ(arena.used_bytes(), 128);
  }
  EXPECT_EQ(arena.used_bytes(), 64);
  EXPECT_EQ(arena.peak_bytes(), 384);
  EXPECT_EQ(arena.allocate({16}, Dtype::kF32).bytes, inner);
}

TEST(Arena, AScopeGivesBackWhenAnErrorPasses) {
  Arena arena(128, Device::kCpu);
  EXPECT_THROW(
      {
        const ArenaScope scope(arena);
        arena.allocate({16}, Dtype::kF32);
        arena.allocate({99}, Dtype::kF32);
      },
      Error);
  EXPECT_EQ(arena.used_bytes(), 0);
}

TEST(Arena, MeasuringPlansExactlyWhatARealOneNeeds) {
  const auto use = [](Arena& arena) {
    arena.allocate({100, 3}, Dtype::kBf16);
    const ArenaScope scope(arena);
    arena.allocate({1000}, Dtype::kF64);
  };
  Arena plan = Arena::measuring();
  EXPECT_TRUE(plan.is_measuring());
  EXPECT_EQ(plan.allocate({int64_t{1} << 40}, Dtype::kF32).bytes, nullptr);
  plan = Arena::measuring();
  use(plan);
  Arena enough(plan.peak_bytes(), Device::kCpu);
  EXPECT_NO_THROW(use(enough));
  EXPECT_FALSE(enough.is_measuring());
  Arena too_small(plan.peak_bytes() - 1, Device::kCpu);
  EXPECT_THROW(use(too_small), Error);
}

}  // namespace
}  // namespace r1
