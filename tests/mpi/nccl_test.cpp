#include "libr1/parallel/nccl_group.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "libr1/core/error.h"
#include "libr1/core/philox.h"
#include "tests/mpi/device.h"

namespace r1 {
namespace {

using testing::world;

class Nccl : public ::testing::Test {
 protected:
  void SetUp() override {
    R1_SKIP_WITHOUT_DEVICE();
    group_ = nccl_group(world(), {}, 60);
  }
  std::unique_ptr<ProcessGroup> group_;
};

float value_of(int rank, int64_t i) {
  return static_cast<float>(
      Random(3, "values").normal(static_cast<uint32_t>(rank), static_cast<uint32_t>(i)));
}

Tensor on_gpu(const std::vector<float>& values) {
  Tensor tensor({static_cast<int64_t>(values.size())}, Dtype::kF32, Device::kCuda);
  gpu::copy(values.data(), tensor.view().bytes, tensor.view().size_in_bytes(), {});
  gpu::synchronize({});
  return tensor;
}

std::vector<float> on_host(const TensorView& view) {
  std::vector<float> values(static_cast<size_t>(view.size()));
  gpu::copy(view.bytes, values.data(), view.size_in_bytes(), {});
  gpu::synchronize({});
  return values;
}

TEST_F(Nccl, ReducesInRankOrderAndGathers) {
  const int size = world().size();
  for (const int64_t slice : {1, 7, 1000, 100'003}) {
    std::vector<float> bucket;
    for (int64_t i = 0; i < slice * size; ++i) bucket.push_back(value_of(world().rank(), i));
    const Tensor all = on_gpu(bucket), mine({slice}, Dtype::kF32, Device::kCuda);
    group_->start_reduce_scatter(all, mine, "reduce")->wait();
    const auto sums = on_host(mine);
    for (int64_t i = 0; i < slice; ++i) {
      float expected = value_of(0, world().rank() * slice + i);  // to the last bit
      for (int rank = 1; rank < size; ++rank)
        expected += value_of(rank, world().rank() * slice + i);
      ASSERT_EQ(sums[static_cast<size_t>(i)], expected);
    }
    group_->start_all_gather(mine, all, "gather")->wait();
    const auto gathered = on_host(all);
    const int64_t at = world().rank() * slice;
    EXPECT_EQ(std::vector<float>(gathered.begin() + at, gathered.begin() + at + slice), sums);
  }
}

// Started by a test of its own, which reads what is said: rank 0 ends in its wait for the GPU.
TEST_F(Nccl, DISABLED_AMissingRankEndsTheJob) {
  const auto group = nccl_group(world(), {}, 1);
  if (world().rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(60));
  const Tensor data = on_gpu({1, 2, 3});
  group->all_reduce_sum(data, "a sum");
  on_host(data);
}

// The same: an error of rank 0 is said at once, though its peer comes to no end of a communicator.
TEST_F(Nccl, DISABLED_AnErrorOfOneRankIsSaid) {
  auto failing = nccl_group(world(), {}, 45), unwound = nccl_group(world(), {}, 45);
  if (world().rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(60));
  std::vector<float> host(3);
  TensorView rows = view_of(host.data(), {3});
  rows.device = Device::kCuda;  // which NCCL finds out
  try {
    const auto group = std::move(failing);
    group->all_gather_rows(rows, "a gather");
  } catch (const Error& error) {
    std::fprintf(stderr, "said: %s\n", error.what());
  }
  try {
    const auto group = std::move(unwound);
    throw_error(Fault::kRun, "the disk is full");
  } catch (const Error& error) {
    std::fprintf(stderr, "and: %s\n", error.what());
  }
  std::_Exit(70);
}

TEST_F(Nccl, TensorsOfTheCpuGoOverMpi) {
  std::vector<float> bucket(static_cast<size_t>(world().size()), 1.0f), mine(1);
  group_
      ->start_reduce_scatter(view_of(bucket.data(), {world().size()}), view_of(mine.data(), {1}),
                             "on the CPU")
      ->wait();
  EXPECT_EQ(mine[0], static_cast<float>(world().size()));
}

}  // namespace
}  // namespace r1
