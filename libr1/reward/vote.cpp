#include "libr1/reward/vote.h"

#include "libr1/reward/ascii.h"
#include "libr1/reward/choice.h"
#include "libr1/reward/math_strings.h"
#include "libr1/reward/number.h"

namespace r1 {
namespace {

// Whether "correct" means "equal to the reference".
bool is_comparison(Verifier verifier) {
  return verifier == Verifier::kNumber || verifier == Verifier::kMath ||
         verifier == Verifier::kExact || verifier == Verifier::kChoice;
}

// One text for the ways to write it; empty when there is none.
std::string canonical(Verifier verifier, std::string_view answer) {
  if (verifier == Verifier::kChoice) {
    const auto letter = parse_choice(answer);
    return letter ? std::string(1, *letter) : "";
  }
  if (verifier != Verifier::kNumber && verifier != Verifier::kMath) return "";
  const std::string text = verifier == Verifier::kMath ? minerva_text(answer) : std::string(answer);
  if (const auto number = ExactNumber::parse(text)) return number->to_string();
  return verifier == Verifier::kMath ? text : "";
}

}  // namespace

std::string vote_of(const Task& task, std::string_view answer, Verdict verdict) {
  answer = trimmed(answer);
  if (answer.empty()) return "";
  if (verdict == Verdict::kCorrect && is_comparison(task.verifier))
    return std::string(trimmed(task.reference));
  const std::string text = canonical(task.verifier, answer);
  return text.empty() ? std::string(answer) : text;
}

}  // namespace r1
