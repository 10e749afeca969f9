#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/kernels/kernel_test.h"
#include "tests/kernels/simd_probe.h"

namespace r1::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> exp_of(const std::vector<float>& x) {
  auto y = poisoned<float>(static_cast<int64_t>(x.size()));
  on_isa([&]<Isa I>() { exp_each<I>(static_cast<int64_t>(x.size()), x.data(), y.data()); });
  return y;
}

// In units of the last place of the exact value.
double ulp_error(float found, double exact) {
  int exponent = 0;
  std::frexp(exact, &exponent);
  return std::abs(found - exact) / std::ldexp(1.0, std::max(exponent, -125) - 24);
}

TEST(Exp, IsWithinTwoUlpOnADenseSweep) {
  std::vector<float> x;
  for (double at = -87.3; at < 88.3; at += 1.3e-4) x.push_back(static_cast<float>(at));
  for (float at = 1e-30f; at < 1; at *= 1.01f) {
    x.push_back(at);
    x.push_back(-at);
  }
  const std::vector<float> y = exp_of(x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = ulp_error(y[i], std::exp(static_cast<double>(x[i])));
    ASSERT_LE(error, 2) << "at " << x[i];
    worst = std::max(worst, error);
  }
  RecordProperty("worst_ulp", std::to_string(worst));
  std::cout << "worst error " << worst << " ulp over " << x.size() << " points\n";
}

TEST(Exp, KnowsItsBorders) {
  const std::vector<float> y =
      exp_of({0.0f, -0.0f, -87.34f, -200.0f, -kInfinity, kInfinity, std::nanf(""), 89.0f, -87.33f});
  EXPECT_EQ(y[0], 1.0f);
  EXPECT_EQ(y[1], 1.0f);
  EXPECT_EQ(y[2], 0.0f);
  EXPECT_EQ(y[3], 0.0f);
  EXPECT_EQ(y[4], 0.0f);
  EXPECT_EQ(y[5], y[7]);
  EXPECT_GT(y[7], 2e38f);
  EXPECT_TRUE(std::isfinite(y[7]));
  EXPECT_TRUE(std::isnan(y[6]));
  EXPECT_GT(y[8], 0.0f);
}

TEST(Exp, IsTheSameInEveryLane) {
  for (const float at : {-3.7f, 0.1f, 11.0f}) {
    const std::vector<float> y = exp_of(std::vector<float>(37, at));
    for (const float value : y) EXPECT_EQ(value, y[0]);
  }
}

TEST(MaxValue, FindsTheLargestAtEveryPlace) {
  for (const int64_t count : {1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130}) {
    for (int64_t place = 0; place < count; ++place) {
      std::vector<float> x(static_cast<size_t>(count), -5.0f);
      x[static_cast<size_t>(place)] = -1.5f;  // negative: a masked lane's 0 would win
      x.push_back(9.0f);
      EXPECT_EQ(on_isa([&]<Isa I>() { return max_of<I>(count, x.data()); }), -1.5f);
    }
  }
}

}  // namespace
}  // namespace r1::kernels
