// A folder of a test's own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "libr1/core/file.h"

namespace r1::testing {

inline std::string empty_folder(const std::string& name) {
  const std::string path = ::testing::TempDir() + name;
  std::filesystem::remove_all(path);
  make_directories(path);
  return path;
}

}  // namespace r1::testing
