#include "kernels/elementwise.h"

#include <cmath>
#include <vector>

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

template <class T>
class AddInPlace : public ::testing::Test {};
TYPED_TEST_SUITE(AddInPlace, Float32AndBf16);

TYPED_TEST(AddInPlace, AddsEachElementAndNothingBehindThem) {
  using T = TypeParam;
  for (const int64_t count : kOddSizes) {
    const auto x = random_values<T>(count, "x");
    auto y = random_values<T>(count, "y");
    auto expected = y;
    for (size_t i = 0; i < y.size(); ++i) expected[i] = rounded<T>(widen(x[i]) + widen(y[i]));
    const auto tail = poisoned<T>(20);
    y.insert(y.end(), tail.begin(), tail.end());
    expected.insert(expected.end(), tail.begin(), tail.end());
    add_in_place<kCpu, T>(count, x.data(), y.data(), {});
    EXPECT_TRUE(same_bits(y, expected)) << count;
  }
}

TYPED_TEST(AddInPlace, DoesNotDependOnThreads) {
  using T = TypeParam;
  const auto x = random_values<T>(70001, "x");
  same_on_all_threads([&](Stream stream) {
    auto y = random_values<T>(70001, "y");
    add_in_place<kCpu, T>(70001, x.data(), y.data(), stream);
    return y;
  });
}

template <class T>
class SumParts : public ::testing::Test {};
TYPED_TEST_SUITE(SumParts, Float32AndBf16);

TYPED_TEST(SumParts, AddsInOrderAndRoundsOnce) {
  using T = TypeParam;
  for (const int64_t count : kOddSizes)
    for (const int64_t parts : {1, 2, 5}) {
      const auto x = random_values<T>(parts * count, "x");
      auto expected = poisoned<T>(count + 20);
      for (int64_t i = 0; i < count; ++i) {
        auto sum = static_cast<float>(widen(x[size_t(i)]));
        for (int64_t p = 1; p < parts; ++p)
          sum += static_cast<float>(widen(x[size_t(p * count + i)]));
        expected[size_t(i)] = rounded<T>(sum);
      }
      const auto found = same_on_all_threads([&](Stream stream) {
        auto sum = poisoned<T>(count + 20);
        sum_parts<kCpu, T>(parts, count, x.data(), sum.data(), stream);
        return sum;
      });
      EXPECT_TRUE(same_bits(found, expected)) << parts << " " << count;
    }
}

TEST(PlaceColumns, LeavesTheOthers) {
  const auto x = random_values<float>(3 * 4, "x");
  auto y = random_values<float>(3 * 7, "y");
  auto expected = y;
  for (size_t row = 0; row < 3; ++row)
    for (size_t col = 0; col < 4; ++col) expected[row * 7 + 2 + col] = x[row * 4 + col];
  place_columns<kCpu, float>(3, 4, x.data(), 7, y.data() + 2, {});
  EXPECT_EQ(y, expected);
}

// Every upper half with lower halves around each rounding border: the vector code must agree with
// to_bf16, which has its own test.
TEST(Convert, RoundsEveryKindOfFloatLikeTheScalarFunction) {
  std::vector<float> x;
  for (uint32_t high = 0; high < 0x10000; ++high)
    for (const uint32_t low : {0x0u, 0x1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
      x.push_back(std::bit_cast<float>(high << 16 | low));
  const auto count = static_cast<int64_t>(x.size());
  auto narrow = poisoned<Bf16>(count);
  convert<kCpu, float, Bf16>(count, x.data(), narrow.data(), {});
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(narrow[i].bits, to_bf16(x[i]).bits) << std::hex << std::bit_cast<uint32_t>(x[i]);
  auto wide = poisoned<float>(count);
  convert<kCpu, Bf16, float>(count, narrow.data(), wide.data(), {});
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(std::bit_cast<uint32_t>(wide[i]), uint32_t{narrow[i].bits} << 16);
}

template <class From, class To>
void expect_conversion() {
  for (const int64_t count : kOddSizes) {
    const auto x = random_values<From>(count, "x");
    auto y = poisoned<To>(count + 20);
    auto expected = y;
    for (size_t i = 0; i < x.size(); ++i) expected[i] = rounded<To>(widen(x[i]));
    convert<kCpu, From, To>(count, x.data(), y.data(), {});
    EXPECT_TRUE(same_bits(y, expected)) << count;
  }
}

TEST(Convert, WorksOnOddSizesForEveryPairOfTypes) {
  expect_conversion<float, float>();
  expect_conversion<float, Bf16>();
  expect_conversion<Bf16, float>();
  expect_conversion<Bf16, Bf16>();
  expect_conversion<double, double>();
  expect_conversion<float, double>();
  expect_conversion<double, float>();
}

template <class A>
double squares(const std::vector<A>& x, Stream stream = {}) {
  const auto count = static_cast<int64_t>(x.size());
  auto blocks = poisoned<double>(num_square_blocks(count));
  double sum = std::nan("");
  sum_of_squares<kCpu, A>(count, x.data(), blocks.data(), &sum, stream);
  return sum;
}

TEST(SumOfSquares, IsExactToDoubleAndTheSameOnAllThreads) {
  for (const int64_t count : {int64_t{0}, int64_t{1}, int64_t{17}, int64_t{4095}, int64_t{4096},
                              int64_t{4097}, int64_t{100003}}) {
    const auto x = random_values<float>(count, "x");
    double expected = 0;
    for (const float value : x) expected += static_cast<double>(value) * value;
    const auto found =
        same_on_all_threads([&](Stream stream) { return std::vector<double>{squares(x, stream)}; });
    EXPECT_NEAR(found[0], expected, 1e-13 * expected);
    EXPECT_NEAR(squares(widen(x)), expected, 1e-13 * expected);
  }
}

TEST(SumOfSquares, ShowsNanInfinityAndLargeValues) {
  std::vector<float> x(9000, 1.0f);
  x[8999] = 1e30f;  // its square is no float
  EXPECT_NEAR(squares(x), 1e60, 1e53);
  x[5000] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isinf(squares(x)));
  x[8998] = std::nanf("");
  EXPECT_TRUE(std::isnan(squares(x)));
}

}  // namespace
}  // namespace r1::kernels
