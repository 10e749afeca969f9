// XXH3 of a file's bytes, as 16 hexadecimal digits.
#pragma once

#include <string>

namespace r1 {

// Fault::kInput when the file cannot be read.
std::string file_checksum(const std::string& path);

}  // namespace r1
