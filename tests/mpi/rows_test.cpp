// What ranks that share a model do with each other's rows: over MPI, NCCL and emulated NCCL.
#include <gtest/gtest.h>

#include <vector>

#include "libr1/core/philox.h"
#include "libr1/tensor/flat_range.h"
#include "libr1/tensor/transfer.h"
#include "tests/mpi/device.h"

namespace r1 {
namespace {

using testing::kDevice;
using testing::kOnGpu;
using testing::world;

constexpr int64_t kColumns = 5;

class Rows : public ::testing::TestWithParam<Dtype> {
 protected:
  void SetUp() override {
    R1_SKIP_WITHOUT_DEVICE();
    if (kOnGpu && GetParam() == Dtype::kF64) GTEST_SKIP() << "f64 is not computed on GPUs";
    group_ = std::make_unique<testing::GroupOnDevice>(world());
  }
  ProcessGroup& group() { return **group_; }

  double rounded(double x) const {
    if (GetParam() == Dtype::kF64) return x;
    const auto narrow = static_cast<float>(x);
    return GetParam() == Dtype::kF32 ? narrow : to_float(to_bf16(narrow));
  }
  // Of a rank's element i, as the dtype holds it.
  double value(int rank, int64_t i) const {
    return rounded(Random(3, "rows").normal(static_cast<uint32_t>(rank), static_cast<uint32_t>(i)));
  }
  // In rank order, rounded as the contract says: bf16 once, at the end.
  double sum_of(int64_t i) const {
    double sum = value(0, i);
    for (int rank = 1; rank < world().size(); ++rank) {
      sum += value(rank, i);
      if (GetParam() != Dtype::kF64) sum = static_cast<float>(sum);
    }
    return rounded(sum);
  }
  Tensor tensor(const std::vector<double>& values, Shape shape) const {
    Tensor data(shape, GetParam(), kDevice);
    write_values(values, data, {});
    return data;
  }
  static std::vector<double> values_of(const TensorView& data) {
    std::vector<double> values(static_cast<size_t>(data.size()));
    read_values(data, values, {});
    return values;
  }
  std::vector<double> mine(int64_t count) const {
    std::vector<double> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(value(world().rank(), i));
    return values;
  }

 private:
  std::unique_ptr<testing::GroupOnDevice> group_;
};

// Also fewer rows than ranks.
constexpr int64_t kRows[] = {0, 1, 2, 3, 8, 301};

TEST_P(Rows, ReduceScatterSumsInRankOrder) {
  for (const int64_t rows : kRows) {
    const Tensor data = tensor(mine(rows * kColumns), {rows, kColumns});
    const FlatRange part = part_of(rows, world().rank(), world().size());
    const Tensor apart({part.count, kColumns}, GetParam(), kDevice);
    const TensorView in_place = data.view().rows(part.begin, part.count);
    group().reduce_scatter_rows(data, apart, "apart");
    group().reduce_scatter_rows(data, in_place, "in place");
    const auto found = values_of(apart);
    EXPECT_EQ(values_of(in_place), found);
    for (int64_t i = 0; i < part.count * kColumns; ++i)
      ASSERT_EQ(found[static_cast<size_t>(i)], sum_of(part.begin * kColumns + i)) << rows;
  }
}

TEST_P(Rows, AllGatherBringsTheOthersRows) {
  for (const int64_t rows : kRows) {
    const Tensor data = tensor(mine(rows * kColumns), {rows, kColumns});
    group().all_gather_rows(data, "gather");
    const auto found = values_of(data);
    for (int rank = 0; rank < world().size(); ++rank) {
      const FlatRange part = part_of(rows, rank, world().size());
      for (int64_t i = part.begin * kColumns; i < part.end() * kColumns; ++i)
        ASSERT_EQ(found[static_cast<size_t>(i)], value(rank, i)) << rows;
    }
  }
}

TEST_P(Rows, AllReduceIsBoth) {
  for (const int64_t count : {1, 2, 7, 1001}) {
    const Tensor data = tensor(mine(count), {count});
    group().all_reduce_sum(data, "sum");
    const auto found = values_of(data);
    for (int64_t i = 0; i < count; ++i) ASSERT_EQ(found[static_cast<size_t>(i)], sum_of(i));
  }
}

// (x / 2 + 1) / 2 + 2 ...: the order shows.
TEST_P(Rows, AddInTurnGoesFromRankToRank) {
  const Tensor data = tensor(std::vector<double>(33, 8.0), {33});
  int calls = 0;
  const auto add = [&] {
    auto values = values_of(data);
    for (double& x : values) x = rounded(x / 2 + world().rank() + 1);
    write_values(values, data, {});
    ++calls;
  };
  group().add_in_turn(data, add, "in turn");
  group().add_in_turn(data, add, "and on");
  double expected = 8;
  for (int round = 0; round < 2; ++round)
    for (int rank = 0; rank < world().size(); ++rank) expected = rounded(expected / 2 + rank + 1);
  EXPECT_EQ(values_of(data), std::vector<double>(33, expected));
  EXPECT_EQ(calls, 2);
}

INSTANTIATE_TEST_SUITE_P(Dtypes, Rows, ::testing::Values(Dtype::kF32, Dtype::kBf16, Dtype::kF64));

}  // namespace
}  // namespace r1
