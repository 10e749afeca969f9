// Forms that look alike and are not the same answer, in the math verifier.
#include <gtest/gtest.h>

#include "libr1/reward/reward.h"
#include "tests/unit/reward/math_pairs.h"

namespace r1 {
namespace {

TEST(MathForms, WordsKeepSignsNamesAndMarks) {
  constexpr Pair kEqual[] = {
      {"\\text{diverges to }\\infty", "diverges to infinity."},
      {"\\text{decreasing on }(-1,2)", "Decreasing on (-1, 2)."},
      {"\\text{angle }\\alpha", "angle \u03b1"},
      {"center (1,-2)", "Center: (1,\u22122)"},
      {"\\text{event }\\overline{A}", "\\text{Event }\\bar{A}"},
      {"A regular hexagon", "a regular hexagon"},
      {"It is a circle", "it is a circle."},
      {"segment AB", "Segment AB"},
      {"\\text{non-negative}", "non negative"},
      {"x\\text{-axis}", "x axis"},
      {"Alice (5)", "Alice 5"},
      {"Alice 12, Bob 3", "Alice 12 Bob 3"},
      {"Yes, and no!", "yes and no"},
      {"vitamin-C", "vitamin C"},
      {"\u8d1f\u76f8\u5173", "\u8d1f\u76f8\u5173"},  // 负相关
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"\\text{diverges to }\\infty", "\\text{diverges to }-\\infty"},
      {"\\text{diverges to }\\infty", "\\text{diverges to}-\\infty"},
      {"\\text{diverges to }\\infty", "\\text{diverges to }"},
      {"\\text{decreasing on }(-1,2)", "\\text{decreasing on }(1,2)"},
      {"\\text{decreasing on }(-\\infty,0)", "\\text{decreasing on }(0,\\infty)"},
      {"center (1,-2)", "center (-1,2)"},
      {"center (2,3), radius 5", "center (2.3), radius 5"},
      {"Alice 12, Bob 3", "Alice 1, 2 Bob 3"},
      {"\\text{angle }\\alpha", "\\text{angle }\\beta"},
      {"from 1/2 to 2", "from 1.2 to 2"},
      {"from -5 to 3", "from 5 to 3"},
      {"\\text{converges to }3.5", "\\text{converges to }3/5"},
      {"increases by 3.5", "increases by 3,5"},
      {"\\text{event }\\overline{A}", "\\text{event }A"},
      {"\\text{bar }A", "\\overline{A}\\text{ event}"},
      {"\\text{point }A'", "\\text{point }A"},
      {"\\text{triangle }A'B'C'", "\\text{triangle }ABC"},
      {"\\text{east of }A", "\\text{east of }a"},
      {"\\text{Team }1-2", "\\text{Team }1.2"},
      {"-x\\text{-axis}", "x\\text{-axis}"},
      {"\u8d1f\u76f8\u5173", "\u76f8\u5173"},  // 负相关, 相关
  };
  expect_different(kDifferent);
}

TEST(MathForms, CasesKeepTheirValues) {
  constexpr const char* kSteps = "\\begin{cases}1 & x>0\\\\2 & x\\le0\\end{cases}";
  for (const char* answer :
       {"\\begin{cases}1, & x>0\\\\2, & x\\le0\\end{cases}",
        "\\begin{cases}1 & \\text{if } x>0\\\\2 & \\text{if }x\\le0\\end{cases}",
        "f(x)=\\begin{cases}1 & x>0\\\\2 & 0\\ge x\\end{cases}",
        "\\left\\{\\begin{array}{ll}1 & x>0\\\\ 2 & x\\le0\\end{array}\\right."})
    EXPECT_EQ(verify_math(kSteps, answer).verdict, Verdict::kCorrect) << answer;
  for (const char* answer :
       {"\\begin{cases}3 & x>0\\\\5 & x\\le0\\end{cases}",
        "\\begin{cases}1 & x>0\\\\2 & x<0\\end{cases}",
        "\\left\\{\\begin{array}{ll}7 & x>0\\\\ 9 & x\\le0\\end{array}\\right.", "x>0,x\\le0",
        "\\mathbb{R}", "1,2"})
    EXPECT_EQ(verify_math(kSteps, answer).verdict, Verdict::kWrong) << answer;
  constexpr Pair kEqual[] = {
      {"\\begin{cases}x^2 & -1<x<1\\\\-x & \\text{otherwise}\\end{cases}",
       "\\begin{cases}x^2, & -1<x<1\\\\-x, & \\text{otherwise}\\end{cases}"},
      {"\\begin{cases}n & n\\text{ is even}\\\\2n & n\\text{ is odd}\\end{cases}",
       "\\begin{cases}n, & \\text{if } n\\text{ is even}\\\\2n, & \\text{if }n\\text{ is odd}"
       "\\end{cases}"},
      {"x=1,y=2", "\\left\\{\\begin{array}{rcl}x&=&1\\\\y&=&2\\end{array}\\right."},
      {"x+y=3;x-y=1", "\\left\\{\\begin{array}{rcrcr}x&+&y&=&3\\\\x&-&y&=&1\\end{array}\\right."},
      {"x+y=3;x-y=1", "\\begin{aligned}&x+y=3\\\\&x-y=1\\end{aligned}"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"\\begin{cases}n & n\\text{ is even}\\\\2n & n\\text{ is odd}\\end{cases}",
       "\\begin{cases}n & n\\text{ is odd}\\\\2n & n\\text{ is even}\\end{cases}"},
      {"\\begin{cases}1 & n=1\\\\ 2n & n\\ge2\\end{cases}",
       "\\begin{cases}1 & n=1\\\\ 3n & n\\ge2\\end{cases}"},
      {"\\begin{cases}x & x>0\\\\ -x & x\\le0\\end{cases}",
       "\\begin{cases}2x & x>0\\\\ -3x & x\\le0\\end{cases}"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, UnitsWithWordsBehindThem) {
  constexpr Pair kEqual[] = {
      {"15\\text{ cm}", "15\\text{ cm long}"},
      {"15\\text{ cm}", "150\\text{ mm wide}"},
      {"15\\text{ cm}", "15\\text{ in total}"},
      {"60\\text{ miles per hour}", "60\\text{ miles an hour}"},
      {"8\\text{ hours}", "8\\text{ hours each day}"},
      {"24\\text{ hours}", "1\\text{ day}"},
      {"90^\\circ", "90\\text{ degree angle}"},
      {"2500000", "\\$2.5\\text{ million}"},
      {"\\$2.5\\text{ million}", "2.5\\text{ million dollars}"},
      {"18", "\\$18\\text{ per day}"},
      {"\\$18", "\\$18\\text{ dollars}"},
      {"25\\%", "25\\%\\text{ of the total}"},
      {"90^\\circ", "90^\\circ\\text{ clockwise}"},
      {"5\\text{ km north}", "5\\text{ km}"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"15\\text{ cm}", "15\\text{ m long}"},
      {"15\\text{ cm}", "15 meters in length"},
      {"10\\text{ a.m.}", "10\\text{ p.m. sharp}"},
      {"\\$5", "5\\text{ cents each}"},
      {"5\\text{ km}", "5\\text{ miles away}"},
      {"5\\text{ m}", "5\\text{ m}^2\\text{ in area}"},
      {"5\\text{ km north}", "5\\text{ km south}"},
      {"2\\text{ units left}", "2\\text{ units right}"},
      {"90^\\circ\\text{ clockwise}", "90^\\circ\\text{ counterclockwise}"},
      {"2500000", "\\$2.5"},
      {"25\\%", "25\\%\\text{ million}"},
      {"25", "\\$5\\text{ squared}"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, NamesOfElements) {
  constexpr Pair kEqual[] = {
      {"a=1, b=2", "(b,a)=(2,1)"}, {"(x,y)=(1,2)", "(y,x)=(2,1)"},
      {"(b,a)=(1,2)", "(1,2)"},    {"(1,2)", "(m,b)=(1,2)"},
      {"1,2", "x=1,x=2"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"x=1,x=2", "x=1,y=2"},         {"x=1,x=2", "a=1,b=2"},   {"a=1, b=2", "(b,a)=(1,2)"},
      {"(x,y)=(1,2)", "(y,x)=(1,2)"}, {"(1,2)", "(y,x)=(1,2)"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, BothSigns) {
  constexpr Pair kEqual[] = {
      {"(\\pm3,0)", "(3,0),(-3,0)"},        {"\\{(\\pm1,0)\\}", "\\{(1,0),(-1,0)\\}"},
      {"\\pm1\\pm i", "1+i,1-i,-1+i,-1-i"}, {"(\\pm1,\\pm2)", "(1,2),(1,-2),(-1,2),(-1,-2)"},
      {"a\\pm b\\mp c", "a+b-c,a-b+c"},     {"\\pm3", "3,-3"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"(\\pm3,0)", "(3,-3,0)"},
      {"(3,-3,0)", "(\\pm3,0)"},
      {"(\\pm1,\\pm2)", "(1,-1,2,-2)"},
      {"1+i,-1-i", "\\pm1\\pm i"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, InequalitiesThatAreNotSolved) {
  constexpr Pair kEqual[] = {
      {"(4,\\infty)", "x>4"},   {"(1,3)", "1<x+1-1<3"},  {"(4,\\infty)", "f(x)>4"},
      {"(4,\\infty)", "x+y>4"}, {"(4,\\infty)", "AB>4"}, {"(0,1)", "e\\in(0,1)"},
      {"x^2>4", "4<x^2"},       {"[-2,2]", "|x|\\le2"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"(4,\\infty)", "x^2>4"},  {"(8,\\infty)", "2^x>8"},          {"(0,1)", "0<\\ln x<1"},
      {"(1,3)", "1<\\frac1x<3"}, {"\\{1,2\\}", "x^2\\in\\{1,2\\}"}, {"[0,1]", "\\frac1x\\in[0,1]"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, NumeralsSideBySide) {
  constexpr Pair kEqual[] = {
      {"2024-01-05", "2024-01-05"},
      {"2019", "2024-5"},
      {"72", "2^3 3^2"},
      {"24", "(2^3)3"},
      {"45.5^\\circ", "45^\\circ 30'"},
      {"45^{\\circ}30'", "45.5^\\circ"},
      {"1.51^\\circ", "1^\\circ 30' 36''"},
      {"15", "5!!"},
      {"48", "6!!"},
      {"(2n-1)!!", "(2n-1)!!"},
      {"720", "(3!)!"},
      {"7/2", "3 1/2"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"2024-01-05", "2024-05-01"},
      {"2024-01-05", "2018"},
      {"2018", "2024-01-05"},
      {"45^\\circ 30'", "30^\\circ 45'"},
      {"32", "2^3 4"},
      {"3/2", "1/2 3"},
      {"12", "4/1 3"},
      {"12", "3! 2"},
      {"12", "3\\% 400"},
      {"6", "\\$2 3"},
      {"6", "\u20ac2 \u20ac3"},
      {"-6", "-2 3"},
      {"720", "3!!"},
      {"5", "5!!!"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, CodesSubscriptsAndPeriods) {
  constexpr Pair kEqual[] = {
      {"3A7", "3A7"},
      {"2A3_{16}", "2A3"},
      {"2A3_{16}", "2A3_{16}"},
      {"100000", "1E5"},
      {"x_{10}", "x_10"},
      {"\\frac17", "0.\\dot{1}4285\\dot{7}"},
      {"133/990", "0.1\\dot{3}\\dot{4}"},
      {"\\frac16", "0.1\\bar6"},
      {"\\frac13", "0.\\overline3"},
      {"5", "5\\text{ dm}"},
      {"5\\text{ dm}", "50\\text{ cm}"},
      {"5", "5\\text{ kJ}"},
      {"(-\\infty,-1)\\cup(-1,1)\\cup(1,\\infty)", "x\\ne\\pm1"},
      {"x=\\pm1,\\pm2", "1,-1,2,-2"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"3A7", "7A3"},
      {"1A2", "2A1"},
      {"3A7_{16}", "7A3_{16}"},
      {"0", "x_10"},
      {"\\frac17", "0.\\dot{1}4285\\dot{6}"},
      {"5\\text{ dm}", "5\\text{ cm}"},
      {"5\\text{ kg}", "5\\text{ tons}"},
      {"x\\ne\\pm1", "x\\ne\\pm2"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, ConditionsBehindAFormula) {
  constexpr Pair kEqual[] = {
      {"x=k\\pi(k\\in\\mathbb{Z})", "x=k\\pi, k\\in\\mathbb{Z}"},
      {"x=k\\pi+\\frac{\\pi}{3}(k\\in\\mathbb{Z})", "k\\pi+\\frac\\pi3"},
      {"2x(x>0)", "2x, x>0"},
      {"n\\equiv 5\\pmod 7", "n\\equiv 12\\pmod{7}"},
      {"n\\equiv 5\\pmod 7", "n \u2261 5 (mod 7)"},
      {"n\\equiv 5\\pmod 7", "n\\equiv 5\\ (\\text{mod }7)"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"x=k\\pi(k\\in\\mathbb{Z})", "x=2k\\pi(k\\in\\mathbb{Z})"},
      {"x=k\\pi(k\\in\\mathbb{Z})", "x=k\\pi(k\\in\\mathbb{N})"},
      {"2x(x>0)", "2x(x<0)"},
      {"x>2", "x>2, x\\in\\mathbb{Z}"},
      {"n\\equiv 5\\pmod 7", "n\\equiv 4\\pmod 7"},
      {"n\\equiv 5\\pmod 7", "n\\equiv 5\\pmod 8"},
  };
  expect_different(kDifferent);
}

TEST(MathForms, ApproximationsBehindAValue) {
  constexpr Pair kEqual[] = {
      {"\\frac13", "\\frac13\\approx0.333"},
      {"2\\pi", "2\\pi\\approx6.28"},
      {"2\\pi", "6.28\\approx2\\pi"},
      {"2\\pi", "x=2\\pi\\approx6.28"},
      {"\\sqrt5\\approx2.236", "2.236"},
      {"\\sqrt5\\approx2.236", "\\sqrt5"},
      {"5", "x\\approx5"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"2.236", "\\sqrt7\\approx2.236"},
      {"5", "3\\approx5"},
      {"0.333", "\\frac13\\approx0.333"},
  };
  expect_different(kDifferent);
}

// In the verifier of numbers too.
TEST(MathForms, WordsThatMakeAnotherNumber) {
  for (const char* answer :
       {"5\u4edf", "5\u4f70", "5\u5eff", "5\u5e73\u65b9", "5\u7684\u5e73\u65b9",  // 仟 佰 廿 平方
        "5\u6b21\u65b9", "5\u6298", "5\u62fe", "5\u96f6", "5\u8d1f", "5\u6210",  // 次方 折 拾 零 负
        "5\u2030", "5 negative", "5 double", "5 root"}) {
    EXPECT_EQ(verify_math("5", answer).verdict, Verdict::kWrong) << answer;
    EXPECT_EQ(verify(Verifier::kNumber, "5", answer).verdict, Verdict::kWrong) << answer;
  }
  for (const char* answer :
       {"5\u5e73\u65b9\u5398\u7c73", "5\u6210\u5458", "5\u5143", "5 roots",  // 平方厘米 成员 元
        "5 negative integers", "5 double rooms", "5\u5e73\u65b9\u7c73\u3002"}) {
    EXPECT_EQ(verify_math("5", answer).verdict, Verdict::kCorrect) << answer;
    EXPECT_EQ(verify(Verifier::kNumber, "5", answer).verdict, Verdict::kCorrect) << answer;
  }
}

}  // namespace
}  // namespace r1
