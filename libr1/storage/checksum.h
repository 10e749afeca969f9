// XXH3 of a file's bytes, as 16 hexadecimal digits.
#pragma once

#include <string>

namespace r1 {

// Fault::kInput when the file is missing or may not be read; see core/fault.h for the rest.
std::string file_checksum(const std::string& path);

}  // namespace r1
