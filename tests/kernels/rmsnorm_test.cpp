#include <vector>

#include "tests/kernels/kernel_test.h"
#include "tests/kernels/rmsnorm_backward.h"

namespace r1::kernels {
namespace {

// Rows with a gap after them, as queries and keys lie in a fused buffer.
RmsNormShape shape_of(int64_t rows, int64_t pieces, int64_t cols, int64_t gap) {
  return {rows, pieces, cols, pieces * cols + gap, 1e-6};
}

int64_t extent(const RmsNormShape& shape) { return shape.rows * shape.stride; }
int64_t num_pieces(const RmsNormShape& shape) { return shape.rows * shape.pieces; }

template <class T>
struct Forward {
  std::vector<T> y;
  std::vector<Accumulator<T>> rstd;
};

template <class T>
Forward<T> forward(const RmsNormShape& shape, const std::vector<T>& x, const std::vector<T>& w,
                   Stream stream = {}) {
  Forward<T> out{poisoned<T>(extent(shape)), poisoned<Accumulator<T>>(num_pieces(shape))};
  rmsnorm_forward<kCpu, T>(shape, x.data(), w.data(), out.y.data(), out.rstd.data(), stream);
  return out;
}

template <class T>
struct Backward {
  std::vector<T> dx;
  std::vector<Accumulator<T>> dw;
};

template <class T>
Backward<T> backward(const RmsNormShape& shape, const std::vector<T>& dy, const std::vector<T>& x,
                     const std::vector<T>& w, bool accumulate, Stream stream = {}) {
  const auto rstd = forward(shape, x, w).rstd;
  Backward<T> out{accumulate ? random_values<T>(extent(shape), "dx") : poisoned<T>(extent(shape)),
                  random_values<Accumulator<T>>(shape.cols, "dw")};
  rmsnorm_backward<kCpu, T>(shape, dy.data(), x.data(), w.data(), rstd.data(), out.dx.data(),
                            accumulate, out.dw.data(), stream);
  return out;
}

// Elements of rows only, without the gaps.
template <class T>
std::vector<T> without_gaps(const RmsNormShape& shape, const std::vector<T>& x) {
  std::vector<T> dense;
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t i = 0; i < shape.pieces * shape.cols; ++i)
      dense.push_back(x[static_cast<size_t>(row * shape.stride + i)]);
  return dense;
}

template <class T>
void expect_gaps_untouched(const RmsNormShape& shape, const std::vector<T>& y) {
  const T poison = poisoned<T>(1)[0];
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t i = shape.pieces * shape.cols; i < shape.stride; ++i)
      ASSERT_EQ(std::memcmp(&y[static_cast<size_t>(row * shape.stride + i)], &poison, sizeof(T)),
                0);
}

template <class T>
class RmsNorm : public ::testing::Test {};
TYPED_TEST_SUITE(RmsNorm, Float32AndBf16);

TYPED_TEST(RmsNorm, AgreesWithDouble) {
  using T = TypeParam;
  for (const int64_t cols : kOddSizes) {
    for (const int64_t pieces : {1, 3}) {
      const RmsNormShape shape = shape_of(3, pieces, cols, pieces == 1 ? 0 : 5);
      const auto x = random_values<T>(extent(shape), "x", 3);
      const auto w = random_values<T>(cols, "w");
      const auto found = forward(shape, x, w);
      const auto expected = forward(shape, widen(x), widen(w));
      expect_gaps_untouched(shape, found.y);
      expect_close(without_gaps(shape, found.y), without_gaps(shape, expected.y), tolerance<T>(),
                   0.1);
      expect_close(found.rstd, expected.rstd, 1e-6, 0);
    }
  }
}

TYPED_TEST(RmsNorm, GradientAgreesWithDouble) {
  using T = TypeParam;
  for (const int64_t cols : kOddSizes) {
    for (const bool accumulate : {false, true}) {
      const RmsNormShape shape = shape_of(4, 2, cols, 3);
      const auto x = random_values<T>(extent(shape), "x", 2);
      const auto dy = random_values<T>(extent(shape), "dy");
      const auto w = random_values<T>(cols, "w");
      const auto found = backward(shape, dy, x, w, accumulate);
      // The double run starts from the values this type could hold.
      Backward<double> expected{widen(random_values<T>(extent(shape), "dx")),
                                widen(random_values<float>(cols, "dw"))};
      const auto rstd = forward(shape, widen(x), widen(w)).rstd;
      rmsnorm_backward<kCpu, double>(shape, widen(dy).data(), widen(x).data(), widen(w).data(),
                                     rstd.data(), expected.dx.data(), accumulate,
                                     expected.dw.data(), {});
      expect_close(without_gaps(shape, found.dx), without_gaps(shape, expected.dx), tolerance<T>(),
                   1);
      expect_close(found.dw, expected.dw, 5e-6);
      if (!accumulate) expect_gaps_untouched(shape, found.dx);
    }
  }
}

