// Whether an answer is the same mathematics as its reference; MATH.md says what that means.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "libr1/config/field.h"
#include "libr1/reward/math_work.h"
#include "libr1/reward/verdict.h"

namespace r1 {

enum class MathMode {
  kSymbolic,  // formulas by their meaning
  kDapo,      // integers by their digits (DAPO, arXiv 2503.14476)
  kMinerva,   // texts, normalised as Minerva does (arXiv 2206.14858, appendix D)
};
std::span<const EnumName<MathMode>> enum_names(MathMode);

struct MathSettings {
  MathMode mode = MathMode::kSymbolic;
  int decimal_places = -1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("mode", mode, "how the math verifier compares");
    v.field("decimal_places", decimal_places,
            "where a number is written as a decimal, round both to so many places first; -1: "
            "decimals are exact",
            between(-1, 100));
  }
};

// kUnverifiable, with the reason, for a reference that cannot be read and for a comparison that its
// budget of work (math_work.h) does not reach; kWrong for an answer that cannot be read, or has no
// value where the reference has one. The same on every machine. `work`: where to leave the count of
// what was done.
Judgement verify_math(std::string_view reference, std::string_view answer,
                      const MathSettings& settings = {}, MathWork* work = nullptr);

// kUnverifiable and why, or kCorrect.
Judgement check_math_reference(std::string_view reference, const MathSettings& settings = {});

}  // namespace r1
