// Kernels that compute each element alone, or add rows in order: the CPU's bits are expected, which
// are held against f64 in the tests beside.
#include "kernels/elementwise.h"

#include "kernels/adamw_bf16.h"
#include "kernels/embedding.h"
#include "kernels/rope.h"
#include "kernels/swiglu.h"
#include "tests/kernels/cuda/cuda_test.h"

namespace r1::kernels {
namespace {

template <class T>
class ElementwiseCuda : public OnDevice {};
TYPED_TEST_SUITE(ElementwiseCuda, Float32AndBf16);

// Values that T holds, and with them zeros, subnormals, infinities and NaN.
template <class T>
std::vector<T> all_kinds(int64_t count, std::string_view name) {
  auto values = random_values<T>(count, name, 3);
  const double kinds[] = {0.0, -0.0, 1e-40, -1e30, 90, -90, INFINITY, -INFINITY, NAN};
  for (size_t i = 0; i < std::size(kinds) && i * 7 < values.size(); ++i)
    values[i * 7] = rounded<T>(kinds[i]);
  return values;
}

// NaN equals NaN of any payload: hardware makes its own.
template <class T>
void expect_equal(const std::vector<T>& found, const std::vector<T>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(widen(expected[i])) && std::isnan(widen(found[i]))) continue;
    ASSERT_EQ(std::memcmp(&found[i], &expected[i], sizeof(T)), 0)
        << "at " << i << ": found " << widen(found[i]) << ", expected " << widen(expected[i]);
  }
}

TYPED_TEST(ElementwiseCuda, AddInPlaceGivesTheCpusBits) {
  using T = TypeParam;
  for (const int64_t count : {1, 31, 256, 257, 5000}) {
    const auto x = all_kinds<T>(count, "x");
    auto expected = all_kinds<T>(count, "y");
    const DeviceArray<T> on_x(x), on_y(expected);
    add_in_place<kCuda, T>(count, on_x.data(), on_y.data(), device_stream());
    add_in_place<kCpu, T>(count, x.data(), expected.data(), {});
    expect_equal(on_y.host(), expected);
    EXPECT_TRUE(same_bits(on_x.host(), x));
  }
}

template <class From, class To>
void expect_conversion(const std::vector<From>& x) {
  const auto count = static_cast<int64_t>(x.size());
  auto expected = poisoned<To>(count);
  convert<kCpu, From, To>(count, x.data(), expected.data(), {});
  const DeviceArray<From> on_x(x);
  const DeviceArray<To> on_y(poisoned<To>(count));
  convert<kCuda, From, To>(count, on_x.data(), on_y.data(), device_stream());
  expect_equal(on_y.host(), expected);
}

