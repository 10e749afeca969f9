#include "kernels/rope.h"

#include <cmath>
#include <complex>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

constexpr int64_t kPositions = 50;

std::vector<double> angles(int64_t half) {
  std::vector<double> theta;
  for (int64_t p = 0; p < kPositions; ++p)
    for (int64_t i = 0; i < half; ++i)
      theta.push_back(static_cast<double>(p) *
                      std::pow(1e4, -static_cast<double>(i) / static_cast<double>(half)));
  return theta;
}

template <class A>
std::vector<A> table(int64_t half) {
  std::vector<A> cos_sin;
  for (const double angle : angles(half)) {
    cos_sin.push_back(static_cast<A>(std::cos(angle)));
    cos_sin.push_back(static_cast<A>(std::sin(angle)));
  }
  return cos_sin;
}

std::vector<int32_t> some_positions(int64_t rows) {
  std::vector<int32_t> positions;
  for (int64_t r = 0; r < rows; ++r) positions.push_back(static_cast<int32_t>(r * 17 % kPositions));
  return positions;
}

template <class T>
std::vector<T> rotated(const RopeShape& shape, std::vector<T> x, int direction,
                       Stream stream = {}) {
  const auto cos_sin = table<Accumulator<T>>(shape.head_dim / 2);
  rope<kCpu, T>(shape, some_positions(shape.rows).data(), cos_sin.data(), direction, x.data(),
                stream);
  return x;
}

// Each pair as a complex number times e^(i angle).
std::vector<double> multiplied(const RopeShape& shape, std::vector<double> x, int direction) {
  const int64_t half = shape.head_dim / 2;
  const auto theta = angles(half);
  const auto positions = some_positions(shape.rows);
  const bool split = shape.pairs == RopePairs::kHalfSplit;
  for (int64_t r = 0; r < shape.rows; ++r) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      double* v = x.data() + r * shape.stride + h * shape.head_dim;
      for (int64_t i = 0; i < half; ++i) {
        double& re = v[split ? i : 2 * i];
        double& im = v[split ? half + i : 2 * i + 1];
        const double angle = theta[static_cast<size_t>(positions[size_t(r)] * half + i)];
        const auto z = std::complex(re, im) * std::polar(1.0, direction * angle);
        re = z.real();
        im = z.imag();
      }
    }
  }
  return x;
}

constexpr RopePairs kBothPairs[] = {RopePairs::kHalfSplit, RopePairs::kInterleaved};

template <class T>
class Rope : public ::testing::Test {};
TYPED_TEST_SUITE(Rope, Float32AndBf16);

// The gap of 5 elements after the heads must stay as it is: multiplied() leaves it too.
TYPED_TEST(Rope, IsAComplexMultiplication) {
  using T = TypeParam;
  for (const RopePairs pairs : kBothPairs) {
    for (const int64_t head_dim : {2, 6, 8, 14, 16, 18, 30, 32, 34, 64, 128}) {
      for (const int direction : {1, -1}) {
        const RopeShape shape{4, 3, head_dim, 3 * head_dim + 5, pairs};
        const auto x = random_values<T>(shape.rows * shape.stride, "x");
        expect_close(rotated(shape, x, direction), multiplied(shape, widen(x), direction),
                     tolerance<T>());
      }
    }
  }
}

TYPED_TEST(Rope, BackwardUndoesForward) {
  using T = TypeParam;
  for (const RopePairs pairs : kBothPairs) {
    const RopeShape shape{5, 2, 34, 68, pairs};
    const auto x = random_values<T>(shape.rows * shape.stride, "x");
    expect_close(rotated(shape, rotated(shape, x, 1), -1), widen(x), 2 * tolerance<T>(), 2);
  }
}

TYPED_TEST(Rope, PositionZeroChangesNoBit) {
  using T = TypeParam;
  for (const RopePairs pairs : kBothPairs) {
    const RopeShape shape{1, 3, 64, 192, pairs};
    const auto x = random_values<T>(192, "x");
    EXPECT_TRUE(same_bits(rotated(shape, x, 1), x));
  }
}

TYPED_TEST(Rope, DoesNotDependOnThreadsOrOtherRows) {
  using T = TypeParam;
  for (const RopePairs pairs : kBothPairs) {
    const RopeShape shape{400, 4, 34, 140, pairs};
    const auto x = random_values<T>(shape.rows * shape.stride, "x");
    const auto all =
        same_on_all_threads([&](Stream stream) { return rotated(shape, x, 1, stream); });
    const auto cos_sin = table<float>(17);
    const int64_t row = 123;
    const auto position = some_positions(shape.rows)[size_t(row)];
    std::vector<T> alone(x.begin() + row * shape.stride, x.begin() + (row + 1) * shape.stride);
    rope<kCpu, T>({1, 4, 34, 140, pairs}, &position, cos_sin.data(), 1, alone.data(), {});
    EXPECT_EQ(std::memcmp(alone.data(), &all[size_t(row * shape.stride)], 136 * sizeof(T)), 0);
  }
}

TEST(RopeDouble, IsAComplexMultiplicationWhoseTransposeIsItsInverse) {
  for (const RopePairs pairs : kBothPairs) {
    const RopeShape shape{4, 3, 10, 31, pairs};
    const auto x = random_values<double>(shape.rows * shape.stride, "x");
    const auto y = random_values<double>(shape.rows * shape.stride, "y");
    expect_close(rotated(shape, x, 1), multiplied(shape, x, 1), 1e-14);
    // <R x, y> = <x, R^T y>
    EXPECT_NEAR(dot(rotated(shape, x, 1), y), dot(x, rotated(shape, y, -1)), 1e-12);
  }
}

}  // namespace
}  // namespace r1::kernels
