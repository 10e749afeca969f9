// Recorded work of rounds that only decode: on a GPU such a round is hundreds of short kernels,
// whose launches one by one would take longer than they do.
#pragma once

#include <compare>
#include <map>
#include <memory>

#include "libr1/core/gpu.h"
#include "libr1/tensor/arena.h"

namespace r1 {

// What the kernels of a round depend on, beside the memory of model, cache and arena, which stays.
struct RoundKey {
  const void* batch = nullptr;  // BatchOnDevice::memory()
  int64_t rows = 0;             // one a sequence
  int64_t splits = 0;           // of attention_decode
  auto operator<=>(const RoundKey&) const = default;
};

class RoundGraphs {
 public:
  // What `compute` returns. It launches kernels that depend on the key alone and takes the same
  // memory from the arena each time; when two rounds in a row have equal keys they are recorded.
  TensorView run(const RoundKey& key, Arena& arena, const Stream& stream,
                 FunctionRef<TensorView()> compute);
  int64_t replays() const { return replays_; }  // of recorded work, so far

 private:
  struct Recorded {
    std::unique_ptr<gpu::Graph> graph;
    TensorView result;
    int64_t arena_begin = 0, arena_end = 0;
    int64_t last_run = 0;  // in replays_: the one that was not run for longest makes room
  };
  std::map<RoundKey, Recorded> recorded_;
  RoundKey last_;
  int64_t replays_ = 0;
};

}  // namespace r1
