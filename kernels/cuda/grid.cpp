#include "kernels/cuda/grid.h"

#include "libr1/core/error.h"

namespace r1::kernels {

void check_launch(const char* kernel, const Grid& grid, int num_threads, int64_t shared_bytes) {
  R1_CHECK(grid.x >= 0 && grid.y >= 0 && grid.z >= 0 && grid.x <= 0x7fffffff && grid.y <= 65535 &&
               grid.z <= 65535,
           "kernel ", kernel, ": a grid of ", grid.x, " x ", grid.y, " x ", grid.z,
           " blocks is more than a device takes (2147483647 x 65535 x 65535); use smaller batches");
  R1_CHECK(num_threads > 0 && num_threads <= 1024 && num_threads % 32 == 0, "kernel ", kernel, ": ",
           num_threads, " threads a block; it takes whole warps of 32, at most 1024 threads");
  R1_CHECK(shared_bytes >= 0 && shared_bytes <= 163 * 1024, "kernel ", kernel, ": ", shared_bytes,
           " bytes of shared memory a block; a device has ", 163 * 1024);
}

}  // namespace r1::kernels
