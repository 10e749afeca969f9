// Fuzz target: any bytes as a reference, a zero byte, any bytes as an answer. The verifier
// never crashes, keeps its budgets, says the same twice, and calls nothing different from itself.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "libr1/reward/math.h"

namespace {

void require(bool holds, const char* what, std::string_view a, std::string_view b) {
  if (holds) return;
  std::fprintf(stderr, "%s\nreference: %.*s\nanswer: %.*s\n", what, static_cast<int>(a.size()),
               a.data(), static_cast<int>(b.size()), b.data());
  std::abort();
}

void check(std::string_view reference, std::string_view answer) {
  r1::MathWork first, second;
  const r1::Judgement judgement = r1::verify_math(reference, answer, {}, &first);
  const r1::Judgement again = r1::verify_math(reference, answer, {}, &second);
  require(first.operations() <= r1::kMaxMathOperations, "too many operations", reference, answer);
  require(first.bits() <= r1::kMaxMathBits, "too many bits", reference, answer);
  require(judgement.verdict == again.verdict && first.operations() == second.operations(),
          "two verdicts", reference, answer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = input.find('\0');
  const std::string_view reference = input.substr(0, cut);
  const std::string_view answer = cut == input.npos ? "" : input.substr(cut + 1);
  check(reference, answer);
  require(r1::verify_math(answer, answer).verdict != r1::Verdict::kWrong, "not equal to itself",
          answer, answer);
  return 0;
}
