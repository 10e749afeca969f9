#include "libr1/storage/checksum.h"

#include <xxhash.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "libr1/core/fault.h"

namespace r1 {
namespace {

std::string in_digits(XXH64_hash_t hash) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace

std::string file_checksum(const std::string& path, FunctionRef<void()> goes_on) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_errno(concat("cannot open ", path, " for its checksum"));
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<char> block(1 << 22);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    XXH3_64bits_update(state.get(), block.data(), static_cast<size_t>(file.gcount()));
    goes_on();
  }
  R1_CHECK(file.eof(), "cannot read ", path, " for its checksum");
  return in_digits(XXH3_64bits_digest(state.get()));
}

std::string text_checksum(std::string_view bytes) {
  return in_digits(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace r1
