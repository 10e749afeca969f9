// What the math verifier takes for the same answer, and what not.
#include "libr1/reward/math.h"

#include <gtest/gtest.h>

#include <string>

#include "libr1/reward/reward.h"
#include "tests/unit/reward/math_pairs.h"

namespace r1 {
namespace {

TEST(Math, Numbers) {
  constexpr Pair kEqual[] = {
      {"5", "5"},
      {"5", "5.0"},
      {"5", "+5"},
      {"5", "05"},
      {"5", "$5$"},
      {"5", "\\(5\\)"},
      {"5", "5."},
      {"5", "**5**"},
      {"-5", "\u22125"},
      {"1/2", "0.5"},
      {"\\frac12", "\\frac{1}{2}"},
      {"\\frac 59", "5/9"},
      {"\\dfrac{17}{50}", ".34"},
      {"3\\frac{1}{2}", "7/2"},
      {"3 1/2", "3.5"},
      {"-3\\frac12", "-3.5"},
      {"0.\\overline{3}", "1/3"},
      {"0.1\\dot{3}\\dot{4}", "133/990"},
      {"0.\\overline{3}\\overline{3}", "1/3"},
      {"0.1\\overline{6}", "\\frac16"},
      {"0.\\dot{9}", "1"},
      {"7,425,000", "7425000"},
      {"1 000", "1000"},
      {"11,\\! 111,\\! 100", "11111100"},
      {"58{,}500", "58500"},
      {"1000,99", "1000.99"},
      {"1.5\\times 10^{3}", "1500"},
      {"1e-3", "0.001"},
      {".0000672", "6.72 \\cdot 10^{-5}"},
      {"\u00bd", "0.5"},
      {"2\u00bd", "2.5"},
      {"\uff11\uff12", "12"},  // full-width digits
      {"2^{10}", "1024"},
      {"5!", "120"},
      {"\\binom{10}{3}", "120"},
      {"|-7|", "7"},
      {"\\lfloor 3.7 \\rfloor", "3"},
      {"5 million", "5000000"},
      {"9\u00d710\u2075", "900000"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"5", "-5"},
      {"1/3", "0.33"},
      {"1/3", "0.3333333333333333"},
      {"0.1", "0.10000001"},
      {"14916", "14940"},
      {"100", "101"},
      {"5", "5 or 6"},
      {"5", "5, 6"},
      {"5", "(5, 6)"},
      {"1234", "1,2,3,4"},
      {"1,000", "1"},
      {"1,000", "1, 0"},
      {"\\$1,000", "\\$1"},
      {"2,500", "2.5"},
      {"1.234", "1,234"},
      {"5", "5!"},
      {"12", "1 2"},
      {"7", "seven and 8"},
      {"1000000000000000000001", "1000000000000000000000"},
      {"5", ""},
      {"5", "?"},
      {"5", "5\\neq 5"},
      {"5", "1/0"},
      {"0", "1/0"},
      {"5", "\\infty"},
      {"12", "\u0661\u0662"},  // Arabic-Indic digits are not read
      {"3.5", "3 \\cdot \\frac12"},
  };
  expect_different(kDifferent);
}

TEST(Math, RadicalsAndConstantsAreExact) {
  constexpr Pair kEqual[] = {
      {"2\\sqrt{2}", "\\sqrt8"},
      {"\\sqrt{2}+\\sqrt{3}", "\\sqrt{5+2\\sqrt6}"},
      {"\\frac{\\sqrt{21}}{5}", "\\sqrt{\\frac{21}{25}}"},
      {"\\frac{1}{\\sqrt2}", "\\frac{\\sqrt{2}}{2}"},
      {"\\sqrt[3]{-8}", "-2"},
      {"\\sqrt[3]{2+\\sqrt5}", "\\frac{1+\\sqrt5}{2}"},
      {"2^{1/3} \\cdot 4^{1/3}", "2"},
      {"\u221a2", "\\sqrt{2}"},
      {"\\frac94\\pi", "\\frac{9\\pi}{4}"},
      {"\\ln 8", "3\\ln 2"},
      {"\\log_2 8", "3"},
      {"1 - \\frac{1}{\\mathrm{e}}", "1-e^{-1}"},
      {"e^{i\\pi}", "-1"},
      {"6-5i", "-5i+6"},
      {"\\frac{1}{i}", "-i"},
      {"\\sqrt{-4}", "2i"},
      {"(1+i)^2", "2i"},
      {"\\sin 30^\\circ", "\\frac12"},
      {"\\cos\\frac{\\pi}{3}", "0.5"},
      {"\\arctan 1", "\\pi/4"},
      {"100!", "100 \\cdot 99!"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"\\sqrt2", "1.414"},
      {"\\sqrt2", "-\\sqrt2"},
      {"\\sqrt{2}+\\sqrt{3}", "\\sqrt{5+2\\sqrt6}+10^{-200}"},
      {"e^{100}", "e^{100}+1"},
      {"e^{1000}x", "e^{1000}x+1"},
      {"\\pi", "3.14159"},
      {"\\pi", "\\frac{22}{7}"},
      {"e", "2.718281828459045"},
      {"6-5i", "6+5i"},
      {"\\ln 8", "\\ln 9"},
      {"1-\\frac1e", "1+\\frac1e"},
      {"4", "\\frac{34}{16}+\\frac{\\sqrt{1358}}{16}"},
      {"\\sin 30", "\\frac12"},
      // Ramanujan's near-integer: 12 nines
      {"262537412640768744", "e^{\\pi\\sqrt{163}}"},
  };
  expect_different(kDifferent);
}

TEST(Math, FormulasWithLetters) {
  constexpr Pair kEqual[] = {
      {"(x+1)^2", "x^2+2x+1"},
      {"\\frac{x+2}{7}", "\\frac{x}{7}+\\frac{2}{7}"},
      {"(a+5)(b+2)", "ab+2a+5b+10"},
      {"\\frac{x^2-1}{x-1}", "x+1"},
      {"p - q", "-(q-p)"},
      {"8n^2 + 4n + 1", "1+4n(2n+1)"},
      {"\\frac{1}{3\\sqrt[3]{x}^2}", "\\frac{1}{3x^{2/3}}"},
      {"\\sin^2 x+\\cos^2 x", "1"},
      {"\\sin 2x", "2\\sin x\\cos x"},
      {"\\frac{4^n}{n}", "\\frac{2^{2n}}{n}"},
      {"n!", "n\\cdot(n-1)!"},
      {"(-1)^n", "\\cos(n\\pi)"},
      {"|x|", "\\sqrt{x^2}"},
      {"x^{1/2}", "\\sqrt x"},
      {"x_1+x_2", "x_{2}+x_{1}"},
      {"\\alpha\\beta", "\u03b2\u03b1"},
      {"2xyz", "2zyx"},
      {"e^{2x}", "(e^x)^2"},
      {"\\sqrt{-x^2-1}", "i\\sqrt{x^2+1}"},
      {"F_n = \\sum_{k=0}^{n-1} F_k F_{n-k-1}", "F_n = \\sum_{k=0}^{n-1} F_{n-k-1} F_k"},
      {"y=2x+3", "2x+3"},
      {"f(x)=x+1", "f(t)=t+1"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"(x+1)^2", "x^2+1"},   {"x+2n+1", "x+1"},
      {"2k", "2n"},           {"\\sqrt{x^2}", "x"},
      {"x^2", "x^3"},         {"x", "X"},
      {"\\sin x", "\\cos x"}, {"e^{2x}", "e^{x^2}"},
      {"x+1", "1"},           {"(x+1)^{50}", "(x+1)^{49}(x+2)"},
      {"n!", "(n-1)!"},       {"y=2x+3", "y=2x+4"},
      {"x=5", "y=5"},         {"a+3z=0", "0"},
  };
  expect_different(kDifferent);
}

// A bracket behind a letter is a factor; f, g, h, F, G, H, P and Q take it as their argument.
TEST(Math, BracketsBehindLetters) {
  constexpr Pair kEqual[] = {
      {"x^3+2x^2+x", "x(x+1)^2"},
      {"x(x+1)^2", "x\\cdot(1+x)^{2}"},
      {"a(1-r)^n", "(1-r)^na"},
      {"e^x(x+1)", "(x+1)e^x"},
      {"\\frac{x^2}{y}", "x^2\\frac1y"},
      {"\\frac{\\sqrt2}{3}", "\\sqrt2\\frac13"},
      {"(n+1)2^n", "2^n(n+1)"},
      {"\\frac{x+1}{x}", "\\frac1x(x+1)"},
      {"\\sqrt{x}(x+1)", "\\sqrt x(x+1)"},
      {"a_n(n+1)", "na_n+a_n"},
      {"x_1(x_2+1)^2", "x_1 x_2^2+2x_1x_2+x_1"},
      {"\\sin x\\cos x+\\sin x", "\\sin x(\\cos x+1)"},
      {"\\log_a(x)", "\\frac{\\ln x}{\\ln a}"},
      {"n!", "n(n-1)!"},
      {"\\frac{n(n+1)!}{2}", "\\frac{n\\cdot(n+1)!}{2}"},
      {"y=e^x(x+C)", "y=(x+C)e^x"},
      {"f(x)^2", "(f(x))^2"},
      {"2n+1", "a(n)=2n+1"},
      {"2n+1", "a_n=2n+1"},
      {"f^{-1}(x)", "f^{-1}(x)"},
      {"\\frac{h(a+b)}{2}+h", "h+\\frac12(a+b)h"},  // h stands alone: a height
      {"P\\cdot(1+r)^n", "P(1+r)^n"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"x^2(x+1)^2", "x(x+1)^2"},
      {"e^x(x+1)", "e^{x^2+x}"},
      {"x^{2/y}", "x^2\\frac1y"},
      {"\\sqrt{2\\frac13}", "\\sqrt2\\frac13"},
      {"2^{n(n+1)}", "2^n(n+1)"},
      {"\\frac{1}{x(x+1)}", "\\frac1x(x+1)"},
      {"\\sin(x(\\cos x+1))", "\\sin x(\\cos x+1)"},
      {"n!", "(n(n-1))!"},
      {"a^n(1-r)^n", "a(1-r)^n"},
      {"P\\cdot(1+r)^n", "P^n(1+r)^n"},
      {"5", "x(x+1)=5"},
  };
  expect_different(kDifferent);
  // Of functions nothing is known.
  EXPECT_NE(verify_math("f(x+1)", "fx+f").verdict, Verdict::kCorrect);
  EXPECT_NE(verify_math("f^{-1}(x)", "\\frac{x}{f}").verdict, Verdict::kCorrect);
}

// Directly behind a value, and where words make no sense, short runs of letters are products.
TEST(Math, RunsOfLetters) {
  constexpr Pair kEqual[] = {
      {"\\frac12at^2", "\\frac{1}{2}t^2a"},
      {"3mgR", "3 m g R"},
      {"2an", "2\\cdot a\\cdot n"},
      {"an+b", "b + a n"},
      {"an^2+bn+c", "c+bn+an^2"},
      {"\\frac{nRT}{V}", "\\frac{n R T}{V}"},
      {"2\\pi rh", "2 h \\pi r"},
      {"5", "5cm"},
      {"5", "5 apples"},
      {"4", "4th"},
      {"an + b", "an + b"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"\\frac{1}{2}at^2", "\\frac{1}{2}"},
      {"\\frac{1}{2} mvr", "\\frac12"},
      {"3mgR", "3"},
      {"2an", "2"},
      {"2xyt", "2"},
      {"3nxy", "3nx"},
      {"3", "3nxy"},
      {"5abn", "5\\text{ apples}"},
      {"2\\pi rab", "2\\pi"},
  };
  expect_different(kDifferent);
}

// A mark makes another letter of a letter; what is not printed is not there.
TEST(Math, MarksOverLetters) {
  constexpr Pair kEqual[] = {
      {"\\overline{z}+1", "1+\\bar z"},
      {"\\overrightarrow{AB}-\\overrightarrow{CD}", "-\\overrightarrow{CD}+\\overrightarrow{AB}"},
      {"2\\vec{a}", "2a"},
      {"\\hat{i}+2\\hat{j}", "i+2j"},
      {"30^\\circ", "\\angle ABC=30^\\circ"},
      {"5", "\\color{red}{5}"},
      {"5", "\\textcolor{red}{5}\\hspace{2cm}"},
      {"0.\\overline{3}", "0.\\bar{3}"},
      {"p\\land q", "q\\wedge p"},
      {"x<1 \\lor x>2", "x<1 \\text{ or } x>2"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"\\overline{z}", "z"},
      {"z", "\\bar{z}"},
      {"\\overline{A}\\cap B", "A\\cap B"},
      {"\\overrightarrow{AB}", "\\overrightarrow{BA}"},
      {"p\\land q", "p\\lor q"},
      {"p\\land q", "p,q"},
      {"\\hat p", "p"},
      {"\\dot{x}", "x"},
      {"\\tilde x", "x"},
      {"\\angle A", "A"},
      {"5", "\\phantom{5}"},
      {"5", "\\hspace{5}"},
      {"50", "5\\phantom{0}"},
  };
  expect_different(kDifferent);
}

// Pieces that are met only far from 0, of one sign, or between integers.
TEST(Math, FormulasInPieces) {
  constexpr Pair kEqual[] = {
      {"|x-10|", "\\sqrt{(x-10)^2}"},
      {"|x-10|", "|10-x|"},
      {"\\max(x,100)", "\\frac{x+100+|x-100|}{2}"},
      {"\\lfloor n+1\\rfloor", "\\lfloor n\\rfloor+1"},
      {"\\lceil x\\rceil", "-\\lfloor -x\\rfloor"},
      {"\\lfloor x+1\\rfloor", "\\lfloor x\\rfloor+1"},
      {"\\frac{n-1}{2}+\\frac12", "\\frac n2"},
      {"\\sqrt{x-100}", "(x-100)^{1/2}"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"|x-10|", "10-x"},
      {"|x-10|", "x-10"},
      {"|x+10|", "x+10"},
      {"\\sqrt{(x-5)^2}", "5-x"},
      {"((x-5)^2)^{1/2}", "5-x"},
      {"\\max(x,100)", "100"},
      {"\\min(x,10)", "x"},
      {"|x+5|+|x-5|", "10"},
      {"\\lfloor x\\rfloor", "x"},
      {"x-\\lfloor x\\rfloor", "0"},
      {"\\lceil x\\rceil", "\\lfloor x\\rfloor"},
      {"\\lceil x\\rceil", "\\lfloor x\\rfloor+1"},
      {"\\lfloor x+\\frac12\\rfloor", "\\lceil x-\\frac12\\rceil"},
      {"\\lfloor n/2\\rfloor", "n/2"},
      {"\\lfloor n\\rfloor+x-\\lfloor x\\rfloor", "n"},
  };
  expect_different(kDifferent);
}

TEST(Math, WhatCannotBeReadIsUnverifiableAsReferenceAndWrongAsAnswer) {
  for (const char* text :
       {"", " ", "\\frac{1}{0}", "1/(2-2)", "\\unknown{x}", "5 +", "((1,2)", "}{",
        "\\begin{pmatrix}1&2\\\\3\\end{pmatrix}", "@#", "\\frac{1}", "1 2", "^2"}) {
    EXPECT_EQ(verify_math(text, "5").verdict, Verdict::kUnverifiable) << text;
    EXPECT_EQ(check_math_reference(text).verdict, Verdict::kUnverifiable) << text;
    EXPECT_EQ(verify_math("5", text).verdict, Verdict::kWrong) << text;
  }
  EXPECT_EQ(check_math_reference("\\frac12").verdict, Verdict::kCorrect);
  // Both may be equal: nothing is claimed.
  const Judgement sum = verify_math("\\sum_{k=1}^{n} k", "\\frac{n(n+1)}{2}");
  EXPECT_EQ(sum.verdict, Verdict::kUnverifiable);
  EXPECT_NE(sum.reason.find("no value"), std::string::npos) << sum.reason;
}

// A chain of factors as long as that would be compared node in node.
TEST(Math, UnitsOfManyFactorsAreNone) {
  std::string answer = "15 cm kg kg^-1 ";
  while (answer.size() < 19'000) answer += "km^9 km^-9 ";
  EXPECT_NE(verify_math("15 cm", answer).verdict, Verdict::kUnverifiable);
  EXPECT_EQ(verify_math("16 cm", answer).verdict, Verdict::kWrong);
}

// Else an answer could choose not to be judged.
TEST(Math, AnswersWithoutValueAreWrongWhereTheReferenceHasOne) {
  for (const char* answer : {"f(1)", "P(A)", "f(x)", "C(5,2)", "\\ln 0", "\\sum_{k=1}^{3}k",
                             "\\gcd(4,6)", "\\tan 90^\\circ", "\\infty-\\infty", "(10^{10})!",
                             "\\{f(1)\\}", "(f(1),2)", "f(5)=g(1)", "0<f(1)"})
    for (const char* reference : {"5", "3\\pm\\sqrt2", "x+1", "1, 2", "x=2", "x<2"})
      EXPECT_EQ(verify_math(reference, answer).verdict, Verdict::kWrong)
          << reference << " against " << answer;
  for (const auto& [reference, answer] :
       {Pair{"f(1)", "5"}, Pair{"f(1)", "g(1)"}, Pair{"10^{100000}", "10^{100000}+1"}})
    EXPECT_EQ(verify_math(reference, answer).verdict, Verdict::kUnverifiable) << reference;
}

TEST(Math, Modes) {
  const auto verdict = [](MathMode mode, std::string_view reference, std::string_view answer) {
    return verify_math(reference, answer, {mode}).verdict;
  };
  using enum MathMode;
  EXPECT_EQ(verdict(kDapo, "34", " 34 "), Verdict::kCorrect);
  EXPECT_EQ(verdict(kDapo, "34", "$\\boxed{034}$"), Verdict::kCorrect);
  EXPECT_EQ(verdict(kDapo, "-3", "-3"), Verdict::kCorrect);
  EXPECT_EQ(verdict(kDapo, "34", "34.0"), Verdict::kWrong);
  EXPECT_EQ(verdict(kDapo, "34", "33+1"), Verdict::kWrong);
  EXPECT_EQ(verdict(kDapo, "34", "-34"), Verdict::kWrong);
  EXPECT_EQ(verdict(kDapo, "\\frac12", "\\frac12"), Verdict::kUnverifiable);
  EXPECT_EQ(verdict(kMinerva, "\\frac12", "$\\frac{1}{2}$"), Verdict::kCorrect);
  EXPECT_EQ(verdict(kMinerva, "1,000", "x = 1000 \\text{ dollars}"), Verdict::kCorrect);
  EXPECT_EQ(verdict(kMinerva, "\\sqrt{3}", "\\sqrt3"), Verdict::kCorrect);
  EXPECT_EQ(verdict(kMinerva, "\\frac{1}{2}", "0.5"), Verdict::kWrong);
}

TEST(Math, DecimalPlacesRoundOnDemand) {
  const auto verdict = [](int places, std::string_view reference, std::string_view answer) {
    return verify_math(reference, answer, {MathMode::kSymbolic, places}).verdict;
  };
  EXPECT_EQ(verdict(3, "1/3", "0.333"), Verdict::kCorrect);
  EXPECT_EQ(verdict(4, "1/3", "0.333"), Verdict::kWrong);
  EXPECT_EQ(verdict(-1, "1/3", "0.333"), Verdict::kWrong);
  EXPECT_EQ(verdict(5, "\\sqrt{17}", "4.123105625617661"), Verdict::kCorrect);
  EXPECT_EQ(verdict(0, "1/3", "1/4"), Verdict::kWrong);  // no decimal: exact
  EXPECT_EQ(verdict(2, "2.5", "2.504"), Verdict::kCorrect);
}

TEST(Math, IsAVerifierLikeTheOthers) {
  EXPECT_EQ(verify(Verifier::kMath, "\\frac12", "0.5").verdict, Verdict::kCorrect);
  EXPECT_EQ(check_reference(Verifier::kMath, "\\frac10").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(check_reference(Verifier::kMath, "x+1").verdict, Verdict::kCorrect);
  RewardConfig config;
  config.extraction = Extraction::kBoxed;
  const Task task{Verifier::kMath, "\\frac{1}{2}"};
  const auto accuracy = [&](std::string_view text) {
    return score(config, task, {text}).accuracy.verdict;
  };
  EXPECT_EQ(accuracy("<think> a </think> It is \\boxed{\\frac{2}{4}}."), Verdict::kCorrect);
  EXPECT_EQ(accuracy("<think> \\boxed{\\frac{2}{4}} </think> It is 0.5."), Verdict::kWrong);
  EXPECT_EQ(accuracy("<think> a </think> \\boxed{0.5} or \\boxed{0.6}"), Verdict::kWrong);
  config.math.mode = MathMode::kMinerva;
  EXPECT_EQ(accuracy("<think> a </think> It is \\boxed{\\frac{2}{4}}."), Verdict::kWrong);
}

}  // namespace
}  // namespace r1
