// The files of the miniature's world.
#pragma once

#include <cstdint>
#include <string>

namespace r1 {

struct MiniatureWorld {
  std::string out;
  uint64_t seed = 1;
  int64_t documents = 240'000;  // for 3,200 steps of 2,048 tokens
  int64_t train_questions = 4096;
  int64_t test_questions = 128;  // easy, and as many hard
};

// Writes tokenizer.json, tokenizer_config.json, corpus.h5, train.h5, test-easy.h5 (3 to 5 operands)
// and test-hard.h5 (8 to 10) into world.out: the same bytes of every column for the same seed.
// Test problems are held out of corpus and training questions, and differ from each other.
void write_miniature_world(const MiniatureWorld& world);

}  // namespace r1
