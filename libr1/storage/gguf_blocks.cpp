#include "libr1/storage/gguf_blocks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "libr1/core/types.h"
#include "libr1/storage/half.h"

namespace r1 {
namespace {

template <class T>
T load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

float half_at(const uint8_t* at) { return half_to_float(load<uint16_t>(at)); }

void decode_f32(const uint8_t* in, int64_t count, float* out) {
  std::memcpy(out, in, static_cast<size_t>(count) * sizeof(float));
}

void decode_f16(const uint8_t* in, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = half_at(in + 2 * i);
}

void decode_bf16(const uint8_t* in, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = to_float(Bf16{load<uint16_t>(in + 2 * i)});
}

// d, 32 signed bytes: d q
void decode_q8_0(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 34, out += 32) {
    const float d = half_at(in);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<int8_t>(in[2 + i]));
  }
}

// The i-th of 32 integers of four bits: the low halves of 16 bytes, then the high ones.
int nibble(const uint8_t* bytes, int i) { return i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4; }

// The same with a fifth bit, from the i-th of 32 bits.
int five_bits(const uint8_t* high, const uint8_t* low, int i) {
  return nibble(low, i) | static_cast<int>(load<uint32_t>(high) >> i & 1) << 4;
}

// d, nibbles: d (q - 8)
void decode_q4_0(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 18, out += 32) {
    const float d = half_at(in);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(in + 2, i) - 8);
  }
}

// d, m, nibbles: d q + m
void decode_q4_1(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 20, out += 32) {
    const float d = half_at(in), m = half_at(in + 2);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(in + 4, i)) + m;
  }
}

// d, high bits, nibbles: d (q - 16)
void decode_q5_0(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 22, out += 32) {
    const float d = half_at(in);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(five_bits(in + 2, in + 6, i) - 16);
  }
}

// d, m, high bits, nibbles: d q + m
void decode_q5_1(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 24, out += 32) {
    const float d = half_at(in), m = half_at(in + 2);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(five_bits(in + 4, in + 8, i)) + m;
  }
}

// Scale and minimum of the j-th of eight groups, six bits each in twelve bytes: those of the first
// four groups stand in the low six bits of bytes 0-3 and 4-7; of the others, the low four bits
// share bytes 8-11 and the high two are the top bits of bytes 0-3 and 4-7.
struct ScaleAndMinimum {
  int scale, minimum;
};
ScaleAndMinimum scale_and_minimum(const uint8_t* b, int j) {
  if (j < 4) return {b[j] & 63, b[j + 4] & 63};
  return {(b[j + 4] & 15) | (b[j - 4] >> 6) << 4, (b[j + 4] >> 4) | (b[j] >> 6) << 4};
}

// Eight groups of 32, of which each two share 32 bytes: low halves, then high ones.
int group_nibble(const uint8_t* bytes, int group, int i) {
  const uint8_t byte = bytes[group / 2 * 32 + i];
  return group % 2 == 0 ? byte & 15 : byte >> 4;
}

// d, m, scales, nibbles: (d scale) q - m minimum
void decode_q4_k(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 144) {
    const float d = half_at(in), m = half_at(in + 2);
    for (int group = 0; group < 8; ++group) {
      const auto [scale, minimum] = scale_and_minimum(in + 4, group);
      const float step = d * static_cast<float>(scale), low = m * static_cast<float>(minimum);
      for (int i = 0; i < 32; ++i)
        *out++ = step * static_cast<float>(group_nibble(in + 16, group, i)) - low;
    }
  }
}

// The same with a fifth bit: bit g of the i-th byte of 32 is the one of group g.
void decode_q5_k(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 176) {
    const float d = half_at(in), m = half_at(in + 2);
    for (int group = 0; group < 8; ++group) {
      const auto [scale, minimum] = scale_and_minimum(in + 4, group);
      const float step = d * static_cast<float>(scale), low = m * static_cast<float>(minimum);
      for (int i = 0; i < 32; ++i) {
        const int q = group_nibble(in + 48, group, i) | (in[16 + i] >> group & 1) << 4;
        *out++ = step * static_cast<float>(q) - low;
      }
    }
  }
}

// 256 integers of six bits, less 32, in two halves of four groups of 32: the low four bits of a
// half in 64 bytes (groups 0 and 1 in the low halves, 2 and 3 in the high ones), the high two in 32
// bytes; a signed scale for each 16 elements; d: (d scale) q
void decode_q6_k(const uint8_t* in, int64_t count, float* out) {
  for (; count > 0; --count, in += 210) {
    const float d = half_at(in + 208);
    for (int i = 0; i < 256; ++i) {
      const int half = i / 128, group = i / 32 % 4, at = i % 32;
      const uint8_t low = in[half * 64 + group % 2 * 32 + at];
      const uint8_t high = in[128 + half * 32 + at];
      const int q = (group < 2 ? low & 15 : low >> 4) | (high >> 2 * group & 3) << 4;
      const auto scale = static_cast<int8_t>(in[192 + i / 16]);
      *out++ = d * static_cast<float>(scale) * static_cast<float>(q - 32);
    }
  }
}

constexpr GgufFormat kFormats[] = {
    {0, "F32", 1, 4, decode_f32},        {1, "F16", 1, 2, decode_f16},
    {2, "Q4_0", 32, 18, decode_q4_0},    {3, "Q4_1", 32, 20, decode_q4_1},
    {6, "Q5_0", 32, 22, decode_q5_0},    {7, "Q5_1", 32, 24, decode_q5_1},
    {8, "Q8_0", 32, 34, decode_q8_0},    {12, "Q4_K", 256, 144, decode_q4_k},
    {13, "Q5_K", 256, 176, decode_q5_k}, {14, "Q6_K", 256, 210, decode_q6_k},
    {30, "BF16", 1, 2, decode_bf16}};

struct Named {
  uint32_t code;
  std::string_view name;
};
constexpr Named kOthers[] = {
    {9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"},
    {24, "I8"},      {25, "I16"},   {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},
    {34, "TQ1_0"},   {35, "TQ2_0"}, {39, "MXFP4"}};

}  // namespace

const GgufFormat* find_gguf_format(uint32_t code) {
  const auto* found = std::ranges::find(kFormats, code, &GgufFormat::code);
  return found == std::end(kFormats) ? nullptr : found;
}

std::string_view gguf_format_name(uint32_t code) {
  if (const GgufFormat* format = find_gguf_format(code)) return format->name;
  const auto* found = std::ranges::find(kOthers, code, &Named::code);
  return found == std::end(kOthers) ? "unknown" : found->name;
}

std::string readable_gguf_formats() {
  std::string names;
  for (const GgufFormat& format : kFormats)
    names.append(names.empty() ? "" : ", ").append(format.name);
  return names;
}

}  // namespace r1
