// XXH3 of bytes, as 16 hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

#include "libr1/core/function_ref.h"

namespace r1 {

// Fault::kInput when the file is missing or may not be read; see core/fault.h for the rest.
// `goes_on` is called every some MiB.
std::string file_checksum(
    const std::string& path, FunctionRef<void()> goes_on = [] {});

std::string text_checksum(std::string_view bytes);

}  // namespace r1
