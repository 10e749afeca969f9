#include "libr1/tokenizer/word_cache.h"

#include <xxhash.h>

#include <algorithm>

namespace r1::tokenizer {
namespace {

class Hold {
 public:
  explicit Hold(std::atomic_flag& flag)
      : flag_(flag), mine_(!flag.test_and_set(std::memory_order_acquire)) {}
  ~Hold() {
    if (mine_) flag_.clear(std::memory_order_release);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  bool mine() const { return mine_; }

 private:
  std::atomic_flag& flag_;
  bool mine_;
};

}  // namespace

WordCache::WordCache() : slots_(std::make_unique<Slot[]>(kNumSlots)) {
  static_assert(sizeof(Slot) == 64);
}

WordCache::Slot* WordCache::slot_of(std::string_view word) const {
  if (word.empty() || word.size() > Slot{}.word.size()) return nullptr;
  return &slots_[XXH3_64bits(word.data(), word.size()) % kNumSlots];
}

bool WordCache::append(std::string_view word, std::vector<int32_t>& ids) const {
  Slot* slot = slot_of(word);
  if (slot == nullptr) return false;
  const Hold hold(slot->busy);
  if (!hold.mine() || word != std::string_view(slot->word.data(), slot->word_bytes)) return false;
  ids.insert(ids.end(), slot->ids.begin(), slot->ids.begin() + slot->num_ids);
  return true;
}

void WordCache::store(std::string_view word, std::span<const int32_t> ids) {
  Slot* slot = slot_of(word);
  if (slot == nullptr || ids.size() > slot->ids.size()) return;
  const Hold hold(slot->busy);
  if (!hold.mine()) return;
  std::copy(word.begin(), word.end(), slot->word.begin());
  slot->word_bytes = static_cast<uint8_t>(word.size());
  std::copy(ids.begin(), ids.end(), slot->ids.begin());
  slot->num_ids = static_cast<uint8_t>(ids.size());
}

}  // namespace r1::tokenizer