TEST_F(OnDevice, ConvertRoundsEveryKindOfFloatLikeTheCpu) {
  std::vector<float> x;
  for (uint32_t high = 0; high < 0x10000; ++high)
    for (const uint32_t low : {0x0u, 0x1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
      if (high % 16 < 2 || high % 64 > 60 || (high & 0x7fff) > 0x7f00)
        x.push_back(std::bit_cast<float>(high << 16 | low));
  expect_conversion<float, Bf16>(x);
  expect_conversion<float, float>(x);
  std::vector<Bf16> every;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) every.push_back({static_cast<uint16_t>(bits)});
  expect_conversion<Bf16, float>(every);
  expect_conversion<Bf16, Bf16>(every);
}

TEST_F(OnDevice, SumOfSquaresIsExactToDoubleInAnyOrderOfThreads) {
  for (const int64_t count : {1, 17, 4095, 4096, 4097, 30003}) {
    const auto x = random_values<float>(count, "x");
    double expected = 0;
    for (const float value : x) expected += double{value} * value;
    const DeviceArray<float> on_x(x);
    const auto found = same_in_all_orders([&] {
      const DeviceArray<double> blocks(poisoned<double>(num_square_blocks(count)));
      const DeviceArray<double> sum(poisoned<double>(1));
      sum_of_squares<kCuda, float>(count, on_x.data(), blocks.data(), sum.data(), device_stream());
      blocks.host();
      return sum.host();
    });
    EXPECT_NEAR(found[0], expected, 1e-13 * expected);
  }
}

TYPED_TEST(ElementwiseCuda, SwigluGivesTheCpusBits) {
  using T = TypeParam;
  for (const auto& [rows, cols] :
       {std::pair<int64_t, int64_t>{1, 1}, {3, 17}, {5, 256}, {2, 777}}) {
    const auto gate_up = all_kinds<T>(rows * 2 * cols, "gate_up");
    const auto dy = random_values<T>(rows * cols, "dy");
    auto y = poisoned<T>(rows * cols);
    auto dgate_up = poisoned<T>(rows * 2 * cols);
    swiglu_forward<kCpu, T>(rows, cols, gate_up.data(), y.data(), {});
    swiglu_backward<kCpu, T>(rows, cols, dy.data(), gate_up.data(), dgate_up.data(), {});
    const DeviceArray<T> on_gate_up(gate_up), on_dy(dy), on_y(poisoned<T>(rows * cols));
    swiglu_forward<kCuda, T>(rows, cols, on_gate_up.data(), on_y.data(), device_stream());
    expect_equal(on_y.host(), y);
    // In place, as the contract allows.
    swiglu_backward<kCuda, T>(rows, cols, on_dy.data(), on_gate_up.data(), on_gate_up.data(),
                              device_stream());
    expect_equal(on_gate_up.host(), dgate_up);
  }
}

TYPED_TEST(ElementwiseCuda, RopeGivesTheCpusBits) {
  using T = TypeParam;
  const std::vector<int32_t> positions = {0, 1, 17, 3, 40};
  for (const RopePairs pairs : {RopePairs::kHalfSplit, RopePairs::kInterleaved}) {
    for (const int64_t head_dim : {2, 6, 34, 64, 128}) {
      for (const int direction : {1, -1}) {
        const RopeShape shape{5, 3, head_dim, 3 * head_dim + 5, pairs};
        const auto cos_sin = random_values<float>(41 * head_dim, "cos_sin");
        auto x = random_values<T>(shape.rows * shape.stride, "x");
        const DeviceArray<T> on_x(x);
        const DeviceArray<int32_t> on_positions(positions);
        const DeviceArray<float> on_cos_sin(cos_sin);
        rope<kCuda, T>(shape, on_positions.data(), on_cos_sin.data(), direction, on_x.data(),
                       device_stream());
        rope<kCpu, T>(shape, positions.data(), cos_sin.data(), direction, x.data(), {});
        expect_equal(on_x.host(), x);
      }
    }
  }
}

std::vector<int32_t> ids_of(int64_t rows, int64_t vocab) {
  const Random random(3, "ids");
  std::vector<int32_t> ids;
  for (uint32_t r = 0; r < rows; ++r)
    ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab), r)));
  return ids;
}

TYPED_TEST(ElementwiseCuda, EmbeddingGivesTheCpusBits) {
  using T = TypeParam;
  for (const auto& [rows, cols] :
       {std::pair<int64_t, int64_t>{1, 1}, {37, 20}, {700, 33}, {9, 600}}) {
    for (const int64_t vocab : {1, 5, 1000}) {
      // Of more tokens than the table has; it begins at the second.
      const auto ids = ids_of(rows, vocab + 2);
      const TableRows part{1, vocab};
      const auto table = random_values<T>(vocab * cols, "table");
      const auto dy = random_values<T>(rows * cols, "dy");
      auto y = poisoned<T>(rows * cols);
      auto dtable = random_values<float>(vocab * cols, "dtable");
      const DeviceArray<int32_t> on_ids(ids);
      const DeviceArray<T> on_table(table), on_dy(dy), on_y(y);
      embedding_forward<kCuda, T>(rows, cols, on_ids.data(), part, on_table.data(), on_y.data(),
                                  device_stream());
      const auto found = same_in_all_orders([&] {
        const DeviceArray<float> on_dtable(dtable);
        embedding_backward<kCuda, T>(rows, cols, on_ids.data(), part, on_dy.data(),
                                     on_dtable.data(), device_stream());
        return on_dtable.host();
      });
      embedding_forward<kCpu, T>(rows, cols, ids.data(), part, table.data(), y.data(), {});
      embedding_backward<kCpu, T>(rows, cols, ids.data(), part, dy.data(), dtable.data(), {});
      expect_equal(on_y.host(), y);
      expect_equal(found, dtable);
    }
  }
}

