// One block of memory handed out in order, for activations: what a step needs is known before the
// first step. A measuring arena hands out null views and only counts, so the plan is the code.
#pragma once

#include <algorithm>
#include <cstdint>

#include "libr1/tensor/tensor.h"

namespace r1 {

class Arena {
 public:
  // Allocates at once. Views start 64-byte aligned and are not zeroed again between uses.
  Arena(int64_t capacity_bytes, Device device);
  // Counts without memory: peak_bytes() is then the capacity a real one needs.
  static Arena measuring(Device device = Device::kCpu);

  // Throws Fault::kRun with found and needed bytes when it does not fit.
  TensorView allocate(Shape shape, Dtype dtype);

  int64_t used_bytes() const { return used_; }
  int64_t peak_bytes() const { return peak_; }
  bool is_measuring() const { return measuring_; }
  void release_to(int64_t used_bytes) { used_ = used_bytes; }

 private:
  Buffer block_;
  int64_t capacity_ = 0;
  int64_t used_ = 0;
  int64_t peak_ = 0;
  Device device_ = Device::kCpu;
  bool measuring_ = false;
};

// Gives back at the end of a block what was allocated in it.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_(arena), mark_(arena.used_bytes()) {}
  ~ArenaScope() { arena_.release_to(mark_); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  int64_t mark_;
};

}  // namespace r1
