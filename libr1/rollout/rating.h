// A rating in the manner of Codeforces, which is Elo's, from how often problems were solved.
#pragma once

#include <span>

namespace r1 {

struct ProblemResult {
  double difficulty;  // the problem's rating d_i
  double solved;      // the share p_i of the samples that solved it, 0..1
};

struct Rating {
  double value = 0;
  // 1 / sqrt(I(r)) of one sample a problem. With k independent samples of each problem the error
  // from sampling is that over sqrt(k); that from the choice of problems stays.
  double standard_error = 0;
  bool clamped = false;  // the likelihood has no maximum within the bounds
};

// The rating r that makes the results most likely when a solver rated r solves problem i with
// probability (Elo, 1978)
//   P_i(r) = 1 / (1 + 10^((d_i - r) / 400)).
// The log-likelihood sum_i p_i log P_i + (1 - p_i) log(1 - P_i) is concave, with derivative
// ln(10)/400 * sum_i (p_i - P_i(r)): at its maximum as many problems are solved as expected,
//   sum_i p_i = sum_i P_i(r),
// found by bisection to the last bit or so. Fisher information: I(r) = (ln(10)/400)^2
// sum_i P_i (1 - P_i). The bounds are the easiest problem's rating less 800 and the hardest's plus
// 800 (one in 101 solved there): all solved, or none, gives a bound. Fault::kInput when there is no
// problem, a difficulty is not finite, or a share lies outside 0..1.
Rating estimate_rating(std::span<const ProblemResult> results);

}  // namespace r1
