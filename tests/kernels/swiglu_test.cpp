#include "kernels/swiglu.h"

#include <vector>

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

template <class T>
std::vector<T> forward(int64_t rows, int64_t cols, const std::vector<T>& gate_up,
                       Stream stream = {}) {
  auto y = poisoned<T>(rows * cols);
  swiglu_forward<kCpu, T>(rows, cols, gate_up.data(), y.data(), stream);
  return y;
}

template <class T>
std::vector<T> backward(int64_t rows, int64_t cols, const std::vector<T>& dy,
                        const std::vector<T>& gate_up, Stream stream = {}) {
  auto dgate_up = poisoned<T>(rows * 2 * cols);
  swiglu_backward<kCpu, T>(rows, cols, dy.data(), gate_up.data(), dgate_up.data(), stream);
  return dgate_up;
}

template <class T>
class Swiglu : public ::testing::Test {};
TYPED_TEST_SUITE(Swiglu, Float32AndBf16);

TYPED_TEST(Swiglu, AgreesWithDouble) {
  using T = TypeParam;
  for (const int64_t cols : kOddSizes) {
    const auto gate_up = random_values<T>(3 * 2 * cols, "gate_up", 4);
    const auto dy = random_values<T>(3 * cols, "dy");
    expect_close(forward(3, cols, gate_up), forward(3, cols, widen(gate_up)), tolerance<T>());
    expect_close(backward(3, cols, dy, gate_up), backward(3, cols, widen(dy), widen(gate_up)),
                 tolerance<T>());
  }
}

TYPED_TEST(Swiglu, StaysFiniteForLargeGates) {
  using T = TypeParam;
  const std::vector<double> wide = {-1e4, -100, -88, -20, 20, 88, 100, 1e4, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<T> gate_up;
  for (const double value : wide) gate_up.push_back(rounded<T>(value));
  const auto dy = std::vector<T>(8, rounded<T>(1));
  expect_close(forward(1, 8, gate_up), forward(1, 8, widen(gate_up)), tolerance<T>(), 1e-3);
  expect_close(backward(1, 8, dy, gate_up), backward(1, 8, widen(dy), widen(gate_up)),
               tolerance<T>(), 1e-3);
}

TYPED_TEST(Swiglu, BackwardInPlaceGivesTheSameBits) {
  using T = TypeParam;
  const auto gate_up = random_values<T>(3 * 2 * 33, "gate_up");
  const auto dy = random_values<T>(3 * 33, "dy");
  auto in_place = gate_up;
  swiglu_backward<kCpu, T>(3, 33, dy.data(), in_place.data(), in_place.data(), {});
  EXPECT_TRUE(same_bits(in_place, backward(3, 33, dy, gate_up)));
}

TYPED_TEST(Swiglu, DoesNotDependOnThreadsOrOtherRows) {
  using T = TypeParam;
  constexpr int64_t kRows = 500;
  const auto gate_up = random_values<T>(kRows * 2 * 33, "gate_up");
  const auto dy = random_values<T>(kRows * 33, "dy");
  const auto y =
      same_on_all_threads([&](Stream stream) { return forward(kRows, 33, gate_up, stream); });
  same_on_all_threads([&](Stream stream) { return backward(kRows, 33, dy, gate_up, stream); });
  const std::vector<T> alone(gate_up.begin() + 7 * 66, gate_up.begin() + 8 * 66);
  EXPECT_TRUE(
      same_bits(forward(1, 33, alone), std::vector<T>(y.begin() + 7 * 33, y.begin() + 8 * 33)));
}

TEST(SwigluDouble, GradientAgreesWithFiniteDifferences) {
  const auto gate_up = random_values<double>(2 * 2 * 5, "gate_up", 2);
  const auto dy = random_values<double>(2 * 5, "dy");
  expect_gradient([&](const auto& at) { return dot(forward(2, 5, at), dy); }, gate_up,
                  backward(2, 5, dy, gate_up));
}

}  // namespace
}  // namespace r1::kernels
