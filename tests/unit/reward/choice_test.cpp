#include "libr1/reward/choice.h"

#include <gtest/gtest.h>

#include "libr1/reward/reward.h"

namespace r1 {
namespace {

TEST(ChoiceTest, LettersHoweverTheyAreDressed) {
  for (const char* text : {"B",
                           "b",
                           " B ",
                           "(B)",
                           "(b)",
                           "[B]",
                           "B.",
                           "B)",
                           "**B**",
                           "*B*",
                           "`B`",
                           "$B$",
                           "\"B\"",
                           "\\text{B}",
                           "$\\text{B}$",
                           "\\boxed{B}",
                           "\\textbf{(B)}",
                           "Ｂ",
                           "（Ｂ）",
                           "（B）",
                           "Ｂ．",
                           "【B】",
                           "B。",
                           "Answer: B",
                           "answer: b",
                           "Answer: (B)",
                           "**Answer: B**",
                           "Answer: **B**",
                           "The answer is B",
                           "The answer is B.",
                           "The correct option is (B).",
                           "Option B",
                           "Final answer: B",
                           "So the answer would be B",
                           "B. Paris",
                           "B) Paris",
                           "B: Paris",
                           "(B) Paris is the capital",
                           "B. I think, as a Frenchman",
                           "(B)酶和激素",
                           "答案：B",
                           "答案是B",
                           "答案是 （B）。",
                           "正确答案为B",
                           "选B",
                           "故选：B",
                           "正确的选项是B",
                           "The answer is **B**.",
                           "**B**.",
                           "**(B)** Paris",
                           "**B**: Paris",
                           "**B.** Paris",
                           "\\textbf{(B)} 12",
                           "The answer is $\\text{B}$.",
                           "故答案为：B",
                           "所以选B",
                           "因此选B。",
                           "\\boxed{\\text{B}}"})
    EXPECT_EQ(parse_choice(text), 'B') << text;
}

TEST(ChoiceTest, TextsThatAreNoChoice) {
  for (const char* text : {"",
                           " ",
                           "()",
                           "(B",
                           "B]",
                           "(B]",
                           "1",
                           "?",
                           "AB",
                           "A B",
                           "A, B",
                           "A or B",
                           "(A) or (B)",
                           "A. or B.",
                           "A and B",
                           "A/B",
                           "A. B. C. D.",
                           "A) x B) y",
                           "A. Paris B. London",
                           "(A) Paris (B) London",
                           "Both",
                           "Paris",
                           "a dog",
                           "none of them",
                           "not B",
                           "The answer is not B",
                           "It is not A but B",
                           "Answer: A, B",
                           "b. paris",
                           "<B>",
                           "B=3",
                           "Apple",
                           "A.5",
                           "à",
                           "Answer:",
                           "**A** or **B**",
                           "**(A)** or **(B)**",
                           "**A.** Paris **B.** London",
                           "The answer is not **B**.",
                           "\\text{(A)} x \\text{(B)} y",
                           "\\boxed{A} \\boxed{B}",
                           "\\boxed{\\text{A}}\\boxed{\\text{B}}"})
    EXPECT_EQ(parse_choice(text), std::nullopt) << text;
  EXPECT_EQ(parse_choice("I"), 'I');  // nine choices and more
  EXPECT_EQ(parse_choice(std::string(1 << 20, 'B')), std::nullopt);
  EXPECT_EQ(parse_choice(std::string(1999, '*') + "B"), std::nullopt);
}

TEST(ChoiceTest, Verdicts) {
  EXPECT_EQ(verify(Verifier::kChoice, "B", "(b)").verdict, Verdict::kCorrect);
  EXPECT_EQ(verify(Verifier::kChoice, "B", "C").verdict, Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kChoice, "B", "B or C").verdict, Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kChoice, "B", "").verdict, Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kChoice, "Paris", "B").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(check_reference(Verifier::kChoice, "D").verdict, Verdict::kCorrect);
  EXPECT_EQ(check_reference(Verifier::kChoice, "").verdict, Verdict::kUnverifiable);
  const Response response{"<think> x </think> <answer> (C) </answer>"};
  EXPECT_EQ(score({}, {Verifier::kChoice, "C", ""}, response).total, 2);
}

}  // namespace
}  // namespace r1
