// Everyday sums of one step in English, for a real model that can read but hardly reckon:
// "Anna has 7 pears. She buys 5 more. How many pears does she have now?"
#pragma once

#include <cstdint>
#include <string>

#include "libr1/miniature/draws.h"

namespace r1 {

struct WordProblem {
  std::string question;
  std::string key;  // form and numbers: who has what is left out
  int64_t answer = 0;
};

// Drawn until its key is on the wanted side of the split.
WordProblem draw_word_problem(bool held_out, Draws& draws);

}  // namespace r1
