// Goes through a set in random order, epoch after epoch; each epoch is a permutation of its own.
// Its whole state is how many items were taken, so a resumed run goes on with the next one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libr1/core/philox.h"

namespace r1 {

class ShuffledCursor {
 public:
  ShuffledCursor(int64_t size, uint64_t seed, std::string_view purpose);

  int64_t next();  // index of the next item
  int64_t taken() const { return taken_; }
  void restore(int64_t taken);

 private:
  Random random_;
  int64_t size_;
  int64_t taken_ = 0;
  int64_t epoch_ = -1;  // of order_
  std::vector<int64_t> order_;
};

}  // namespace r1
