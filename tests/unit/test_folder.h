// Where a test writes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace r1::testing {

// An empty folder of the running test's own.
inline std::string test_folder() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string path =
      ::testing::TempDir() + "r1_" + info->test_suite_name() + "_" + info->name();
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

}  // namespace r1::testing
