// Worked solutions of chains, as the miniature's corpus has them, and what can be read off one.
#pragma once

#include <string>

#include "libr1/data/chain_problem.h"

namespace r1 {

struct SolutionStyle {
  double wrong_language = 0;  // probability that the whole solution is in the other language
  double mixed_language = 0;  // probability that each step draws its own
  double terse = 0;           // probability of two operations a step
  double slip = 0;            // probability of a wrong digit, each step
  double slip_mixed = 0;      // the same in solutions of mixed language
  double noticed = 0;         // probability that a slip is followed by "wait" and the right step
};
// What the base has seen, and the clean form of cold starts: prompt's language, no slips.
SolutionStyle corpus_style();
inline SolutionStyle clean_style() { return {}; }

struct Solution {
  std::string steps;  // "start a 9 step b 9 + 3 gives 2 so 2"
  int answer = 0;     // what it arrives at; wrong after a slip that was not noticed
};
Solution solve_chain(const ChainProblem& problem, const SolutionStyle& style, Draws& draws);

// Of a response to a chain.
struct ChainAnalysis {
  bool think = false;    // holds <think>
  bool worked = false;   // at least one step that can be checked: value, operation, result
  bool mixed = false;    // worked, with step words of both languages
  bool foreign = false;  // worked, with a step word that is not of the question's language
  int steps = 0;
  int wrong_steps = 0;  // whose result is not that of their operation
  bool wait = false;    // holds a word of reflection
};
ChainAnalysis analyze_chain(const std::string& question, const std::string& response);

// start, step, gives, wait, so: in the two languages.
struct StepWords {
  const char *start, *step, *gives, *wait, *so;
};
const StepWords& step_words(Language language);

}  // namespace r1
