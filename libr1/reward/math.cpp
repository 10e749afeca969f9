#include "libr1/reward/math.h"

#include <algorithm>
#include <optional>
#include <string>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/math_compare.h"
#include "libr1/reward/math_parser.h"
#include "libr1/reward/math_strings.h"
#include "libr1/reward/math_value.h"

namespace r1 {
namespace {

std::string shown(std::string_view text) {
  return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 40)) + "...";
}

Judgement equal() { return {Verdict::kCorrect, "equal to the reference"}; }
Judgement different(std::string_view reference, std::string_view answer) {
  return {Verdict::kWrong, concat("answer ", shown(answer), ", expected ", shown(reference))};
}
Judgement unreadable(std::string_view reference, std::string_view why) {
  return {Verdict::kUnverifiable,
          concat("the reference ", shown(reference), " is no formula: ", why)};
}

Judgement verify_dapo(std::string_view reference, std::string_view answer) {
  const auto expected = integer_text(reference), found = integer_text(answer);
  if (!expected) return unreadable(reference, "no integer");
  return found == expected ? equal() : different(reference, answer);
}

Judgement verify_minerva(std::string_view reference, std::string_view answer) {
  const std::string expected = minerva_text(reference);
  if (expected.empty()) return unreadable(reference, "nothing is left of it");
  return minerva_text(answer) == expected ? equal() : different(reference, answer);
}

constexpr int64_t kMathReserve = kMaxMathOperations / 10;  // to see what has a value

bool is_number(const MathExpression& e) {
  if (e.kind == MathKind::kNegate || e.kind == MathKind::kQuantity) return is_number(e.children[0]);
  return e.kind == MathKind::kNumber;
}

// How a text can be read: the usual way first. A comma between digits parts thousands, or else
// elements, or is a decimal comma.
std::vector<MathExpression> readings_of(std::string_view text, std::span<const std::string> factors,
                                        std::string& error) {
  std::vector<MathExpression> readings;
  MathReading usual = read_math(text, CommaReading::kThousands, factors);
  error = usual.error;
  if (usual.expression) readings.push_back(std::move(*usual.expression));
  if (!usual.digit_commas) return readings;
  for (const CommaReading other : {CommaReading::kList, CommaReading::kDecimal}) {
    MathReading reading = read_math(text, other, factors);
    if (!reading.expression) continue;
    // A decimal comma makes sense in one number, not in a list of them.
    if (other == CommaReading::kDecimal && !is_number(*reading.expression)) continue;
    readings.push_back(std::move(*reading.expression));
  }
  return readings;
}

Judgement verify_symbolic(std::string_view reference, std::string_view answer,
                          const MathSettings& settings, MathWork& work) {
  std::string error;
  auto expected = readings_of(reference, {}, error);
  if (expected.empty()) return unreadable(reference, error);
  // A letter that stands alone in the reference is a quantity there and in the answer.
  const std::vector<std::string> factors = lone_function_letters(expected[0]);
  if (!factors.empty()) expected = readings_of(reference, factors, error);
  if (expected.empty()) return unreadable(reference, error);
  if (!is_defined(expected[0], work)) return unreadable(reference, "it divides by zero");
  const auto found = readings_of(answer, factors, error);
  if (found.empty())
    return {Verdict::kWrong, concat("the answer ", shown(answer), " is no formula: ", error)};
  std::string undecided;
  std::vector<std::pair<const MathExpression*, const MathExpression*>> open;
  work.put_aside(kMathReserve);
  for (const MathExpression& a : expected)
    for (const MathExpression& b : found) {
      const auto comparison = compare_math(a, b, settings.decimal_places, work);
      if (comparison.outcome == MathOutcome::kEqual) return equal();
      if (comparison.outcome != MathOutcome::kUndecided) continue;
      undecided = comparison.reason;
      open.emplace_back(&a, &b);
    }
  work.give_back(kMathReserve);
  // What has no value is not the value asked for; else an answer could choose not to be judged.
  const bool valueless = std::all_of(open.begin(), open.end(), [&](const auto& pair) {
    return has_value(*pair.first, work) && !has_value(*pair.second, work);
  });
  if (valueless) return different(reference, answer);
  return {Verdict::kUnverifiable,
          concat("answer ", shown(answer), ", expected ", shown(reference), ": ", undecided)};
}

}  // namespace

std::span<const EnumName<MathMode>> enum_names(MathMode) {
  static constexpr EnumName<MathMode> kNames[] = {{MathMode::kSymbolic, "symbolic"},
                                                  {MathMode::kDapo, "dapo"},
                                                  {MathMode::kMinerva, "minerva"}};
  return kNames;
}

Judgement verify_math(std::string_view reference, std::string_view answer,
                      const MathSettings& settings, MathWork* work) {
  reference = trimmed(reference);
  answer = trimmed(answer);
  MathWork own;
  if (reference.empty()) return {Verdict::kUnverifiable, "the reference is empty"};
  if (settings.mode == MathMode::kDapo) return verify_dapo(reference, answer);
  if (settings.mode == MathMode::kMinerva) return verify_minerva(reference, answer);
  return verify_symbolic(reference, answer, settings, work ? *work : own);
}

Judgement check_math_reference(std::string_view reference, const MathSettings& settings) {
  const Judgement judgement = verify_math(reference, reference, settings);
  if (judgement.verdict != Verdict::kWrong) return judgement;
  return unreadable(trimmed(reference), "it does not equal itself");
}

}  // namespace r1
