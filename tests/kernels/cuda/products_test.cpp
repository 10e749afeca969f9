// Products by cuBLASLt against f64: which matrix lies how, what is added, and what is left to our
// own kernels. With the emulated library it is the calls that are tested, with a GPU's the results.
#include <gtest/gtest.h>

#include "kernels/gemm.h"
#include "libr1/ops/cublas.h"
#include "tests/kernels/cuda/cuda_test.h"
#include "tests/unit/model/tiny_models.h"

namespace r1::kernels {
namespace {

using ops::Products;

// What of the products that it is asked for a library takes.
struct Counted : ProductLibrary {
  std::unique_ptr<ProductLibrary> library;
  mutable int asked = 0, taken = 0;

  bool multiply(const Product& product, const Stream& stream) const override {
    ++asked;
    const bool is_taken = library->multiply(product, stream);
    taken += is_taken ? 1 : 0;
    return is_taken;
  }
};

class Library : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    if (IsSkipped()) return;
    try {
      stream(Products::kFastest);
    } catch (const Error& error) {
      GTEST_SKIP() << testing::missing(error.what());
    }
  }

  Stream stream(Products products) {
    counted_.library = ops::product_library(products);
    counted_.asked = counted_.taken = 0;
    Stream stream = device_stream();
    stream.products = &counted_;
    return stream;
  }
  // Our own kernels give the same, so that only this tells whose products were tested.
  void expect_taken(int taken, int asked) const {
    EXPECT_EQ(counted_.taken, taken);
    EXPECT_EQ(counted_.asked, asked);
  }

 private:
  Counted counted_;
};

struct Matrices {
  GemmShape shape;
  std::vector<Bf16> x, w, bias, dy, residual;
  std::vector<float> dw;

  explicit Matrices(const GemmShape& s)
      : shape(s),
        x(random_values<Bf16>(s.m * s.k, "x")),
        w(random_values<Bf16>(s.n * s.k, "w")),
        bias(random_values<Bf16>(s.n, "bias")),
        dy(random_values<Bf16>(s.m * s.n, "dy")),
        residual(random_values<Bf16>(s.m * s.n, "residual")),
        dw(random_values<float>(s.n * s.k, "dw")) {}
};

double at(const std::vector<Bf16>& values, int64_t idx) {
  return static_cast<double>(to_float(values[static_cast<size_t>(idx)]));
}

// Sums of `terms` products with values around 1, and the result's rounding to bf16 or not.
template <class T>
double tolerance(int64_t terms) {
  const double size = 1 + std::sqrt(static_cast<double>(terms));
  return size * (std::is_same_v<T, Bf16> ? 0x1p-6 : 1e-5);
}

// expected(row, col) of a matrix [rows, cols] in rows `stride` apart.
template <class T, class Expected>
void expect_matrix(const std::vector<T>& found, int64_t rows, int64_t cols, int64_t stride,
                   int64_t terms, Expected expected) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t col = 0; col < cols; ++col)
      ASSERT_NEAR(static_cast<double>(widen(found[static_cast<size_t>(row * stride + col)])),
                  expected(row, col), tolerance<T>(terms))
          << row << " " << col;
}

const GemmShape kShapes[] = {{1, 8, 8}, {16, 128, 64}, {37, 24, 40}, {130, 72, 136}};
const Products kLibraries[] = {Products::kPinned, Products::kFastest};

TEST_F(Library, ForwardWithAndWithoutBias) {
  for (const Products products : kLibraries)
    for (const GemmShape& shape : kShapes) {
      const Matrices d(shape);
      const Stream on = stream(products);
      const auto product = [&](int64_t row, int64_t col) {
        double sum = 0;
        for (int64_t s = 0; s < shape.k; ++s)
          sum += at(d.x, row * shape.k + s) * at(d.w, col * shape.k + s);
        return sum;
      };
      const DeviceArray<Bf16> x(d.x), w(d.w), bias(d.bias), residual(d.residual);
      const int64_t stride = shape.n + 8;
      const DeviceArray<Bf16> y(poisoned<Bf16>(shape.m * stride));
      matmul_forward<kCuda, Bf16, Bf16>(shape, x.data(), w.data(), bias.data(), y.data(), stride,
                                        on);
      expect_matrix(y.host(), shape.m, shape.n, stride, shape.k,
                    [&](int64_t r, int64_t c) { return product(r, c) + at(d.bias, c); });
      const DeviceArray<float> logits(poisoned<float>(shape.m * stride));
      matmul_forward<kCuda, Bf16, float>(shape, x.data(), w.data(), nullptr, logits.data(), stride,
                                         on);
      expect_matrix(logits.host(), shape.m, shape.n, stride, shape.k, product);
      const DeviceArray<Bf16> sum(poisoned<Bf16>(shape.m * shape.n));
      matmul_forward_add<kCuda, Bf16>(shape, x.data(), w.data(), bias.data(), residual.data(),
                                      sum.data(), on);
      expect_matrix(sum.host(), shape.m, shape.n, shape.n, shape.k, [&](int64_t r, int64_t c) {
        return product(r, c) + at(d.bias, c) + at(d.residual, r * shape.n + c);
      });
      expect_taken(3, 3);
    }
}

