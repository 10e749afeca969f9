// f32 gives the CPU's bits (a chain of fused multiply-adds an element); bf16 is held against f64,
// since tensor cores add the 16 products of a step in a way of their own.
#include "kernels/gemm.h"

#include "kernels/elementwise.h"

#include "tests/kernels/cuda/cuda_test.h"

namespace r1::kernels {
namespace {

template <class T>
class GemmCuda : public OnDevice {};
TYPED_TEST_SUITE(GemmCuda, Float32AndBf16);

constexpr int64_t kGap = 5;  // behind each row of y

const GemmShape kShapes[] = {{1, 1, 1},    {3, 7, 5},      {16, 128, 32}, {17, 130, 33},
                             {64, 40, 96}, {65, 136, 64},  {130, 8, 40},  {5, 300, 16},
                             {70, 129, 1}, {129, 64, 104}, {2, 33, 200}};

template <class T>
struct Data {
  GemmShape shape;
  std::vector<T> x, w, bias, dy;
  std::vector<float> dw, dbias;

  explicit Data(const GemmShape& s)
      : shape(s),
        x(random_values<T>(s.m * s.k, "x")),
        w(random_values<T>(s.n * s.k, "w")),
        bias(random_values<T>(s.n, "bias")),
        dy(random_values<T>(s.m * s.n, "dy")),
        dw(random_values<float>(s.n * s.k, "dw")),
        dbias(random_values<float>(s.n, "dbias")) {}

