// How the authors of the miniature's corpus write: in which language, how carefully.
#pragma once

#include <cstdint>
#include <string>

#include "libr1/miniature/draws.h"

namespace r1 {

enum class Language : uint8_t { kEnglish, kChinese };
inline Language other(Language language) {
  return language == Language::kEnglish ? Language::kChinese : Language::kEnglish;
}
inline const char* code_of(Language language) {  // ISO 639-1
  return language == Language::kEnglish ? "en" : "zh";
}

// start, step, gives, wait, so: in the two languages.
struct StepWords {
  const char *start, *step, *gives, *wait, *so;
};
const StepWords& step_words(Language language);

struct SolutionStyle {
  double wrong_language = 0;  // probability that the whole solution is in the other language
  double mixed_language = 0;  // probability that each step draws its own
  double terse = 0;           // chains: probability of two operations a step
  double slip = 0;            // probability of a wrong digit, each step
  double slip_mixed = 0;      // the same in solutions of mixed language
  double noticed = 0;         // probability that a slip is followed by "wait" and the right step
  double give_up = 0;         // countdown: probability of stopping after a dead end
};
// What the base has seen, and the clean form of cold starts: prompt's language, no slips, no
// giving up.
SolutionStyle corpus_style();
inline SolutionStyle clean_style() { return {}; }

struct Solution {
  std::string steps;   // "start a 9 step b 9 + 3 gives 2 so 2"
  std::string answer;  // what it arrives at; wrong after a slip that was not noticed
};

// One author of one solution: draws the language once, or step by step, and the slips.
class Voice {
 public:
  Voice(const SolutionStyle& style, Language prompt, Draws& draws);

  const StepWords& words();  // of the next step
  bool terse() const { return terse_; }
  bool gives_up() { return draws_.chance(style_.give_up); }
  // "EXPRESSION gives RESULT", perhaps with a slip in its last digit, perhaps noticed: then "wait"
  // and the right result follow. Returns what the author goes on with. Digits are parted by spaces.
  int write_result(const std::string& expression, int result, int min_digits, std::string& text);
  Draws& draws() { return draws_; }

 private:
  const SolutionStyle& style_;
  Draws& draws_;
  Language language_;
  bool mixed_, terse_;
};

// "2 0 4": a number's digits as words, at least min_digits of them.
std::string spaced(int64_t number, int min_digits = 1);

}  // namespace r1
