#include "kernels/gemm.h"

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

template <class T>
class Gemm : public ::testing::Test {};
TYPED_TEST_SUITE(Gemm, Float32AndBf16);

// Every edge of tiles, panels and blocks: rows around 3, 14, 112; columns around 32; k around 256.
const GemmShape kShapes[] = {{1, 1, 1},     {1, 33, 17},   {2, 64, 64},  {3, 129, 257},
                             {4, 31, 5},    {7, 32, 256},  {14, 96, 48}, {15, 100, 33},
                             {37, 16, 511}, {113, 65, 64}, {226, 40, 31}};

template <class T>
std::vector<T> pack(int64_t n, int64_t k, const std::vector<T>& w, Stream stream = {}) {
  // Aligned as the arena aligns it.
  std::vector<T> packed(static_cast<size_t>(packed_weight_size<kCpu, T>(n, k)) + 64);
  pack_weight<kCpu, T>(n, k, w.data(), packed.data(), stream);
  return packed;
}

template <class T, class TOut = T>
std::vector<TOut> forward(const GemmShape& s, const std::vector<T>& x, const std::vector<T>& w,
                          const std::vector<T>& bias, int64_t stride, Stream stream = {}) {
  auto y = poisoned<TOut>(s.m * stride);
  const auto packed = pack(s.n, s.k, w, stream);
  matmul_forward<kCpu, T, TOut>(s, x.data(), packed.data(), bias.empty() ? nullptr : bias.data(),
                                y.data(), stride, stream);
  return y;
}

// Sums of k products of numbers near 1: the error grows with sqrt(k).
template <class T>
double sum_tolerance(int64_t k) {
  return (std::is_same_v<T, Bf16> ? 0x1p-8 : 0) + 3e-7 * std::sqrt(static_cast<double>(k)) + 2e-6;
}

TYPED_TEST(Gemm, ForwardAgreesWithReference) {
  using T = TypeParam;
  for (const GemmShape& s : kShapes) {
    const auto x = random_values<T>(s.m * s.k, "x"), w = random_values<T>(s.n * s.k, "w");
    const auto bias = random_values<T>(s.n, "bias");
    for (const bool has_bias : {false, true}) {
      SCOPED_TRACE(testing::Message() << s.m << " x " << s.n << " x " << s.k << " " << has_bias);
      const std::vector<T> b = has_bias ? bias : std::vector<T>{};
      const auto expected = forward<double>(s, widen(x), widen(w), widen(b), s.n);
      const auto y = forward<T>(s, x, w, b, s.n);
      expect_close(y, expected, sum_tolerance<T>(s.k), std::sqrt(static_cast<double>(s.k)));
    }
  }
}

TYPED_TEST(Gemm, ForwardIntoAWiderMatrixLeavesTheRestAlone) {
  using T = TypeParam;
  const GemmShape s{5, 33, 20};
  const auto x = random_values<T>(s.m * s.k, "x"), w = random_values<T>(s.n * s.k, "w");
  const auto narrow = forward<T>(s, x, w, {}, s.n), wide = forward<T>(s, x, w, {}, s.n + 3);
  const auto poison = poisoned<T>(1);
  for (int64_t i = 0; i < s.m; ++i) {
    const auto row = wide.begin() + i * (s.n + 3);
    EXPECT_TRUE(
        same_bits(std::vector<T>(row, row + s.n),
                  std::vector<T>(narrow.begin() + i * s.n, narrow.begin() + (i + 1) * s.n)));
    for (int64_t j = 0; j < 3; ++j)
      EXPECT_TRUE(same_bits(std::vector<T>{*(row + s.n + j)}, poison));
  }
}

TYPED_TEST(Gemm, LogitsComeInF32) {
  using T = TypeParam;
  const GemmShape s{9, 65, 77};
  const auto x = random_values<T>(s.m * s.k, "x"), w = random_values<T>(s.n * s.k, "w");
  const auto expected = forward<double>(s, widen(x), widen(w), {}, s.n);
  expect_close(forward<T, float>(s, x, w, {}, s.n), expected, 1e-5, 9);
}

TYPED_TEST(Gemm, ARowDoesNotDependOnTheOthers) {
  using T = TypeParam;
  const GemmShape s{130, 70, 300};
  const auto x = random_values<T>(s.m * s.k, "x"), w = random_values<T>(s.n * s.k, "w");
  const auto bias = random_values<T>(s.n, "bias");
  const auto whole =
      same_on_all_threads([&](Stream stream) { return forward<T>(s, x, w, bias, s.n, stream); });
  for (const int64_t rows : {1, 2, 3, 4, 5, 13, 14, 15, 64}) {
    for (int64_t begin = 0; begin < s.m; begin += rows) {
      const int64_t count = std::min(rows, s.m - begin);
      const std::vector<T> part(x.begin() + begin * s.k, x.begin() + (begin + count) * s.k);
      const auto y = forward<T>({count, s.n, s.k}, part, w, bias, s.n);
      ASSERT_TRUE(same_bits(
          y, std::vector<T>(whole.begin() + begin * s.n, whole.begin() + (begin + count) * s.n)))
          << "rows " << begin << " to " << begin + count;
    }
  }
}

