// What the tests of kernels share: values, poison, comparisons, threads, finite differences.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/core/thread_pool.h"
#include "libr1/core/types.h"

namespace r1::kernels {

using Float32AndBf16 = ::testing::Types<float, Bf16>;
inline constexpr int64_t kOddSizes[] = {1, 7, 8, 9, 15, 16, 17, 31, 33, 100, 576};
inline constexpr Device kCpu = Device::kCpu;

inline double widen(float x) { return x; }
inline double widen(double x) { return x; }
inline double widen(Bf16 x) { return to_float(x); }

template <class T>
T rounded(double x) {
  if constexpr (std::is_same_v<T, Bf16>)
    return to_bf16(static_cast<float>(x));
  else
    return static_cast<T>(x);
}

template <class T>
std::vector<double> widen(const std::vector<T>& x) {
  std::vector<double> wide;
  for (const T value : x) wide.push_back(widen(value));
  return wide;
}

// Normal numbers that T holds exactly; different names give different ones.
template <class T>
std::vector<T> random_values(int64_t count, std::string_view name, double scale = 1) {
  const Random random(7, name);
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(rounded<T>(scale * random.normal(static_cast<uint32_t>(i))));
  return values;
}

// Ids below kManyIds, none twice, neither ascending nor all of them.
inline constexpr int64_t kManyIds = 1009;  // a prime
inline std::vector<int32_t> distinct_ids(int64_t count) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i) ids.push_back(static_cast<int32_t>((i * 389 + 5) % kManyIds));
  return ids;
}

// NaN with a payload that no computation makes: shows what was not written, or read too far.
template <class T>
std::vector<T> poisoned(int64_t count) {
  std::vector<T> values(static_cast<size_t>(count));
  for (T& value : values) {
    if constexpr (std::is_same_v<T, Bf16>)
      value.bits = 0x7fa5;
    else
      value = std::bit_cast<T>(std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>(
          sizeof(T) == 4 ? 0x7fa5a5a5u : 0x7ffa5a5a5a5a5a5au));
  }
  return values;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

// Of a result rounded to T once, from sums in float.
template <class T>
double tolerance() {
  return std::is_same_v<T, Bf16> ? 0x1p-8 : 2e-6;
}

// |found - expected| <= relative * (|expected| + floor), for all.
template <class T>
void expect_close(const std::vector<T>& found, const std::vector<double>& expected, double relative,
                  double floor = 1) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_LE(std::abs(widen(found[i]) - expected[i]), relative * (std::abs(expected[i]) + floor))
        << "at " << i << ": found " << widen(found[i]) << ", expected " << expected[i];
}

// Runs body(stream) without a pool and on 1, 2 and 3 threads; the bits must be equal. Returns them.
template <class Body>
auto same_on_all_threads(Body body) {
  const auto expected = body(Stream{});
  for (const int num_threads : {1, 2, 3}) {
    ThreadPool pool(num_threads);
    for (int repeat = 0; repeat < 3; ++repeat)
      EXPECT_TRUE(same_bits(body(Stream{&pool, nullptr}), expected)) << num_threads << " threads";
  }
  return expected;
}

// d(loss)/dx against central differences, in double.
template <class Loss>
void expect_gradient(Loss loss, std::vector<double> x, const std::vector<double>& gradient) {
  ASSERT_EQ(x.size(), gradient.size());
  constexpr double kStep = 1e-5;
  for (size_t i = 0; i < x.size(); ++i) {
    const double kept = x[i];
    x[i] = kept + kStep;
    const double above = loss(x);
    x[i] = kept - kStep;
    const double below = loss(x);
    x[i] = kept;
    ASSERT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-8 * (1 + std::abs(gradient[i])))
        << "at " << i;
  }
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace r1::kernels
