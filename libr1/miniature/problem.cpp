#include "libr1/miniature/problem.h"

namespace r1 {

const char* name_of(Family family) {
  switch (family) {
    case Family::kChain:
      return "chain";
    case Family::kArithmetic:
      return "arithmetic";
    case Family::kCountdown:
      break;
  }
  return "countdown";
}

std::unique_ptr<Problem> draw_problem(Family family, Difficulty difficulty, bool held_out,
                                      Draws& draws) {
  const auto draw = family == Family::kChain        ? draw_chain
                    : family == Family::kArithmetic ? draw_arithmetic
                                                    : draw_countdown;
  for (;;) {
    auto problem = draw(difficulty, draws);
    if (is_held_out(problem->key()) == held_out) return problem;
  }
}

}  // namespace r1
