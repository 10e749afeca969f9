// The emulation finds what it is there to find: kernels with one planted fault each.
#include <gmock/gmock.h>

#include "kernels/cuda/math.h"
#include "libr1/core/error.h"
#include "tests/kernels/cuda/device_array.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 64;

// Every thread writes its word and reads its neighbour's.
struct Steps {
  bool barrier_before_read = true;
  bool barrier_before_rewrite = true;
};
void pass_around(Steps steps, int* out) {
  const SharedArray<int> words = shared_array<int>(0);
  const int thread = static_cast<int>(threadIdx.x);
  words[thread] = thread;
  if (steps.barrier_before_read) __syncthreads();
  const int left = words[(thread + 1) % kThreads];
  if (steps.barrier_before_rewrite) __syncthreads();
  words[thread] = left + 100;
  __syncthreads();
  out[thread] = words[(thread + 1) % kThreads];
}

// The same within a warp.
void pass_in_warp(Steps steps, int* out) {
  const SharedArray<int> words = shared_array<int>(0);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32 * 32;
  words[thread] = thread;
  if (steps.barrier_before_read) __syncwarp();
  const int left = words[warp + (thread + 1) % 32];
  if (steps.barrier_before_rewrite) __syncwarp();
  words[thread] = left + 100;
  __syncwarp();
  out[thread] = words[warp + (thread + 1) % 32];
}

template <class Kernel, class... Args>
std::string fault_of(Kernel kernel, int64_t bytes, Args... args) {
  for (uint64_t seed = 1; seed < 4; ++seed) {
    cuda_emulation::set_seed(seed);
    try {
      launch("planted", kernel, {2}, kThreads, bytes, {}, args...);
      gpu::synchronize({});
    } catch (const Error& error) {
      return error.what();
    }
  }
  return "";
}

using ::testing::AnyOf;
using ::testing::HasSubstr;

TEST(Emulation, RunsCorrectKernels) {
  const DeviceArray<int> out{std::vector<int>(kThreads)};
  EXPECT_EQ(fault_of(pass_around, kThreads * 4, Steps{}, out.data()), "");
  auto found = out.host();
  for (int i = 0; i < kThreads; ++i) EXPECT_EQ(found[static_cast<size_t>(i)], (i + 2) % 64 + 100);
  EXPECT_EQ(fault_of(pass_in_warp, kThreads * 4, Steps{}, out.data()), "");
  found = out.host();
  for (int i = 0; i < kThreads; ++i)
    EXPECT_EQ(found[static_cast<size_t>(i)], i / 32 * 32 + (i + 2) % 32 + 100);
}

TEST(Emulation, FindsEachMissingBarrier) {
  const DeviceArray<int> out{std::vector<int>(kThreads)};
  for (const Steps steps : {Steps{false, true}, Steps{true, false}}) {
    // Without the first barrier it depends on the order which of the two is met with.
    const auto fault = AnyOf(HasSubstr("no barrier between"), HasSubstr("never written"));
    EXPECT_THAT(fault_of(pass_around, kThreads * 4, steps, out.data()), fault);
    EXPECT_THAT(fault_of(pass_in_warp, kThreads * 4, steps, out.data()), fault);
  }
}

// A warp's barrier orders nothing for the other warps, and a shuffle orders no memory.
void warp_barrier_for_a_block(int* out) {
  const SharedArray<int> words = shared_array<int>(0);
  words[threadIdx.x] = 1;
  __syncthreads();
  words[threadIdx.x] = 2;
  __syncwarp();
  out[threadIdx.x] = words[(threadIdx.x + 32) % kThreads];
}
void shuffle_for_a_barrier(int* out) {
  const SharedArray<int> words = shared_array<int>(0);
  words[threadIdx.x] = 1;
  __shfl_xor_sync(kAllLanes, 1, 1);
  out[threadIdx.x] = words[threadIdx.x ^ 1];
}
TEST(Emulation, FindsBarriersThatAreTooWeak) {
  const DeviceArray<int> out{std::vector<int>(kThreads)};
  for (const auto kernel : {warp_barrier_for_a_block, shuffle_for_a_barrier})
    EXPECT_THAT(fault_of(kernel, kThreads * 4, out.data()), HasSubstr("no barrier between"));
}

