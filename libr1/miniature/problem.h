// The problems of the miniature's world: three families that a small model fails without working
// step by step, each verifiable, each with easy and hard ranges.
//   chain       arithmetic modulo 10, left to right, every operand named ("a 7 b + 1 c * 3")
//   arithmetic  sums and products of several digits, digit by digit from the right
//   countdown   three numbers and a target: a search with dead ends
#pragma once

#include <memory>
#include <string>

#include "libr1/miniature/voice.h"
#include "libr1/reward/reward.h"

namespace r1 {

enum class Family { kChain, kArithmetic, kCountdown };
inline constexpr Family kFamilies[] = {Family::kChain, Family::kArithmetic, Family::kCountdown};
const char* name_of(Family family);  // "chain"

enum class Difficulty {
  kCorpus,    // as often as in pretraining, where the long ones are rare
  kTraining,  // of all lengths alike
  kEasy,
  kHard,
};

class Problem {
 public:
  explicit Problem(Language language) : language_(language) {}
  virtual ~Problem() = default;

  Language language() const { return language_; }
  virtual std::string key() const = 0;        // the problem without its language
  virtual std::string question() const = 0;   // "compute a 7 b + 1 c + 0 ?"
  virtual std::string reference() const = 0;  // what the verifier compares an answer with
  virtual Verifier verifier() const = 0;
  // What somebody says who does not work it out: the answer, but of a search only some expression
  // of the numbers.
  virtual std::string offhand_answer(Draws& draws) const = 0;
  virtual Solution solve(const SolutionStyle& style, Draws& draws) const = 0;

 private:
  Language language_;
};

// Drawn until it is on the wanted side of the split.
std::unique_ptr<Problem> draw_problem(Family family, Difficulty difficulty, bool held_out,
                                      Draws& draws);

// Of the three families, on either side of the split.
std::unique_ptr<Problem> draw_chain(Difficulty difficulty, Draws& draws);
std::unique_ptr<Problem> draw_arithmetic(Difficulty difficulty, Draws& draws);
std::unique_ptr<Problem> draw_countdown(Difficulty difficulty, Draws& draws);

}  // namespace r1
