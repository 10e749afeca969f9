// Numbers drawn one after another, and the split of a world into what is trained on and what is
// held out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/core/philox.h"

namespace r1 {

// Item i of a set is a function of the seed and i, whatever was drawn before.
class Draws {
 public:
  Draws(const Random& random, int64_t item) : random_(random), item_(item) {}
  uint64_t below(uint64_t bound) {
    return random_.below(bound, static_cast<uint32_t>(item_), static_cast<uint32_t>(item_ >> 32),
                         next_++);
  }
  int between(int low, int high) {  // both included
    return low + static_cast<int>(below(static_cast<uint64_t>(high - low + 1)));
  }
  double uniform() {
    return static_cast<double>(
        random_.uniform(static_cast<uint32_t>(item_), static_cast<uint32_t>(item_ >> 32), next_++));
  }
  bool chance(double probability) { return uniform() < probability; }
  // Index drawn by weights that sum to 1.
  size_t weighted(const std::vector<double>& weights);
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  const Random& random_;
  int64_t item_;
  uint32_t next_ = 0;
};

// Whether the problem with this key is held out: an eighth of all, by the key's CRC-32.
bool is_held_out(const std::string& key);

}  // namespace r1
