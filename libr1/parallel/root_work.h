// What rank 0 does for all: it may take longer than ranks wait for each other.
#pragma once

#include "libr1/core/function_ref.h"
#include "libr1/parallel/process_group.h"

namespace r1 {

// Collective. Rank 0 does `work`, which calls what it is given at least every minute or so: that
// tells the others, who wait here, that it goes on. `what` names the work in errors.
void on_root(ProcessGroup& group, const char* what,
             FunctionRef<void(FunctionRef<void()> goes_on)> work);

}  // namespace r1
