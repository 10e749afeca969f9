// Tables of references and answers for the tests of the math verifier.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "libr1/reward/math.h"

namespace r1 {

struct Pair {
  std::string_view reference, answer;
};

template <size_t kSize>
void expect_all(const Pair (&pairs)[kSize], Verdict verdict) {
  for (const auto& [reference, answer] : pairs) {
    const Judgement judgement = verify_math(reference, answer);
    EXPECT_EQ(judgement.verdict, verdict)
        << reference << "  against  " << answer << ": " << judgement.reason;
  }
}
template <size_t kSize>
void expect_equal(const Pair (&pairs)[kSize]) {
  expect_all(pairs, Verdict::kCorrect);
}
template <size_t kSize>
void expect_different(const Pair (&pairs)[kSize]) {
  expect_all(pairs, Verdict::kWrong);
}

}  // namespace r1
