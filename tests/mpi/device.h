// Where the models of a test are: its source is built for the ranks' CPUs over MPI, for GPUs over
// NCCL, and for emulated GPUs over emulated NCCL.
#pragma once

#include "libr1/core/gpu.h"
#include "libr1/parallel/nccl_group.h"
#include "tests/mpi/world.h"
#include "tests/needed.h"

namespace r1::testing {

inline constexpr Device kDevice = Device::R1_TEST_DEVICE;
inline constexpr bool kOnGpu = kDevice == Device::kCuda;
// f64 is not computed on GPUs.
inline constexpr Dtype kWidest = kOnGpu ? Dtype::kF32 : Dtype::kF64;

// Of this rank to work on. All ranks skip a test, or none: what follows is collective.
inline bool has_device() {
  if (!kOnGpu) return true;
  if (world().max(int64_t{world().local_size() > gpu::count()}, "count the GPUs")) return false;
  gpu::select(world().rank() % gpu::count());
  return true;
}

// `host`, or on its ranks' GPUs another.
class GroupOnDevice {
 public:
  explicit GroupOnDevice(ProcessGroup& host)
      : host_(host),
        gpus_(!kOnGpu           ? nullptr
              : host.size() > 1 ? nccl_group(host, {}, 60)
                                : self_group()) {}
  ProcessGroup& operator*() const { return gpus_ ? *gpus_ : host_; }

 private:
  ProcessGroup& host_;
  std::unique_ptr<ProcessGroup> gpus_;
};

}  // namespace r1::testing

#define R1_SKIP_WITHOUT_DEVICE()    \
  if (!::r1::testing::has_device()) \
  GTEST_SKIP() << ::r1::testing::missing("fewer GPUs than ranks on a node")
