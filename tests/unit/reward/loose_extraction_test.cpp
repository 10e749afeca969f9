#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "libr1/reward/extraction.h"

namespace r1 {
namespace {

std::string answer(Extraction extraction, std::string_view text) {
  return std::string(extract_answer(extraction, text).value_or("none"));
}

TEST(Extraction, BoxedIsTheLastWithItsBraces) {
  const auto boxed = Extraction::kBoxed;
  EXPECT_EQ(answer(boxed, "\\boxed{1} and \\boxed{2}"), "2");
  EXPECT_EQ(answer(boxed, "\\boxed{\\frac{1}{\\sqrt{2}}}"), "\\frac{1}{\\sqrt{2}}");
  EXPECT_EQ(answer(boxed, "\\boxed{1} \\boxed{2"), "none");  // the response was cut
  EXPECT_EQ(answer(boxed, "<think> \\boxed{1} </think> 2"), "none");
  EXPECT_EQ(answer(boxed, "\\boxed {5}"), "5");
  EXPECT_EQ(answer(boxed, "\\boxed{5} is \\boxed"), "5");
  // Escaped braces are print: this one never closes.
  EXPECT_EQ(answer(boxed, "\\boxed{\\left\\{\\begin{array}{l}x=3\\\\y=4\\end{array}\\right.}"),
            "\\left\\{\\begin{array}{l}x=3\\\\y=4\\end{array}\\right.");
  EXPECT_EQ(answer(boxed, "\\boxed{1\\}"), "none");
}

TEST(Extraction, StatementIsWhatTheAnswerIs) {
  const auto statement = Extraction::kStatement;
  EXPECT_EQ(answer(statement, "So the answer is 7.5. I hope."), "7.5");
  EXPECT_EQ(answer(statement, "The answer is 1. No: the final answer is $\\frac12$.\nYes."),
            "$\\frac12$");
  EXPECT_EQ(answer(statement, "Answer: The volume of $ABC$ is 120. Done."), "120");
  EXPECT_EQ(answer(statement, "Final Answer: The point is $(1, 2)$."), "$(1, 2)$");
  EXPECT_EQ(answer(statement, "答案是12。"), "12");
  EXPECT_EQ(answer(statement, "答案：$x=3$"), "$x=3$");
  EXPECT_EQ(answer(statement, "The answer is Yes."), "Yes");
  for (const char* text : {"Answer: **5**", "The answer is **5**.", "答案：**5**",
                           "The answer is:\n\n**5**", "**The answer is 5**", "The answer is *5*"})
    EXPECT_EQ(answer(statement, text), "5") << text;
  EXPECT_EQ(answer(statement, "The answer is not 5."), "none");
  EXPECT_EQ(answer(statement, "The answer is 6. So the answer is not $5$."), "6");
  EXPECT_EQ(answer(statement, "The answer is $\\mathbb{R}^*$."), "$\\mathbb{R}^*$");
  EXPECT_EQ(answer(statement, "nothing is said"), "none");
  EXPECT_EQ(answer(statement, "the answer is "), "none");
  EXPECT_EQ(answer(statement, "<think> the answer is 3 </think> 4"), "none");
}

TEST(Extraction, LastFormulaTakesThoseJoinedToIt) {
  const auto formula = Extraction::kLastFormula;
  EXPECT_EQ(answer(formula, "from $a$ we get $b+1$, surely"), "$b+1$");
  EXPECT_EQ(answer(formula, "are $1$, $2$ and $3$."), "$1$, $2$ and $3$");
  EXPECT_EQ(answer(formula, "so \\[x = 2\\] holds"), "\\[x = 2\\]");
  EXPECT_EQ(answer(formula, "costs \\$5"), "none");
  EXPECT_EQ(answer(formula, "a $ alone"), "none");
}

TEST(Extraction, AnyTakesTheStrongestSign) {
  const auto any = Extraction::kAny;
  EXPECT_EQ(answer(any, "it is \\boxed{5}, or so $6$, 7"), "5");
  EXPECT_EQ(answer(any, "she faces $\\boxed{\\text{east}}$."), "\\text{east}");
  EXPECT_EQ(answer(any, "\\boxed{44}, so our answer is correct."), "44");
  EXPECT_EQ(answer(any, "our answer is correct"), "correct");
  EXPECT_EQ(answer(any, "cut off: \\boxed{\\frac{1}{2}"), "\\frac{1}{2}");
  EXPECT_EQ(answer(any, "\\boxed{1}. The answer is (B)"), "(B)");
  EXPECT_EQ(answer(any, "\\boxed{255}. The final answer is $10,455$. I hope"), "$10,455$");
  EXPECT_EQ(answer(any, "\\boxed{1}$ and $\\boxed{2}$"), "\\boxed{1}$ and $\\boxed{2}");
  EXPECT_EQ(answer(any, "the sum $x$ is 12 apples"), "12");
  EXPECT_EQ(answer(any, "it is $x+1$"), "$x+1$");
  EXPECT_EQ(answer(any, "7,425,000"), "7,425,000");
  EXPECT_EQ(answer(any, "so \\boxed {\\left\\{x\\right.} holds"), "\\left\\{x\\right.");
  EXPECT_EQ(answer(any, "The answer is not 5."), "none");
  EXPECT_EQ(answer(any, "The answer is not 5. It is 6."), "6");
  EXPECT_EQ(answer(any, "\\boxed{6}, so the answer is not 5."), "6");
  EXPECT_EQ(answer(any, "Yes"), "Yes");
  EXPECT_EQ(answer(any, " "), "none");
}

TEST(Extraction, LooseModesAreLinear) {
  using Clock = std::chrono::steady_clock;
  for (const char* unit :
       {"\\boxed{", "\\boxed", "\\boxed ", "$", "$a$ and ", "the answer is ", "\\(", "\\[x\\], ",
        "1 ", "000 ", "\\boxed{1} ", "answer: ", "1a", "the answer is not 5 "})
    for (const auto extraction :
         {Extraction::kAny, Extraction::kStatement, Extraction::kLastFormula}) {
      std::string text;
      while (text.size() < 1000000) text += unit;
      const auto start = Clock::now();
      extract_answer(extraction, text);
      EXPECT_LT(std::chrono::duration<double>(Clock::now() - start).count(), 2) << unit;
    }
}

}  // namespace
}  // namespace r1