TYPED_TEST(ElementwiseCuda, ScattersRowsAndLeavesTheOthers) {
  using T = TypeParam;
  for (const auto& [rows, cols] :
       {std::pair<int64_t, int64_t>{1, 1}, {37, 20}, {700, 33}, {9, 600}}) {
    const auto ids = distinct_ids(rows);
    const auto x = all_kinds<T>(rows * cols, "x");
    auto y = poisoned<T>(kManyIds * cols);
    const DeviceArray<int32_t> on_ids(ids);
    const DeviceArray<T> on_x(x);
    const auto found = same_in_all_orders([&] {
      const DeviceArray<T> on_y(y);
      scatter_rows<kCuda, T>(rows, cols, on_ids.data(), on_x.data(), on_y.data(), device_stream());
      return on_y.host();
    });
    scatter_rows<kCpu, T>(rows, cols, ids.data(), x.data(), y.data(), {});
    EXPECT_TRUE(same_bits(found, y)) << rows << " rows of " << cols;
  }
}

TYPED_TEST(ElementwiseCuda, SumsOfPartsAreTheCpus) {
  using T = TypeParam;
  for (const int64_t parts : {1, 2, 7})
    for (const int64_t count : {1, 255, 256, 1000}) {
      auto x = random_values<T>(parts * count, "x");
      const DeviceArray<T> on_x(x);
      // Into the last of the parts.
      sum_parts<kCuda, T>(parts, count, on_x.data(), on_x.data() + (parts - 1) * count,
                          device_stream());
      sum_parts<kCpu, T>(parts, count, x.data(), x.data() + (parts - 1) * count, {});
      expect_equal(on_x.host(), x);
    }
}

TEST_F(OnDevice, PlacesColumnsAndLeavesTheOthers) {
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{1, 1}, {7, 300}}) {
    const auto x = random_values<float>(rows * cols, "x");
    auto y = random_values<float>(rows * (cols + 9), "y");
    const DeviceArray<float> on_x(x), on_y(y);
    place_columns<kCuda, float>(rows, cols, on_x.data(), cols + 9, on_y.data() + 4,
                                device_stream());
    place_columns<kCpu, float>(rows, cols, x.data(), cols + 9, y.data() + 4, {});
    expect_equal(on_y.host(), y);
  }
}

TEST_F(OnDevice, AdamWGivesTheCpusBits) {
  AdamWStep step{3, 1e-2, 0.9, 0.999, 1e-8, 0.1, 0.5};
  for (const int64_t count : {1, 255, 256, 1000}) {
    const auto grad = random_values<float>(count, "grad", 1e-2);
    auto m = random_values<float>(count, "m", 1e-3);
    auto v = random_values<float>(count, "v", 1e-4);
    auto w = random_values<float>(count, "w");
    for (float& value : v) value = std::abs(value);
    const DeviceArray<float> on_grad(grad), on_m(m), on_v(v), on_w(w);
    adamw_update<kCuda, float>(step, count, on_grad.data(), on_m.data(), on_v.data(), on_w.data(),
                               device_stream());
    adamw_update<kCpu, float>(step, count, grad.data(), m.data(), v.data(), w.data(), {});
    expect_equal(on_m.host(), m);
    expect_equal(on_v.host(), v);
    expect_equal(on_w.host(), w);
  }
}

// Whole groups, pieces of groups at both ends, and less than one.
TEST_F(OnDevice, AdamWWithAMasterOfBf16GivesTheCpusBits) {
  const AdamWStep step{3, 1e-2, 0.9, 0.999, 1e-8, 0.1, 0.5};
  for (const int64_t first : {0, 3, 8, 1021}) {
    for (const int64_t count : {1, 4, 8, 255, 2056}) {
      const RandomRounding rounding{Random(5, "rounding").key(), 3, first};
      const auto grad = random_values<float>(count, "grad", 1e-2);
      auto m = random_values<float>(count, "m", 1e-3);
      auto v = random_values<float>(count, "v", 1e-4);
      auto w = random_values<Bf16>(count, "w");
      for (float& value : v) value = std::abs(value);
      const DeviceArray<float> on_grad(grad), on_m(m), on_v(v);
      const DeviceArray<Bf16> on_w(w);
      adamw_update<kCuda>(step, rounding, count, on_grad.data(), on_m.data(), on_v.data(),
                          on_w.data(), device_stream());
      adamw_update<kCpu>(step, rounding, count, grad.data(), m.data(), v.data(), w.data(), {});
      expect_equal(on_m.host(), m);
      expect_equal(on_v.host(), v);
      expect_equal(on_w.host(), w);
    }
  }
}

}  // namespace
}  // namespace r1::kernels