TEST_F(Library, Gradients) {
  for (const Products products : kLibraries)
    for (const GemmShape& shape : kShapes) {
      const Matrices d(shape);
      const Stream on = stream(products);
      const DeviceArray<Bf16> x(d.x), w(d.w), dy(d.dy);
      const DeviceArray<Bf16> dx(poisoned<Bf16>(shape.m * shape.k));
      matmul_backward_input<kCuda, Bf16>(shape, dy.data(), w.data(), dx.data(), on);
      expect_matrix(dx.host(), shape.m, shape.k, shape.k, shape.n, [&](int64_t r, int64_t c) {
        double sum = 0;
        for (int64_t s = 0; s < shape.n; ++s)
          sum += at(d.dy, r * shape.n + s) * at(d.w, s * shape.k + c);
        return sum;
      });
      const DeviceArray<float> dw(d.dw);
      matmul_backward_weight<kCuda, Bf16>(shape, dy.data(), x.data(), dw.data(), on);
      expect_matrix(dw.host(), shape.n, shape.k, shape.k, shape.m, [&](int64_t r, int64_t c) {
        double sum = static_cast<double>(d.dw[static_cast<size_t>(r * shape.k + c)]);
        for (int64_t s = 0; s < shape.m; ++s)
          sum += at(d.dy, s * shape.n + r) * at(d.x, s * shape.k + c);
        return sum;
      });
      expect_taken(products == Products::kPinned ? 1 : 2, 2);
    }
}

// Of odd sizes, and of factors that begin anywhere, our own kernels make the products.
TEST_F(Library, LeavesWhatIsNotAligned) {
  for (const GemmShape& shape : {GemmShape{3, 7, 5}, {4, 8, 12}, {4, 12, 8}}) {
    const Matrices d(shape);
    const Stream on = stream(Products::kFastest);
    const DeviceArray<Bf16> x(d.x), w(d.w);
    std::vector<std::vector<Bf16>> results;
    for (const Stream& with : {on, device_stream()}) {
      const DeviceArray<Bf16> y(poisoned<Bf16>(shape.m * shape.n));
      matmul_forward<kCuda, Bf16, Bf16>(shape, x.data(), w.data(), nullptr, y.data(), shape.n,
                                        with);
      results.push_back(y.host());
    }
    EXPECT_TRUE(same_bits(results[0], results[1]));
  }
}

// What pinning is for, to be seen on a GPU: a row has its bits among any others.
TEST_F(Library, PinnedRowsDoNotDependOnEachOther) {
  const GemmShape shape{300, 136, 264};
  const Matrices d(shape);
  const Stream on = stream(Products::kPinned);
  const auto forward = [&](int64_t begin, int64_t rows) {
    const DeviceArray<Bf16> x(part_of(d.x, begin * shape.k, rows * shape.k)), w(d.w);
    const DeviceArray<Bf16> y(poisoned<Bf16>(rows * shape.n));
    matmul_forward<kCuda, Bf16, Bf16>({rows, shape.n, shape.k}, x.data(), w.data(), nullptr,
                                      y.data(), shape.n, on);
    return y.host();
  };
  const auto all = forward(0, shape.m);
  for (const auto& [begin, rows] :
       {std::pair<int64_t, int64_t>{0, 1}, {299, 1}, {5, 16}, {17, 130}})
    EXPECT_TRUE(same_bits(forward(begin, rows), part_of(all, begin * shape.n, rows * shape.n)))
        << begin << " " << rows;
}

// A whole model: its sizes are multiples of 8, as those of all real ones.
TEST_F(Library, AModelLearnsAsWithOurOwn) {
  ModelConfig config = testing::tiny_qwen2();
  config.vocab = 32;
  config.head_dim = 8;
  config.hidden = 32;
  config.intermediate = 24;
  const auto tokens = testing::random_sequences({5, 40, 2, 33}, config.vocab);
  std::vector<TrainSequence> sequences;
  for (const auto& ids : tokens) sequences.push_back({ids});
  std::vector<std::vector<double>> logprobs, gradients;
  for (const Products products : {Products::kOwn, Products::kPinned, Products::kFastest}) {
    Policy policy(config, {Dtype::kBf16, 96, 96, false, Device::kCuda, false, products}, {});
    testing::randomize(policy);
    auto& all = logprobs.emplace_back();
    for (const auto& of_sequence : policy.logprobs(sequences, 1))
      all.insert(all.end(), of_sequence.begin(), of_sequence.end());
    policy.zero_grads();
    policy.accumulate(
        sequences, 1,
        [](size_t, int64_t, std::span<const double>, std::span<const double>,
           std::span<double> dlogprob) { std::ranges::fill(dlogprob, -0.01); },
        [](int64_t, int64_t) {});
    gradients.push_back(testing::values_of(policy.grads().flat()));
  }
  const auto difference = [](const std::vector<double>& a, const std::vector<double>& b) {
    double squares = 0, size = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
      size += b[i] * b[i];
    }
    return std::sqrt(squares / size);
  };
  for (const size_t library : {1u, 2u}) {
    EXPECT_LT(difference(logprobs[library], logprobs[0]), 1e-2);
    EXPECT_LT(difference(gradients[library], gradients[0]), 3e-2);
    // The library was asked at all: it adds in another order.
    EXPECT_NE(gradients[library], gradients[0]);
  }
}

TEST_F(Library, OnACpuIsRefused) {
  EXPECT_THROW(Policy(testing::tiny_llama(),
                      {Dtype::kBf16, 96, 64, false, Device::kCpu, false, Products::kFastest}, {}),
               Error);
}

}  // namespace
}  // namespace r1::kernels
