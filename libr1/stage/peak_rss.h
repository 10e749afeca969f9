// What this process has held in memory at most, as the kernel counted it.
#pragma once

#include <cstdint>

namespace r1 {

// Bytes, VmHWM of /proc/self/status: of this process alone, unlike getrusage's figure, which a
// parent's passes on to. 0 where the system does not tell.
int64_t peak_rss_bytes();

}  // namespace r1