  // Rows [begin, begin + count) of x and dy.
  Data rows(int64_t begin, int64_t count) const {
    Data part = *this;
    part.shape.m = count;
    part.x = part_of(x, begin * shape.k, count * shape.k);
    part.dy = part_of(dy, begin * shape.n, count * shape.n);
    return part;
  }
  // As large as the sums of products may be, which is what their rounding is relative to.
  double floor(int64_t terms) const { return 1 + std::sqrt(static_cast<double>(terms)); }
};

template <class T, class TOut>
std::vector<TOut> forward(const Data<T>& d, bool with_bias, int64_t shift = 0) {
  const int64_t stride = d.shape.n + kGap;
  // Moved by `shift` elements, so that nothing is aligned.
  auto moved = std::vector<T>(static_cast<size_t>(shift));
  append(moved, d.x);
  const DeviceArray<T> x(moved), w(d.w), bias(d.bias);
  const DeviceArray<TOut> y(poisoned<TOut>(d.shape.m * stride));
  matmul_forward<kCuda, T, TOut>(d.shape, x.data() + shift, w.data(),
                                 with_bias ? bias.data() : nullptr, y.data(), stride,
                                 device_stream());
  std::vector<TOut> dense;
  const auto rows = y.host();
  for (int64_t row = 0; row < d.shape.m; ++row) {
    append(dense, part_of(rows, row * stride, d.shape.n));
    EXPECT_TRUE(same_bits(part_of(rows, row * stride + d.shape.n, kGap), poisoned<TOut>(kGap)));
  }
  return dense;
}

template <class T>
std::vector<T> backward_input(const Data<T>& d) {
  const DeviceArray<T> dy(d.dy), w(d.w), dx(poisoned<T>(d.shape.m * d.shape.k));
  matmul_backward_input<kCuda, T>(d.shape, dy.data(), w.data(), dx.data(), device_stream());
  return dx.host();
}

template <class T>
std::vector<float> backward_weight(const Data<T>& d, const std::vector<float>& start) {
  const DeviceArray<T> dy(d.dy), x(d.x);
  const DeviceArray<float> dw(start);
  matmul_backward_weight<kCuda, T>(d.shape, dy.data(), x.data(), dw.data(), device_stream());
  return dw.host();
}

template <class T>
std::vector<float> backward_bias(const Data<T>& d, const std::vector<float>& start) {
  const DeviceArray<T> dy(d.dy);
  const DeviceArray<float> dbias(start);
  bias_backward<kCuda, T>(d.shape, dy.data(), dbias.data(), device_stream());
  return dbias.host();
}

template <class T>
void forward_agrees(const Data<T>& d, bool with_bias) {
  std::vector<double> y(d.dy.size());
  const auto bias = widen(d.bias);
  matmul_forward<kCpu, double, double>(d.shape, widen(d.x).data(), widen(d.w).data(),
                                       with_bias ? bias.data() : nullptr, y.data(), d.shape.n, {});
  expect_close(forward<T, T>(d, with_bias), y, tolerance<T>(), d.floor(d.shape.k));
  if constexpr (std::is_same_v<T, Bf16>)
    expect_close(forward<T, float>(d, with_bias), y, 2e-6, d.floor(d.shape.k));
}
template <class T>
void backward_input_agrees(const Data<T>& d) {
  std::vector<double> dx(d.x.size());
  matmul_backward_input<kCpu, double>(d.shape, widen(d.dy).data(), widen(d.w).data(), dx.data(),
                                      {});
  expect_close(backward_input(d), dx, tolerance<T>(), d.floor(d.shape.n));
}
template <class T>
void backward_weight_agrees(const Data<T>& d) {
  auto dw = widen(d.dw);
  matmul_backward_weight<kCpu, double>(d.shape, widen(d.dy).data(), widen(d.x).data(), dw.data(),
                                       {});
  expect_close(backward_weight(d, d.dw), dw, 2e-6, d.floor(d.shape.m));
}

TYPED_TEST(GemmCuda, AgreesWithDouble) {
  using T = TypeParam;
  for (const GemmShape& shape : kShapes) {
    SCOPED_TRACE(::testing::Message() << shape.m << " x " << shape.n << " x " << shape.k);
    const Data<T> d(shape);
    for (const bool with_bias : {false, true}) forward_agrees(d, with_bias);
    backward_input_agrees(d);
    backward_weight_agrees(d);
    auto dbias = widen(d.dbias);
    bias_backward<kCpu, double>(shape, widen(d.dy).data(), dbias.data(), {});
    expect_close(backward_bias(d, d.dbias), dbias, 2e-6, d.floor(shape.m));
  }
}

// Results that are large enough for the tiles that a GPU is to be filled with.
TEST_F(OnDevice, GemmOfManyTilesAgreesWithDouble) {
  for (const GemmShape& shape : {GemmShape{16, 8200, 40}, {70, 8200, 24}, {1500, 1410, 40}})
    forward_agrees(Data<Bf16>(shape), true);
  backward_input_agrees(Data<Bf16>({1500, 40, 1410}));
  backward_weight_agrees(Data<Bf16>({40, 1500, 1410}));
}

TEST_F(OnDevice, GemmInFloatGivesTheCpusBits) {
  for (const GemmShape& shape : kShapes) {
    const Data<float> d(shape);
    std::vector<float> packed(
        static_cast<size_t>(packed_weight_size<kCpu, float>(shape.n, shape.k)));
    auto y = poisoned<float>(shape.m * shape.n), dx = poisoned<float>(shape.m * shape.k);
    pack_weight<kCpu, float>(shape.n, shape.k, d.w.data(), packed.data(), {});
    matmul_forward<kCpu, float, float>(shape, d.x.data(), packed.data(), d.bias.data(), y.data(),
                                       shape.n, {});
    matmul_backward_input<kCpu, float>(shape, d.dy.data(), d.w.data(), dx.data(), {});
    auto dw = d.dw;
    matmul_backward_weight<kCpu, float>(shape, d.dy.data(), d.x.data(), dw.data(), {});
    EXPECT_TRUE(same_bits((forward<float, float>(d, true)), y));
    EXPECT_TRUE(same_bits(backward_input(d), dx));
    EXPECT_TRUE(same_bits(backward_weight(d, d.dw), dw));
  }
}

TYPED_TEST(GemmCuda, BiasBackwardGivesTheCpusBits) {
  using T = TypeParam;
  for (const GemmShape& shape : {GemmShape{1, 1, 1}, {57, 33, 1}, {200, 70, 1}, {700, 33, 1}}) {
    const Data<T> d(shape);
    auto dbias = d.dbias;
    bias_backward<kCpu, T>(shape, d.dy.data(), dbias.data(), {});
    EXPECT_TRUE(same_bits(backward_bias(d, d.dbias), dbias));
  }
}

// Whatever tiles the number of rows leads to, and wherever in them a row lies.
TYPED_TEST(GemmCuda, RowsDoNotDependOnEachOther) {
  using T = TypeParam;
  const Data<T> all({150, 72, 80});
  const auto y = same_in_all_orders([&] { return forward<T, float>(all, true); });
  const auto dx = same_in_all_orders([&] { return backward_input(all); });
  for (const auto& [begin, count] :
       {std::pair<int64_t, int64_t>{0, 1}, {149, 1}, {3, 17}, {40, 64}, {7, 65}, {20, 129}}) {
    const auto part = all.rows(begin, count);
    EXPECT_TRUE(same_bits((forward<T, float>(part, true)), part_of(y, begin * 72, count * 72)));
    EXPECT_TRUE(same_bits(backward_input(part), part_of(dx, begin * 80, count * 80)));
  }
}

TEST_F(OnDevice, GemmRowsDoNotDependOnTheTilesOfManyRows) {
  const Data<Bf16> all({1500, 1410, 40});
  const auto y = forward<Bf16, float>(all, true);
  for (const auto& [begin, count] : {std::pair<int64_t, int64_t>{1499, 1}, {130, 65}, {700, 400}})
    EXPECT_TRUE(same_bits((forward<Bf16, float>(all.rows(begin, count), true)),
                          part_of(y, begin * 1410, count * 1410)));
}

TYPED_TEST(GemmCuda, ResidualsAreAddedAsInTwoSteps) {
  using T = TypeParam;
  for (const GemmShape& shape : kShapes) {
    const Data<T> d(shape);
    const DeviceArray<T> x(d.x), w(d.w), bias(d.bias), residual(d.dy);
    const DeviceArray<T> in_one(poisoned<T>(shape.m * shape.n)), in_two(d.dy);
    for (const T* with_bias :
         {static_cast<const T*>(nullptr), static_cast<const T*>(bias.data())}) {
      matmul_forward<kCuda, T, T>(shape, x.data(), w.data(), with_bias, in_two.data(), shape.n,
                                  device_stream());
      add_in_place<kCuda, T>(shape.m * shape.n, residual.data(), in_two.data(), device_stream());
      matmul_forward_add<kCuda, T>(shape, x.data(), w.data(), with_bias, residual.data(),
                                   in_one.data(), device_stream());
      EXPECT_TRUE(same_bits(in_one.host(), in_two.host()));
    }
    EXPECT_TRUE(same_bits(residual.host(), d.dy));
  }
}

TYPED_TEST(GemmCuda, AlignmentDoesNotMatter) {
  using T = TypeParam;
  const Data<T> d({70, 40, 64});
  EXPECT_TRUE(same_bits((forward<T, T>(d, true, 3)), (forward<T, T>(d, true, 0))));
}

// Micro-batches of multiples of 16 rows; the last may be any.
TYPED_TEST(GemmCuda, AGradientContinuesTheSumItFinds) {
  using T = TypeParam;
  for (const auto& [n, k] : {std::pair<int64_t, int64_t>{40, 33}, {130, 72}}) {
    const Data<T> all({117, n, k});
    const auto whole = same_in_all_orders([&] { return backward_weight(all, all.dw); });
    for (const std::vector<int64_t>& cut : {std::vector<int64_t>{16, 101}, {96, 16, 5}, {48, 69}}) {
      auto dw = all.dw, dbias = all.dbias;
      int64_t begin = 0;
      for (const int64_t count : cut) {
        dw = backward_weight(all.rows(begin, count), dw);
        dbias = backward_bias(all.rows(begin, count), dbias);
        begin += count;
      }
      EXPECT_TRUE(same_bits(dw, whole));
      EXPECT_TRUE(same_bits(dbias, backward_bias(all, all.dbias)));
    }
  }
}

}  // namespace
}  // namespace r1::kernels
