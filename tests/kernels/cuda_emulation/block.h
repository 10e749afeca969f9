// A CUDA grid run on one CPU thread: a thread of a block is a fiber that gives way at barriers and
// warp collectives. What hardware leaves open is drawn at random (the order of blocks, warps and
// lanes), and what it leaves undefined is an error that names the kernel, the block and the
// threads:
//   - two threads touch one word of shared memory, one of them writing, with no barrier between;
//   - shared memory is read before it is written, or outside of what the launch asked for;
//   - some threads of a block or warp wait at a barrier that others never come to;
//   - a thread ends while copies that it started are on their way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/cuda/grid.h"
#include "libr1/core/function_ref.h"

namespace r1::cuda_emulation {

inline constexpr int kWarp = 32;

struct Index {
  unsigned x = 0, y = 0, z = 0;
};
// Of the thread that runs: what threadIdx, blockIdx, blockDim and gridDim read.
struct Place {
  Index thread, block, block_dim, grid_dim;
};
extern Place place;

// Draws for launches from here on; every launch takes other ones.
void set_seed(uint64_t seed);

// Runs `thread` once for each thread of the grid. Throws Error (Fault::kRun) at the first fault.
void run_grid(const char* kernel, const kernels::Grid& grid, int num_threads, int64_t shared_bytes,
              FunctionRef<void()> thread);

// To be called by threads.
void block_barrier();
bool block_any(bool value);  // a block barrier that also says whether any thread has `value`
void warp_barrier();
// What the thread of lane `source` of this warp gave; all lanes of the warp take part.
uint64_t warp_exchange(uint64_t value, int source);
uint32_t warp_ballot(bool value);
using SharedWords = std::array<uint32_t, 6>;
// What every lane of this warp gave, by lane; to be read before the warp's next collective. `what`
// it is for: all lanes say the same.
const SharedWords* warp_share(const SharedWords& words, std::string_view what);

// Shared memory of the block: bytes [begin, begin + size), which are about to be read or written.
enum class Access { kRead, kWrite };
std::byte* touch_shared(int64_t begin, int64_t size, Access access);
int64_t shared_size();

// Asynchronous copies of this thread to `size` bytes of shared memory: `count` bytes and zeros.
// They are made when their group is waited for, and are NaNs until then.
void start_copy(int64_t to, const void* from, int64_t count, int64_t size);
void end_copy_group();
void wait_for_copies(int groups_left);  // until at most the last `groups_left` are on their way

}  // namespace r1::cuda_emulation
