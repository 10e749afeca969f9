// What tests need of a machine and it does not have, a GPU or a library: they skip themselves, and
// the process ends with 77, which ctest shows as skipped.
#pragma once

#include <string>

namespace r1::testing {

inline bool needed_is_missing = false;

// For GTEST_SKIP() << missing(...).
inline const std::string& missing(const std::string& what) {
  needed_is_missing = true;
  return what;
}

// failed: what RUN_ALL_TESTS returned. A failure is never taken for a skipped test.
inline int exit_code(int failed) { return failed ? 1 : needed_is_missing ? 77 : 0; }

}  // namespace r1::testing
