// What is known of each word of a block's shared memory: who touched it, and before which barrier.
// In the header, for block.cpp to be compiled with it: emulated threads spend a third of their time
// here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/kernels/cuda_emulation/block.h"

namespace r1::cuda_emulation {

// When a thread touches memory: the barriers of its block and of its warp that it has passed.
struct Moment {
  int thread = -1;
  int block_epoch = 0;
  int warp_epoch = 0;
};

inline int warp_of(const Moment& moment) { return moment.thread / kWarp; }

// Whether a barrier lies between `before`, if it was at all, and `now`.
inline bool ordered(const Moment& before, const Moment& now) {
  return before.thread < 0 || before.thread == now.thread || before.block_epoch < now.block_epoch ||
         (warp_of(before) == warp_of(now) && before.warp_epoch < now.warp_epoch);
}

class Shadow {
 public:
  static constexpr int64_t kWordBytes = 4;

  void start_block(int64_t size_in_bytes);
  // What is wrong with this access, or nullptr.
  const char* touch(int64_t begin, int64_t size, Access access, const Moment& now);

 private:
  struct Word {
    int block = 0;       // that touched it last: to others it is as good as new
    Moment write;        // thread -1: not written in this block yet
    Moment last_read;    // thread -1: not read since the last write
    Moment other_reads;  // of other threads since; thread is any of theirs, epochs are the latest
    bool several_warps = false;  // other_reads are of more than one warp
  };
  static void note_read(Word& word, const Moment& now);
  static bool reads_are_over(const Word& word, const Moment& now);

  std::vector<Word> words_;
  int block_ = 0;
};

inline void Shadow::start_block(int64_t size_in_bytes) {
  words_.resize(static_cast<size_t>((size_in_bytes + kWordBytes - 1) / kWordBytes));
  ++block_;
}

inline void Shadow::note_read(Word& word, const Moment& now) {
  if (word.last_read.thread >= 0 && word.last_read.thread != now.thread) {
    Moment& others = word.other_reads;
    if (others.thread < 0 || others.block_epoch < word.last_read.block_epoch) {
      others = word.last_read;
      word.several_warps = false;
    } else {
      word.several_warps |= warp_of(others) != warp_of(word.last_read);
      others.warp_epoch = std::max(others.warp_epoch, word.last_read.warp_epoch);
    }
  }
  word.last_read = now;
}

inline bool Shadow::reads_are_over(const Word& word, const Moment& now) {
  const Moment& others = word.other_reads;
  if (!ordered(word.last_read, now)) return false;
  if (others.thread < 0 || others.block_epoch < now.block_epoch) return true;
  return !word.several_warps && warp_of(others) == warp_of(now) &&
         others.warp_epoch < now.warp_epoch;
}

inline const char* Shadow::touch(int64_t begin, int64_t size, Access access, const Moment& now) {
  for (int64_t i = begin / kWordBytes; i * kWordBytes < begin + size; ++i) {
    Word& word = words_[static_cast<size_t>(i)];
    if (word.block != block_) word = {.block = block_};
    if (!ordered(word.write, now))
      return "is touched, which another thread writes, with no barrier between them";
    if (access == Access::kRead) {
      if (word.write.thread < 0) return "is read and was never written";
      note_read(word, now);
      continue;
    }
    if (!reads_are_over(word, now))
      return "is written, which another thread reads, with no barrier between them";
    word = {.block = block_, .write = now};
  }
  return nullptr;
}

}  // namespace r1::cuda_emulation
