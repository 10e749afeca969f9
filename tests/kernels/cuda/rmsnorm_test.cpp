#include "tests/kernels/cuda/cuda_test.h"
#include "tests/kernels/rmsnorm_backward.h"

namespace r1::kernels {
namespace {

template <class T>
class RmsNormCuda : public OnDevice {};
TYPED_TEST_SUITE(RmsNormCuda, Float32AndBf16);

RmsNormShape shape_of(int64_t rows, int64_t pieces, int64_t cols, int64_t gap) {
  return {rows, pieces, cols, pieces * cols + gap, 1e-6};
}
const RmsNormShape kShapes[] = {
    shape_of(600, 1, 40, 0), shape_of(1, 1, 1, 0),   shape_of(3, 1, 33, 0), shape_of(2, 5, 64, 7),
    shape_of(130, 1, 32, 0), shape_of(5, 1, 576, 3), shape_of(57, 2, 40, 1)};

// y and rstd, or dx and dw, of a device or of double.
template <class T>
struct Result {
  std::vector<T> of_rows;
  std::vector<Accumulator<T>> sums;
};

int64_t extent(const RmsNormShape& shape) { return shape.rows * shape.stride; }

template <class T>
std::vector<T> without_gaps(const RmsNormShape& shape, const std::vector<T>& x) {
  std::vector<T> dense;
  for (int64_t row = 0; row < shape.rows; ++row)
    append(dense, part_of(x, row * shape.stride, shape.pieces * shape.cols));
  return dense;
}

template <class T>
Result<T> forward(const RmsNormShape& shape, const std::vector<T>& x, const std::vector<T>& w) {
  const DeviceArray<T> on_x(x), on_w(w), y(poisoned<T>(extent(shape)));
  const DeviceArray<float> rstd(poisoned<float>(shape.rows * shape.pieces));
  rmsnorm_forward<kCuda, T>(shape, on_x.data(), on_w.data(), y.data(), rstd.data(),
                            device_stream());
  return {y.host(), rstd.host()};
}

template <class T>
Result<T> backward(const RmsNormShape& shape, const std::vector<T>& dy, const std::vector<T>& x,
                   const std::vector<T>& w, const std::vector<float>& rstd, bool accumulate,
                   const std::vector<float>& dw) {
  const DeviceArray<T> on_dy(dy), on_x(x), on_w(w);
  const DeviceArray<T> dx(accumulate ? random_values<T>(extent(shape), "dx")
                                     : poisoned<T>(extent(shape)));
  const DeviceArray<float> on_rstd(rstd), on_dw(dw);
  rmsnorm_backward<kCuda, T>(shape, on_dy.data(), on_x.data(), on_w.data(), on_rstd.data(),
                             dx.data(), accumulate, on_dw.data(), device_stream());
  return {dx.host(), on_dw.host()};
}

TYPED_TEST(RmsNormCuda, ForwardAgreesWithDouble) {
  using T = TypeParam;
  for (const RmsNormShape& shape : kShapes) {
    const auto x = random_values<T>(extent(shape), "x"), w = random_values<T>(shape.cols, "w");
    std::vector<double> y(static_cast<size_t>(extent(shape))), rstd(y);
    rstd.resize(static_cast<size_t>(shape.rows * shape.pieces));
    rmsnorm_forward<kCpu, double>(shape, widen(x).data(), widen(w).data(), y.data(), rstd.data(),
                                  {});
    const auto found = forward(shape, x, w);
    expect_close(without_gaps(shape, found.of_rows), without_gaps(shape, y), tolerance<T>());
    expect_close(found.sums, rstd, 1e-6);
    for (int64_t row = 0; row < shape.rows; ++row) {
      const int64_t gap = shape.stride - shape.pieces * shape.cols;
      EXPECT_TRUE(
          same_bits(part_of(found.of_rows, (row + 1) * shape.stride - gap, gap), poisoned<T>(gap)));
    }
  }
}

TYPED_TEST(RmsNormCuda, BackwardAgreesWithDoubleAndDwHasTheCpusBits) {
  using T = TypeParam;
  for (const RmsNormShape& shape : kShapes) {
    for (const bool accumulate : {false, true}) {
      const auto x = random_values<T>(extent(shape), "x"), w = random_values<T>(shape.cols, "w");
      const auto dy = random_values<T>(extent(shape), "dy");
      const auto dw = random_values<float>(shape.cols, "dw");
      const auto rstd = forward(shape, x, w).sums;
      const auto found = backward(shape, dy, x, w, rstd, accumulate, dw);
      auto dx = widen(random_values<T>(extent(shape), "dx"));
      auto dw_wide = widen(dw);
      rmsnorm_backward<kCpu, double>(shape, widen(dy).data(), widen(x).data(), widen(w).data(),
                                     widen(rstd).data(), dx.data(), accumulate, dw_wide.data(), {});
      expect_close(without_gaps(shape, found.of_rows), without_gaps(shape, dx), tolerance<T>(), 3);
      expect_close(found.sums, dw_wide, 1e-5, 3);
      auto dx_cpu = random_values<T>(extent(shape), "dx");
      auto dw_cpu = dw;
      rmsnorm_backward<kCpu, T>(shape, dy.data(), x.data(), w.data(), rstd.data(), dx_cpu.data(),
                                accumulate, dw_cpu.data(), {});
      EXPECT_TRUE(same_bits(found.sums, dw_cpu));
    }
  }
}

TYPED_TEST(RmsNormCuda, InPlaceGivesTheSameBits) {
  using T = TypeParam;
  const auto shape = shape_of(4, 3, 70, 2);
  const auto x = random_values<T>(extent(shape), "x"), w = random_values<T>(shape.cols, "w");
  const auto dy = random_values<T>(extent(shape), "dy");
  const auto apart = forward(shape, x, w);
  const DeviceArray<T> on_x(x), on_w(w), on_dy(dy), in_place(x);
  const DeviceArray<float> rstd(poisoned<float>(12)), dw(std::vector<float>(70));
  rmsnorm_forward<kCuda, T>(shape, in_place.data(), on_w.data(), in_place.data(), rstd.data(),
                            device_stream());
  EXPECT_TRUE(same_bits(without_gaps(shape, in_place.host()), without_gaps(shape, apart.of_rows)));
  const auto grad = backward(shape, dy, x, w, apart.sums, false, std::vector<float>(70));
  rmsnorm_backward<kCuda, T>(shape, on_dy.data(), on_x.data(), on_w.data(), rstd.data(),
                             on_dy.data(), false, dw.data(), device_stream());
  EXPECT_TRUE(same_bits(without_gaps(shape, on_dy.host()), without_gaps(shape, grad.of_rows)));
  EXPECT_TRUE(same_bits(dw.host(), grad.sums));
}

TYPED_TEST(RmsNormCuda, RowsDoNotDependOnEachOtherNorTheGradientOnTheCut) {
  using T = TypeParam;
  const auto shape = shape_of(90, 1, 300, 0);
  const auto x = random_values<T>(extent(shape), "x"), w = random_values<T>(shape.cols, "w");
  const auto dy = random_values<T>(extent(shape), "dy");
  const auto y = same_in_all_orders([&] { return forward(shape, x, w).of_rows; });
  const auto rstd = forward(shape, x, w).sums;
  const std::vector<float> none(300);
  const auto dx =
      same_in_all_orders([&] { return backward(shape, dy, x, w, rstd, false, none).of_rows; });
  const auto dw =
      same_in_all_orders([&] { return backward(shape, dy, x, w, rstd, false, none).sums; });
  std::vector<float> cut = none;
  for (const auto& [begin, rows] : {std::pair<int64_t, int64_t>{0, 1}, {1, 60}, {61, 29}}) {
    const auto part = shape_of(rows, 1, 300, 0);
    const auto of = [&](const std::vector<T>& all) {
      return part_of(all, begin * 300, rows * 300);
    };
    EXPECT_TRUE(same_bits(forward(part, of(x), w).of_rows, of(y)));
    const auto grad = backward(part, of(dy), of(x), w, part_of(rstd, begin, rows), false, cut);
    EXPECT_TRUE(same_bits(grad.of_rows, of(dx)));
    cut = grad.sums;
  }
  EXPECT_TRUE(same_bits(cut, dw));
}

}  // namespace
}  // namespace r1::kernels