void read_unwritten(int* out) {
  const SharedArray<int> words = shared_array<int>(0);
  if (threadIdx.x != 7) words[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = words[(threadIdx.x + 1) % kThreads];
}
TEST(Emulation, FindsReadsOfWhatWasNeverWrittenAndOutside) {
  const DeviceArray<int> out{std::vector<int>(kThreads)};
  EXPECT_THAT(fault_of(read_unwritten, kThreads * 4, out.data()), HasSubstr("never written"));
  EXPECT_THAT(fault_of(pass_around, kThreads * 4 - 4, Steps{}, out.data()), HasSubstr("outside"));
}

void half_a_block() {
  if (threadIdx.x < 32) __syncthreads();
}
void half_a_warp() {
  if (threadIdx.x % 2) __syncwarp();
}
void different_barriers() {
  if (threadIdx.x % 2)
    __syncwarp();
  else
    __ballot_sync(kAllLanes, true);
}
TEST(Emulation, FindsBarriersThatNotAllComeTo) {
  EXPECT_THAT(fault_of(half_a_block, 0), HasSubstr("never come"));
  EXPECT_THAT(fault_of(half_a_warp, 0), HasSubstr("never come"));
  EXPECT_THAT(fault_of(different_barriers, 0), HasSubstr("where other threads wait"));
  const DeviceArray<int> out{std::vector<int>(kThreads)};  // and goes on after faults
  EXPECT_EQ(fault_of(pass_around, kThreads * 4, Steps{}, out.data()), "");
}

void collectives(int* out) {
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  const SharedArray<double> scratch = shared_array<double>(0);
  out[0 * kThreads + thread] = __shfl_sync(kAllLanes, thread, (lane + 5) % 32);
  out[1 * kThreads + thread] = __shfl_xor_sync(kAllLanes, thread, 3);
  out[2 * kThreads + thread] = static_cast<int>(__ballot_sync(kAllLanes, lane == 1 || lane == 4));
  out[3 * kThreads + thread] = __syncthreads_or(thread == 40);
  out[4 * kThreads + thread] = __syncthreads_or(thread > 100);
  out[5 * kThreads + thread] = static_cast<int>(block_sum(static_cast<double>(thread), scratch));
}
TEST(Emulation, CollectivesGiveWhatTheyShould) {
  const DeviceArray<int> on_device{std::vector<int>(6 * kThreads)};
  ASSERT_EQ(fault_of(collectives, 32 * 8, on_device.data()), "");
  const auto out = on_device.host();
  for (int i = 0; i < kThreads; ++i) {
    const auto at = [&](int row) { return out[static_cast<size_t>(row * kThreads + i)]; };
    EXPECT_EQ(at(0), i / 32 * 32 + (i + 5) % 32);
    EXPECT_EQ(at(1), i ^ 3);
    EXPECT_EQ(at(2), 18);
    EXPECT_EQ(at(3), 1);
    EXPECT_EQ(at(4), 0);
    EXPECT_EQ(at(5), kThreads * (kThreads - 1) / 2);
  }
}

// Every thread brings four words, which its neighbour reads, and then others to the same place.
struct CopySteps {
  bool wait = true;
  bool barrier_after_wait = true;
  bool barrier_before_refill = true;
  bool wait_at_end = true;
};
void bring(CopySteps steps, const uint32_t* in, uint32_t* out) {
  const SharedArray<uint32_t> words = shared_array<uint32_t>(0);
  const int thread = static_cast<int>(threadIdx.x), next = (thread + 1) % kThreads;
  start_copy(words + thread * 4, in + thread * 4, thread % 17);
  end_copy_group();
  end_copy_group();
  if (steps.wait) wait_for_copies<1>();
  if (steps.barrier_after_wait) __syncthreads();
  for (int i = 0; i < 4; ++i) out[thread * 4 + i] = words[next * 4 + i];
  if (steps.barrier_before_refill) __syncthreads();
  start_copy(words + thread * 4, in, 16);
  end_copy_group();
  if (steps.wait_at_end) wait_for_copies<0>();
}
TEST(Emulation, MakesCopiesWhenTheyAreWaitedFor) {
  std::vector<uint32_t> values(4 * kThreads);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint32_t>(0x01020304 + i);
  const DeviceArray<uint32_t> in{values}, out{values};
  const auto fault = [&](CopySteps steps) {
    return fault_of(bring, kThreads * 16, steps, static_cast<const uint32_t*>(in.data()),
                    out.data());
  };
  EXPECT_EQ(fault({}), "");
  const auto found = out.host();
  std::vector<uint32_t> expected(4);
  for (size_t thread = 0; thread < kThreads; ++thread) {
    const size_t of = (thread + 1) % kThreads;
    expected.assign(4, 0);  // behind what is copied
    std::memcpy(expected.data(), &values[of * 4], of % 17);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), &found[thread * 4])) << thread;
  }
  const auto race = HasSubstr("no barrier between");
  EXPECT_THAT(fault({.barrier_after_wait = false}), AnyOf(race, HasSubstr("never written")));
  EXPECT_THAT(fault({.barrier_before_refill = false}), race);
  EXPECT_THAT(fault({.wait_at_end = false}), HasSubstr("on their way"));
  EXPECT_THAT(fault({.wait = false, .barrier_before_refill = false}), race);
  fault({.wait = false});
  EXPECT_EQ(out.host()[0], 0xffffffff);  // a NaN, whatever 16-bit type it is read as
}

