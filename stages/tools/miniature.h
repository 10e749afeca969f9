// The files of the miniature's world.
#pragma once

#include <cstdint>
#include <string>

namespace r1 {

struct MiniatureWorld {
  std::string out;
  uint64_t seed = 1;
  int64_t documents = 0;           // of the corpus; 0: no corpus
  int64_t train_questions = 1024;  // of each family
  int64_t test_questions = 64;     // of each family, easy, and as many hard
  int64_t examples = 256;          // worked by hand, as it were
  int64_t word_problems = 0;       // to train a real model on, and a quarter as many held out
};

// Writes into world.out, the same bytes of every column for the same seed:
//   tokenizer.json, tokenizer_config.json
//   corpus.h5                          documents of the base, when asked for
//   train-FAMILY.h5                    questions: chain, arithmetic, countdown
//   test-FAMILY-easy.h5, -hard.h5      the same, held out
//   train-helpful.h5, train-safe.h5    general and harmful prompts, judged by reward models
//   test-helpful.h5, test-safe.h5      judged by patterns; things to make are held out, categories
//                                      to name, of which there are few, are those trained on
//   examples-clean.h5                  worked solutions for the cold start
//   examples-general.h5                replies to general prompts, some to be improved on
//   train-words.h5, test-words.h5      everyday sums in English, when asked for
//   helpful-{train,test}.h5            pairs of replies, safe-{train,test}.h5 labelled replies
// Test problems are held out of corpus and training questions, and differ from each other.
void write_miniature_world(const MiniatureWorld& world);

}  // namespace r1
