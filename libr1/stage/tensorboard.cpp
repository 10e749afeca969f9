#include "libr1/stage/tensorboard.h"

#include <array>
#include <bit>
#include <cstring>
#include <optional>

namespace r1 {
namespace {

// Numbers are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr char kWallTime = 0x09, kStep = 0x10, kFileVersion = 0x1a, kSummary = 0x2a;  // of Event
constexpr char kValue = 0x0a;                                                         // of Summary
constexpr char kTag = 0x0a, kSimpleValue = 0x15;                                      // of Value
constexpr size_t kHeadBytes = 12, kTailBytes = 4;

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}

// A CRC over data that holds CRCs is weak, so TFRecord rotates it and adds a constant.
uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8u; }

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

template <class T>
T from_raw(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string with_length(char key, std::string_view bytes) {
  return key + varint(bytes.size()) + std::string(bytes);
}

std::string record(std::string_view data) {
  const std::string length = raw<uint64_t>(data.size());
  return length + raw(masked_crc(length)) + std::string(data) + raw(masked_crc(data));
}

// Takes the next record's data off `file`; nothing when it is cut or damaged.
std::optional<std::string_view> take_record(std::string_view& file) {
  if (file.size() < kHeadBytes) return std::nullopt;
  const std::string_view length = file.substr(0, 8);
  if (from_raw<uint32_t>(file.substr(8)) != masked_crc(length)) return std::nullopt;
  const auto size = from_raw<uint64_t>(length);
  if (size > file.size() - kHeadBytes || file.size() - kHeadBytes - size < kTailBytes)
    return std::nullopt;
  const std::string_view data = file.substr(kHeadBytes, size);
  if (from_raw<uint32_t>(file.substr(kHeadBytes + size)) != masked_crc(data)) return std::nullopt;
  file.remove_prefix(kHeadBytes + size + kTailBytes);
  return data;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = crc_table();
  uint32_t crc = ~0u;
  for (const char byte : bytes)
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

std::string version_record(double wall_time) {
  return record(kWallTime + raw(wall_time) + with_length(kFileVersion, "brain.Event:2"));
}

std::string scalars_record(double wall_time, int64_t step,
                           const std::vector<std::pair<std::string, double>>& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary +=
        with_length(kValue, with_length(kTag, tag) + kSimpleValue + raw(static_cast<float>(value)));
  return record(kWallTime + raw(wall_time) + kStep + varint(static_cast<uint64_t>(step)) +
                with_length(kSummary, summary));
}

std::map<int64_t, double> wall_times(std::string_view file) {
  std::map<int64_t, double> times;
  while (const auto data = take_record(file)) {
    if (data->size() < 11 || data->front() != kWallTime || (*data)[9] != kStep) continue;
    uint64_t step = 0;
    for (size_t i = 10, shift = 0; i < data->size() && shift < 64; ++i, shift += 7) {
      step |= uint64_t{static_cast<uint8_t>((*data)[i]) & 0x7fu} << shift;
      if ((*data)[i] >= 0) break;  // the last byte of a varint has no high bit
    }
    times[static_cast<int64_t>(step)] = from_raw<double>(data->substr(1));
  }
  return times;
}

}  // namespace r1
