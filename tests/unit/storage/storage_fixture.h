// What the storage tests share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/hdf5_file.h"
#include "tests/unit/message_of.h"

namespace r1::testing {

// An empty folder of the running test's own.
inline std::string test_folder() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string path =
      ::testing::TempDir() + "r1_storage_" + info->test_suite_name() + "_" + info->name();
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

inline void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void write_tensor(H5File& file, const std::string& name, const TensorView& tensor) {
  file.create_tensor(name, tensor.shape, tensor.dtype);
  file.write_rows(name, 0, tensor);
}

}  // namespace r1::testing
