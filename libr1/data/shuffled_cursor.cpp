#include "libr1/data/shuffled_cursor.h"

#include "libr1/core/error.h"

namespace r1 {

ShuffledCursor::ShuffledCursor(int64_t size, uint64_t seed, std::string_view purpose)
    : random_(seed, purpose), size_(size) {
  R1_CHECK(size > 0, "a cursor needs at least one item");
}

int64_t ShuffledCursor::next() {
  const int64_t epoch = taken_ / size_;
  if (epoch != epoch_) {
    order_ = random_.permutation(size_, static_cast<uint32_t>(epoch));
    epoch_ = epoch;
  }
  return order_[static_cast<size_t>(taken_++ % size_)];
}

void ShuffledCursor::restore(int64_t taken) {
  R1_CHECK(taken >= 0, "a cursor cannot stand at ", taken);
  taken_ = taken;
}

}  // namespace r1
