#include "libr1/reward/output_comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"

namespace r1 {
namespace {

// Empty at the end.
std::string_view next_token(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
  const std::string_view token = text.substr(0, text.find_first_of(kWhiteSpace));
  text.remove_prefix(token.size());
  return token;
}

std::optional<double> number_of(std::string_view token) {
  if (token.size() > 1 && token.front() == '+' && token[1] != '-') token.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

bool same(std::string_view expected, std::string_view found, std::optional<double> tolerance) {
  if (expected == found) return true;
  if (!tolerance) return false;
  const auto x = number_of(expected), y = number_of(found);
  return x && y && std::abs(*x - *y) <= *tolerance * std::max(1.0, std::abs(*x));
}

}  // namespace

Judgement compare_output(std::string_view expected, std::string_view found,
                         std::optional<double> tolerance) {
  for (int64_t token = 1;; ++token) {
    const std::string_view want = next_token(expected), have = next_token(found);
    if (want.empty() && have.empty()) return {Verdict::kCorrect, "the output is as expected"};
    if (have.empty()) return {Verdict::kWrong, concat("the output ends before token ", token)};
    if (want.empty())
      return {Verdict::kWrong, concat("the output goes on after token ", token - 1)};
    if (!same(want, have, tolerance))
      return {Verdict::kWrong,
              concat("token ", token, " of the output, ", have.substr(0, 40), ", is not right")};
  }
}

}  // namespace r1