TYPED_TEST(Gemm, BackwardInputAgreesWithReference) {
  using T = TypeParam;
  for (const GemmShape& s : kShapes) {
    SCOPED_TRACE(testing::Message() << s.m << " x " << s.n << " x " << s.k);
    const auto dy = random_values<T>(s.m * s.n, "dy"), w = random_values<T>(s.n * s.k, "w");
    auto expected = poisoned<double>(s.m * s.k);
    matmul_backward_input<kCpu>(s, widen(dy).data(), widen(w).data(), expected.data(), {});
    const auto dx = same_on_all_threads([&](Stream stream) {
      auto out = poisoned<T>(s.m * s.k);
      matmul_backward_input<kCpu>(s, dy.data(), w.data(), out.data(), stream);
      return out;
    });
    expect_close(dx, expected, sum_tolerance<T>(s.n), std::sqrt(static_cast<double>(s.n)));
  }
}

TYPED_TEST(Gemm, BackwardWeightAgreesWithReferenceAndAccumulates) {
  using T = TypeParam;
  for (const GemmShape& s : kShapes) {
    SCOPED_TRACE(testing::Message() << s.m << " x " << s.n << " x " << s.k);
    const auto dy = random_values<T>(s.m * s.n, "dy"), x = random_values<T>(s.m * s.k, "x");
    const auto start = random_values<float>(s.n * s.k, "dw");
    auto expected = widen(start);
    matmul_backward_weight<kCpu>(s, widen(dy).data(), widen(x).data(), expected.data(), {});
    const auto dw = same_on_all_threads([&](Stream stream) {
      auto out = start;
      matmul_backward_weight<kCpu>(s, dy.data(), x.data(), out.data(), stream);
      return out;
    });
    expect_close(dw, expected, sum_tolerance<float>(s.m), std::sqrt(static_cast<double>(s.m)));
  }
}

TYPED_TEST(Gemm, BackwardWeightDoesNotDependOnTheCut) {
  using T = TypeParam;
  const GemmShape s{300, 33, 40};
  const auto dy = random_values<T>(s.m * s.n, "dy"), x = random_values<T>(s.m * s.k, "x");
  std::vector<float> whole(static_cast<size_t>(s.n * s.k));
  std::vector<float> whole_bias(static_cast<size_t>(s.n));
  matmul_backward_weight<kCpu>(s, dy.data(), x.data(), whole.data(), {});
  bias_backward<kCpu>(s, dy.data(), whole_bias.data(), {});
  for (const int64_t rows : {2, 4, 14, 128, 256, 298}) {
    std::vector<float> dw(whole.size()), dbias(whole_bias.size());
    for (int64_t begin = 0; begin < s.m; begin += rows) {
      const GemmShape part{std::min(rows, s.m - begin), s.n, s.k};
      matmul_backward_weight<kCpu>(part, dy.data() + begin * s.n, x.data() + begin * s.k, dw.data(),
                                   {});
      bias_backward<kCpu>(part, dy.data() + begin * s.n, dbias.data(), {});
    }
    EXPECT_TRUE(same_bits(dw, whole)) << rows << " rows a call";
    EXPECT_TRUE(same_bits(dbias, whole_bias)) << rows << " rows a call";
  }
}

TYPED_TEST(Gemm, BiasBackwardSumsRows) {
  using T = TypeParam;
  for (const int64_t n : kOddSizes) {
    const GemmShape s{19, n, 1};
    const auto dy = random_values<T>(s.m * n, "dy");
    const auto start = random_values<float>(n, "dbias");
    auto expected = widen(start);
    bias_backward<kCpu>(s, widen(dy).data(), expected.data(), {});
    const auto dbias = same_on_all_threads([&](Stream stream) {
      auto out = start;
      bias_backward<kCpu>(s, dy.data(), out.data(), stream);
      return out;
    });
    expect_close(dbias, expected, 2e-6, 5);
  }
}

TEST(GemmReference, GradientsAgreeWithFiniteDifferences) {
  const GemmShape s{3, 4, 5};
  const auto x = random_values<double>(s.m * s.k, "x"), w = random_values<double>(s.n * s.k, "w");
  const auto bias = random_values<double>(s.n, "bias"), dy = random_values<double>(s.m * s.n, "dy");
  std::vector<double> dx(x.size()), dw(w.size()), dbias(bias.size());
  matmul_backward_input<kCpu>(s, dy.data(), w.data(), dx.data(), {});
  matmul_backward_weight<kCpu>(s, dy.data(), x.data(), dw.data(), {});
  bias_backward<kCpu>(s, dy.data(), dbias.data(), {});
  expect_gradient([&](const auto& v) { return dot(dy, forward<double>(s, v, w, bias, s.n)); }, x,
                  dx);
  expect_gradient([&](const auto& v) { return dot(dy, forward<double>(s, x, v, bias, s.n)); }, w,
                  dw);
  expect_gradient([&](const auto& v) { return dot(dy, forward<double>(s, x, w, v, s.n)); }, bias,
                  dbias);
}

}  // namespace
}  // namespace r1::kernels
