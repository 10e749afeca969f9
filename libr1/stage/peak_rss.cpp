#include "libr1/stage/peak_rss.h"

#include <fstream>
#include <string>

namespace r1 {

int64_t peak_rss_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key; status.ignore(1 << 20, '\n')) {
    int64_t kib = 0;
    if (key == "VmHWM:" && status >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace r1
