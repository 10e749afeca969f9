#include "libr1/miniature/draws.h"

namespace r1 {

size_t Draws::weighted(const std::vector<double>& weights) {
  double draw = uniform();
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    if (draw < weights[i]) return i;
    draw -= weights[i];
  }
  return weights.size() - 1;
}

// The usual reflected CRC-32 (IEEE 802.3), bit by bit: a few bytes a problem.
bool is_held_out(const std::string& key) {
  uint32_t crc = 0xffffffffu;
  for (const char byte : key) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc % 8 == 0;
}

}  // namespace r1
