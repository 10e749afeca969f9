// The blocks of a launch.
#pragma once

#include <cstdint>

namespace r1::kernels {

struct Grid {
  int64_t x = 1;
  int64_t y = 1;
  int64_t z = 1;
  int64_t size() const { return x * y * z; }
};

// Throws Fault::kRun, naming the kernel, where a launch is beyond what sm_80 and sm_90 take: 2^31 -
// 1 blocks in x, 65535 in y and z, 1024 threads in whole warps, 163 KiB of shared memory. Other
// devices have 99 KiB, which is enough but for heads of more than 128.
void check_launch(const char* kernel, const Grid& grid, int num_threads, int64_t shared_bytes);

inline constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace r1::kernels
