// What is known of each word of a block's shared memory: who touched it, and before which barrier.
#pragma once

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

}  // namespace r1::cuda_emulation