TYPED_TEST(RmsNorm, InPlaceGivesTheSameBits) {
  using T = TypeParam;
  const RmsNormShape shape = shape_of(3, 2, 33, 0);
  const auto x = random_values<T>(extent(shape), "x");
  const auto w = random_values<T>(shape.cols, "w");
  auto in_place = x;
  auto rstd = poisoned<float>(num_pieces(shape));
  rmsnorm_forward<kCpu, T>(shape, in_place.data(), w.data(), in_place.data(), rstd.data(), {});
  EXPECT_TRUE(same_bits(in_place, forward(shape, x, w).y));

  const auto dy = random_values<T>(extent(shape), "dy");
  const auto expected = backward(shape, dy, x, w, false);
  auto over_dy = dy;
  auto dw = random_values<float>(shape.cols, "dw");
  rmsnorm_backward<kCpu, T>(shape, over_dy.data(), x.data(), w.data(), rstd.data(), over_dy.data(),
                            false, dw.data(), {});
  EXPECT_TRUE(same_bits(over_dy, expected.dx));
  EXPECT_TRUE(same_bits(dw, expected.dw));
}

TYPED_TEST(RmsNorm, DoesNotDependOnThreads) {
  using T = TypeParam;
  const RmsNormShape shape = shape_of(301, 2, 100, 7);
  const auto x = random_values<T>(extent(shape), "x");
  const auto dy = random_values<T>(extent(shape), "dy");
  const auto w = random_values<T>(shape.cols, "w");
  same_on_all_threads([&](Stream stream) { return forward(shape, x, w, stream).y; });
  same_on_all_threads([&](Stream stream) { return backward(shape, dy, x, w, false, stream).dx; });
  same_on_all_threads([&](Stream stream) { return backward(shape, dy, x, w, false, stream).dw; });
}

// A row alone, at another address, gives the bits it gives among others.
TYPED_TEST(RmsNorm, RowsDoNotDependOnEachOtherOrOnAlignment) {
  using T = TypeParam;
  const RmsNormShape shape = shape_of(5, 1, 100, 1);
  const auto x = random_values<T>(extent(shape), "x");
  const auto w = random_values<T>(shape.cols, "w");
  const auto together = forward(shape, x, w);
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (const int64_t shift : {0, 1, 3}) {
      std::vector<T> alone(static_cast<size_t>(shift + shape.cols));
      std::copy_n(x.begin() + row * shape.stride, shape.cols, alone.begin() + shift);
      float rstd = 0;
      rmsnorm_forward<kCpu, T>(shape_of(1, 1, shape.cols, 0), alone.data() + shift, w.data(),
                               alone.data() + shift, &rstd, {});
      EXPECT_EQ(std::memcmp(alone.data() + shift, &together.y[size_t(row * shape.stride)],
                            size_t(shape.cols) * sizeof(T)),
                0);
    }
  }
}

TYPED_TEST(RmsNorm, WeightGradientDoesNotDependOnTheCutIntoMicroBatches) {
  using T = TypeParam;
  const RmsNormShape whole = shape_of(9, 2, 33, 0);
  const auto x = random_values<T>(extent(whole), "x");
  const auto dy = random_values<T>(extent(whole), "dy");
  const auto w = random_values<T>(whole.cols, "w");
  const auto expected = backward(whole, dy, x, w, false).dw;
  const auto rstd = forward(whole, x, w).rstd;
  for (int64_t cut = 0; cut <= whole.rows; ++cut) {
    auto dw = random_values<float>(whole.cols, "dw");
    auto dx = poisoned<T>(extent(whole));
    for (const auto& [begin, rows] : {std::pair{int64_t{0}, cut}, {cut, whole.rows - cut}}) {
      const int64_t at = begin * whole.stride;
      rmsnorm_backward<kCpu, T>(shape_of(rows, 2, 33, 0), dy.data() + at, x.data() + at, w.data(),
                                rstd.data() + begin * 2, dx.data() + at, false, dw.data(), {});
    }
    EXPECT_TRUE(same_bits(dw, expected)) << "cut after row " << cut;
  }
}

TEST(RmsNormDouble, GradientAgreesWithFiniteDifferences) {
  const RmsNormShape shape = shape_of(2, 2, 5, 1);
  const auto x = random_values<double>(extent(shape), "x");
  const auto w = random_values<double>(shape.cols, "w");
  const auto dy = random_values<double>(extent(shape), "dy");
  const auto weights = without_gaps(shape, dy);
  const auto loss = [&](const std::vector<double>& at_x, const std::vector<double>& at_w) {
    return dot(without_gaps(shape, forward(shape, at_x, at_w).y), weights);
  };
  std::vector<double> dx(x.size(), 0.0);
  std::vector<double> dw(w.size(), 0.0);
  rmsnorm_backward<kCpu, double>(shape, dy.data(), x.data(), w.data(),
                                 forward(shape, x, w).rstd.data(), dx.data(), false, dw.data(), {});
  expect_gradient([&](const auto& at) { return loss(at, w); }, x, dx);
  expect_gradient([&](const auto& at) { return loss(x, at); }, w, dw);
}

}  // namespace
}  // namespace r1::kernels
