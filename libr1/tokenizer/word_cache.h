// Remembers the ids of short words that came lately: a fixed table, one slot per hash. Thread-safe
// without waiting: a slot that another thread holds counts as a miss.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace r1::tokenizer {

class WordCache {
 public:
  WordCache();
  // Appends the ids of `word` and returns true, or returns false and appends nothing.
  bool append(std::string_view word, std::vector<int32_t>& ids) const;
  void store(std::string_view word, std::span<const int32_t> ids);

 private:
  static constexpr int kNumSlots = 1 << 14;
  struct alignas(64) Slot {  // one cache line
    std::atomic_flag busy;
    uint8_t word_bytes = 0;  // 0: nothing stored
    uint8_t num_ids = 0;
    std::array<char, 29> word;
    std::array<int32_t, 8> ids;
  };
  Slot* slot_of(std::string_view word) const;  // nullptr: too long to remember

  std::unique_ptr<Slot[]> slots_;
};

}  // namespace r1::tokenizer
