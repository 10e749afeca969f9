// The first family of the miniature's world: chains of arithmetic modulo 10, left to right, each
// operand named by a letter ("a 7 b + 1 c * 3"). Hard enough that a small model fails without
// working step by step, and verifiable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/core/philox.h"

namespace r1 {

// Numbers drawn one after another at coordinates of their own: item i of a set is a function of the
// seed and i, whatever was drawn before.
class Draws {
 public:
  Draws(const Random& random, int64_t item) : random_(random), item_(item) {}
  uint64_t below(uint64_t bound) {
    return random_.below(bound, static_cast<uint32_t>(item_), static_cast<uint32_t>(item_ >> 32),
                         next_++);
  }
  bool chance(double probability) { return uniform() < probability; }
  double uniform() {
    return static_cast<double>(
        random_.uniform(static_cast<uint32_t>(item_), static_cast<uint32_t>(item_ >> 32), next_++));
  }
  // Index drawn by weights that sum to 1.
  size_t weighted(const std::vector<double>& weights);

 private:
  const Random& random_;
  int64_t item_;
  uint32_t next_ = 0;
};

enum class Language : uint8_t { kEnglish, kChinese };
inline Language other(Language language) {
  return language == Language::kEnglish ? Language::kChinese : Language::kEnglish;
}

struct ChainProblem {
  std::vector<int> operands;    // digits; 3 to 10 of them
  std::vector<char> operators;  // '+', '-' or '*', one less
  Language language = Language::kEnglish;

  int answer() const;
  std::string question() const;  // "compute a 7 b + 1 c + 0 ?"
  std::string key() const;       // "7+1+0": the problem without its language
  bool held_out() const;         // an eighth of all problems, by the CRC of the key
};

// The digit that one step gives.
int chain_step(int left, char op, int right);

struct ChainRange {
  std::vector<double> weights;  // of 3, 4, ... operands
};
ChainRange pretraining_lengths();  // the tail is thin: 21 % have 8 to 10 operands
ChainRange uniform_lengths(int from, int to);

// Drawn until it is on the wanted side of the split.
ChainProblem draw_chain(Draws& draws, const ChainRange& range, bool held_out);

}  // namespace r1
