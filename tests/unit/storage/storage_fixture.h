// What the storage tests share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "libr1/core/file.h"
#include "libr1/storage/hdf5_file.h"
#include "tests/unit/message_of.h"
#include "tests/unit/test_folder.h"

namespace r1::testing {

inline void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void write_tensor(H5File& file, const std::string& name, const TensorView& tensor) {
  file.create_tensor(name, tensor.shape, tensor.dtype);
  file.write_rows(name, 0, tensor);
}

}  // namespace r1::testing
