// The element formats of GGUF: plain numbers, and blocks of small integers with their scales.
// Formats by their definition in ggml (ggml-common.h); numbers are little-endian, d and m halves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace r1 {

struct GgufFormat {
  uint32_t code;          // in the file
  std::string_view name;  // "Q4_K"
  int64_t elements;       // of a block
  int64_t bytes;          // of a block
  // `count` blocks into count * elements floats.
  void (*decode)(const uint8_t* blocks, int64_t count, float* out);
};

// nullptr when the format is not read here.
const GgufFormat* find_gguf_format(uint32_t code);
// What users call it, also of formats that are not read here; "unknown" where none has the code.
std::string_view gguf_format_name(uint32_t code);
std::string readable_gguf_formats();  // "F32, F16, ..."

}  // namespace r1