// Matrices of elements 100 i + 10 row + column, 16 bytes a row.
void load_both_ways(uint32_t* out) {
  const SharedArray<uint32_t> words = shared_array<uint32_t>(0);
  const auto lane = static_cast<uint32_t>(threadIdx.x) % 32, base = lane / 8 * 100 + lane % 8 * 10;
  for (uint32_t i = 0; i < 4; ++i) words[lane * 4 + i] = (base + 2 * i + 1) << 16 | (base + 2 * i);
  __syncwarp();
  uint32_t plain[4], transposed[4];
  load_matrices(words + lane * 4, plain);
  load_transposed(words + lane * 4, transposed);
  for (uint32_t i = 0; i < 4; ++i) out[lane * 8 + i] = plain[i];
  for (uint32_t i = 0; i < 4; ++i) out[lane * 8 + 4 + i] = transposed[i];
}
TEST(Emulation, LoadsMatricesAsFragments) {
  const DeviceArray<uint32_t> on_device{std::vector<uint32_t>(32 * 8)};
  launch("matrices", load_both_ways, {1}, 32, 32 * 16, {}, on_device.data());
  gpu::synchronize({});
  const auto out = on_device.host();
  for (uint32_t lane = 0; lane < 32; ++lane)
    for (uint32_t i = 0; i < 4; ++i) {
      const uint32_t low = i * 100 + lane / 4 * 10 + lane % 4 * 2;
      EXPECT_EQ(out[lane * 8 + i], (low + 1) << 16 | low);
      const uint32_t across = i * 100 + lane % 4 * 2 * 10 + lane / 4;
      EXPECT_EQ(out[lane * 8 + 4 + i], (across + 10) << 16 | across);
    }
}

void write_one(int* out) { *out = 1; }
TEST(Emulation, KeepsTheMemoriesOfHostAndDeviceApart) {
  int on_host = 0;
  EXPECT_THAT(fault_of(write_one, 0, &on_host), HasSubstr("memory of the host"));
  const DeviceArray<int> on_device{std::vector<int>{0}};
  EXPECT_EQ(fault_of(write_one, 0, on_device.data()), "");
  EXPECT_EQ(on_device.host()[0], 1);
  EXPECT_DEATH(*on_device.data() = 2, "");
  const auto write_behind = [&] {
    launch("planted", write_one, {1}, 32, 0, {}, on_device.data() + 1);
    gpu::synchronize({});
  };
  EXPECT_DEATH(write_behind(), "");
}

TEST(Emulation, WorkIsDoneWhenItIsWaitedFor) {
  const DeviceArray<int> on_device{std::vector<int>{5}};
  int on_host = 0;
  gpu::copy(on_device.data(), &on_host, sizeof on_host, {});
  EXPECT_EQ(on_host, 0);
  gpu::synchronize({});
  EXPECT_EQ(on_host, 5);
}

void add_one(int* x) { *x += 1; }
TEST(Emulation, RecordsWorkAndRunsItAsOftenAsWanted) {
  const DeviceArray<int> x{std::vector<int>{5}};
  const auto record = [&](auto body) { return gpu::Graph({}, body); };
  {
    const gpu::Graph twice({}, [&] {
      launch("add", add_one, {1}, 32, 0, {}, x.data());
      launch("add", add_one, {1}, 32, 0, {}, x.data());
    });
    EXPECT_EQ(x.host()[0], 5);
    twice.run({});
    twice.run({});
    EXPECT_EQ(x.host()[0], 5 + 4 * 32);
  }
  int on_host = 0;
  EXPECT_THROW(record([&] { gpu::copy(&on_host, x.data(), 4, {}); }), Error);
  EXPECT_THROW(record([&] { gpu::upload(&on_host, x.data(), 4, {}); }), Error);
  EXPECT_THROW(record([&] { gpu::take(4, {}); }), Error);
  EXPECT_THROW(record([&] { gpu::synchronize({}); }), Error);
  EXPECT_EQ(x.host()[0], 5 + 4 * 32);  // and goes on after refusals
}

TEST(Emulation, UploadsWhatTheHostHeldAtTheCall) {
  const DeviceArray<int> x{std::vector<int>{5}};
  int on_host = 6;
  gpu::upload(&on_host, x.data(), sizeof on_host, {});
  on_host = 7;
  EXPECT_EQ(x.host()[0], 6);
}

void fill_nothing() {}
TEST(Emulation, RefusesImpossibleLaunches) {
  const auto refused = [](const Grid& grid, int threads, int64_t bytes) {
    try {
      launch("planted", fill_nothing, grid, threads, bytes, {});
    } catch (const Error& error) {
      return std::string(error.what()).find("planted") != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused({1, 70000}, 32, 0));
  EXPECT_TRUE(refused({1, 1, 70000}, 32, 0));
  EXPECT_TRUE(refused({int64_t{1} << 32}, 32, 0));
  EXPECT_TRUE(refused({1}, 33, 0));
  EXPECT_TRUE(refused({1}, 2048, 0));
  EXPECT_TRUE(refused({1}, 32, 200 * 1024));
  EXPECT_FALSE(refused({0}, 32, 0));
}

}  // namespace
}  // namespace r1::kernels
