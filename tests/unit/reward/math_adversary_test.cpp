// Answers written to stall the math verifier, to overflow it or to slip past it.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "libr1/reward/math.h"

namespace r1 {
namespace {

std::string repeated(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(MathAdversary, TowersOfPowersAreAnsweredAtOnce) {
  MathWork work;
  EXPECT_EQ(verify_math("5", "9^9^9^9", {}, &work).verdict, Verdict::kWrong);
  EXPECT_LT(work.operations(), 5000);
  EXPECT_EQ(verify_math("5", "9^{9^{9^{9^{9^{9^{9}}}}}}").verdict, Verdict::kWrong);
  EXPECT_EQ(verify_math("9^{9^{9^9}}", "9^{9^{9^9}}").verdict, Verdict::kCorrect);
  EXPECT_EQ(verify_math("9^{9^{9^9}}", "9^{9^{9^8}}").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(verify_math("10^{100000}", "10^{100000}+1").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(verify_math("2^{1000}", "2^{1000}+1").verdict, Verdict::kWrong);
  EXPECT_EQ(verify_math("5", "(10^{10})!").verdict, Verdict::kWrong);
}

TEST(MathAdversary, DeepNestingIsRefusedNotFollowed) {
  constexpr size_t kDepth = 100000;
  for (const char* open : {"(",
                           "[",
                           "\\{",
                           "{",
                           "\\sqrt{",
                           "|",
                           "-",
                           "\\frac{",
                           "\\sin ",
                           "1^",
                           "\\text{",
                           "\\left(",
                           "\\begin{pmatrix}",
                           "\\boxed{",
                           "x_",
                           "+",
                           "\\lfloor ",
                           "\\sum_",
                           "f(",
                           "\\pm",
                           "1/",
                           "(1,"})
    for (const size_t depth : {size_t{1500}, kDepth})
      EXPECT_NE(verify_math("5", repeated(open, depth) + "5").verdict, Verdict::kCorrect) << open;
  const std::string closed = repeated("(", kDepth) + "5" + repeated(")", kDepth);
  EXPECT_EQ(verify_math("5", closed).verdict, Verdict::kWrong);
  EXPECT_EQ(verify_math(closed, "5").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(verify_math("5", repeated("(", 20) + "5" + repeated(")", 20)).verdict,
            Verdict::kCorrect);
}

// The longest text that is read takes a bounded time whatever it holds, and a longer one none.
TEST(MathAdversary, LongTextsTakeLinearTime) {
  using Clock = std::chrono::steady_clock;
  for (const char* unit : {"1",
                           "1+",
                           "x+",
                           "(x+1)*",
                           "1,",
                           "5 ",
                           "x",
                           "\\frac{1}{x+",
                           "\\sqrt{2}+",
                           "1/3+",
                           "x_1",
                           "!",
                           "'",
                           "%",
                           "\\pm 1",
                           "\\cup [1,2]",
                           "a=",
                           "1;",
                           "&",
                           "\\\\",
                           "\xe4\xb8\x80",
                           "\xff",
                           "\\text{a}",
                           "word ",
                           "^{2}",
                           "(1,2),",
                           "1.5e5+",
                           "x<",
                           "y^{x}+",
                           "\\sin x\\cos ",
                           "1 or ",
                           "\\begin{matrix}",
                           "(x+y+z)^{9}",
                           "(1+\\sqrt{2})",
                           "\\overline{3}",
                           "|x|",
                           "|x|+",
                           "a(",
                           "a(n)=",
                           "f(x)",
                           "m m ",
                           "5 tenths ",
                           "an+b,",
                           "\\bar ",
                           "\\bar{",
                           "\\angle A",
                           "\\phantom{",
                           "\\{x:",
                           "x=1,y=2,",
                           "\\begin{array}{l}x=",
                           "\\lfloor x\\rfloor+",
                           "x!+",
                           "\\begin{cases}1&x>",
                           "1&x>0\\\\",
                           "(\\pm1,\\pm2),",
                           "2^3 3^2 ",
                           "word (1, -",
                           "A'-",
                           "5 km of ",
                           "$5 each ",
                           "1^\\circ 2'",
                           "3!!+"})
    for (const size_t bytes : {size_t{19000}, size_t{1000000}}) {
      const std::string text = repeated(unit, bytes / std::string_view(unit).size()) + "1";
      MathWork work;
      const auto start = Clock::now();
      verify_math("x+\\sqrt{2}", text, {}, &work);
      verify_math(text, text, {}, &work);
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      EXPECT_LT(seconds, 5) << unit << " " << bytes;
      EXPECT_LE(work.operations(), kMaxMathOperations) << unit;
    }
}

// Each product copies the elements of the one before: 24 of them would be 2^24 terms an element.
TEST(MathAdversary, ProductsOfMatricesStayWithinTheBudget) {
  using Clock = std::chrono::steady_clock;
  const auto row = "\\begin{pmatrix}" + repeated("1&", 3900) + "1\\end{pmatrix}";
  for (const std::string& answer :
       {repeated("\\begin{pmatrix}1&1\\\\1&1\\end{pmatrix}", 24),
        repeated("\\begin{pmatrix}1&1&1\\\\1&1&1\\\\1&1&1\\end{pmatrix}", 300),
        repeated("\\begin{pmatrix}x\\end{pmatrix}", 600), "(" + repeated("1+", 2500) + "1)" + row,
        repeated("x", 5000) + row, row + repeated("+" + row, 1)}) {
    MathWork work;
    const auto start = Clock::now();
    EXPECT_EQ(verify_math("5", answer, {}, &work).verdict, Verdict::kWrong) << answer.substr(0, 40);
    EXPECT_LE(work.operations(), kMaxMathOperations);
    verify_math(answer, answer + "1");
    EXPECT_LT(std::chrono::duration<double>(Clock::now() - start).count(), 5);
  }
  EXPECT_EQ(verify_math("\\begin{pmatrix}1&8\\\\0&1\\end{pmatrix}",
                        repeated("\\begin{pmatrix}1&1\\\\0&1\\end{pmatrix}", 8))
                .verdict,
            Verdict::kCorrect);
  EXPECT_EQ(verify_math("\\begin{pmatrix}6&0\\\\0&6x\\end{pmatrix}",
                        "2x\\begin{pmatrix}\\frac1x&0\\\\0&1\\end{pmatrix}3")
                .verdict,
            Verdict::kCorrect);
}

TEST(MathAdversary, ClaimsBesideTheAnswerWinNothing) {
  for (const char* answer : {"41 42",
                             "41, 42",
                             "41 or 42",
                             "42 or 41",
                             "41 = 42 = 41",
                             "not 42",
                             "42?41",
                             "41; 42",
                             "\\boxed{41} \\boxed{42}",
                             "42 \\text{ or } 41",
                             "x",
                             "42x",
                             "42+x",
                             "{42, 41}",
                             "reference",
                             "the reference",
                             "correct",
                             "\\text{equal to the reference}",
                             "42 \\ne 42",
                             "42 \\approx 41.5 = 41",
                             "\\pm 42",
                             "[42, 42]",
                             "(42, 42)",
                             "42 = 41",
                             "-42",
                             "4 2",
                             "42 - 0.0000000001",
                             "42\\cdot 10",
                             "42^{1.0001}",
                             "x \\ge 42",
                             "x < 42",
                             "42:1:1",
                             "NaN",
                             "\\infty",
                             "42/0",
                             "0/0",
                             "1/0 + 42",
                             "42!",
                             "42\\%\\%"})
    EXPECT_NE(verify_math("42", answer).verdict, Verdict::kCorrect) << answer;
  // A word that only looks like the reference's: the first letter is Cyrillic.
  EXPECT_NE(verify_math("Even", "\u0415ven").verdict, Verdict::kCorrect);
  // A letter of the answer is no wildcard.
  EXPECT_NE(verify_math("x^2+1", "y").verdict, Verdict::kCorrect);
  EXPECT_NE(verify_math("x^2+1", "f(x)").verdict, Verdict::kCorrect);
}

TEST(MathAdversary, AnyBytesAreRead) {
  for (int first = 0; first < 256; ++first)
    for (const char* rest : {"", "5", "{", "\\"}) {
      const std::string text = std::string(1, static_cast<char>(first)) + rest;
      verify_math("5", text);
      verify_math(text, text);
    }
}

}  // namespace
}  // namespace r1
