#include "libr1/parallel/root_work.h"

#include <chrono>

namespace r1 {

void on_root(ProcessGroup& group, const char* what,
             FunctionRef<void(FunctionRef<void()> goes_on)> work) {
  enum : int64_t { kGoesOn, kDone };
  if (group.rank() != 0) {
    while (group.max(int64_t{kGoesOn}, what) != kDone) {
    }
    return;
  }
  using Clock = std::chrono::steady_clock;
  auto told = Clock::now();
  work([&] {
    if (Clock::now() - told < std::chrono::seconds(1)) return;
    group.max(int64_t{kGoesOn}, what);
    told = Clock::now();
  });
  group.max(int64_t{kDone}, what);
}

}  // namespace r1
