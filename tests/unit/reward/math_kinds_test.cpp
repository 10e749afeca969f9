// Relations, sets, quantities and words in the math verifier.
#include <gtest/gtest.h>

#include "tests/unit/reward/math_pairs.h"

namespace r1 {
namespace {

TEST(MathKinds, RelationsAndSets) {
  constexpr Pair kEqual[] = {
      {"x=5", "5"},
      {"5", "x = 5"},
      {"x=11", "x = 5+5+1 = 7 = 11"},
      {"1/3", "x=1/3\\approx0.3"},
      {"34x+45y-20z+100=0", "-34x-45y+20z-100=0"},
      {"y=2x+3", "2x-y+3=0"},
      {"x \\le 5", "5 \\ge x"},
      {"x \\ne 5", "x != 5"},
      {"x \\le 1", "-x \\ge -1"},
      {"x+y<1", "1>y+x"},
      {"-793 < a < 10", "(-793, 10)"},
      {"0<f(x)<1", "(0,1)"},
      {"x\\ge5", "[5,\\infty)"},
      {"x \\in [-2,7]", "[-2, 7]"},
      {"1\\le|z|\\le\\frac32", "z\\in[-\\frac32,-1]\\cup[1,\\frac32]"},
      {"(-\\infty,2) \\cup (2,4)", "(2,4) \\cup (-\\infty,2)"},
      {"[1,2]\\cup[2,3]", "[1,3]"},
      {"\\mathbb{R}\\setminus\\{1\\}", "x\\ne1"},
      {"\\mathbb{R}", "(-\\infty,\\infty)"},
      {"x<-1 \\text{ or } x>3", "(-\\infty,-1)\\cup(3,\\infty)"},
      {"\\{x \\mid x > 2\\}", "(2,\\infty)"},
      {"\\{-1\\}\\cup[0,7)", "[0,7)\\cup\\{-1\\}"},
      {"2x+1>7", "x>3"},
      {"\\{1,2,3\\}", "\\{3,2,1\\}"},
      {"\\{1,1,2\\}", "\\{2,1\\}"},
      {"1,2,3", "3, 1 \\text{ and } 2"},
      {"-2,1", "1, -2"},
      {"21,16 or 11", "16, 11, 21"},
      {"\\frac{639}{40}", "15\\frac{39}{40}, or \\frac{639}{40}"},
      {"4", "\\{4, \\sqrt{16}\\}"},
      {"\\{5\\}", "5"},
      {"\\emptyset", "\\{\\}"},
      {"3\\pm2\\sqrt2", "3-2\\sqrt2, 3+2\\sqrt2"},
      {"\\{1\\pm\\sqrt5,-2\\}", "\\{-2, 1-\\sqrt5, 1+\\sqrt5\\}"},
      {"x=\\pm2", "2, -2"},
      {"(3, \\frac{\\pi}{2})", "\\left(3,\\frac{\\pi}2\\right)"},
      {"(p,q)=(3,2)", "(3,2)"},
      {"p=5,q=2;p=7,q=2", "(5,2),(7,2)"},
      {"(0;1),(2;3)", "(2,3),(0,1)"},
      {"(11,7)or(7,11)", "(7,11),(11,7)"},
      {"x=1,y=2", "y=2, x=1"},
      {"x=1,y=2", "1, 2"},
      {"(1,3)", "1,3"},
      {"7:32", "\\frac{7}{32}"},
      {"S_1:S=7:32", "7:32"},
      {"1:2:3", "2:4:6"},
      {"4:05", "4:05 \\text{ p.m.}"},
      {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}"},
      {"\\begin{pmatrix}2\\\\4\\end{pmatrix}", "2\\begin{pmatrix}1\\\\2\\end{pmatrix}"},
      {"\\begin{pmatrix}1&1\\\\0&1\\end{pmatrix}",
       "\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}\\begin{pmatrix}1&1\\\\0&1\\end{pmatrix}"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"[0,1)", "(0,1)"},
      {"4", "4, 5"},
      {"4", "4, \\sqrt{17}"},
      {"4, 4", "4"},
      {"[0,1]", "(0,1)"},
      {"(0,1]", "[0,1)"},
      {"x\\ge5", "x\\le5"},
      {"x\\ge5", "x>5"},
      {"x+y<1", "x+y>1"},
      {"-793<a<10", "-793\\le a<10"},
      {"7=11a+c", "11a+c"},
      {"2x+z=1", "1"},
      {"(1,3)", "(3,1)"},
      {"(1,3)", "\\{1,3\\}"},
      {"(3,1)", "1,3"},
      {"\\{1,2,3\\}", "\\{1,2\\}"},
      {"1,2,3", "1,2"},
      {"1,2", "1,1"},
      {"x=1,y=2", "2, 1"},
      {"x=1,y=2", "x=2, y=1"},
      {"3\\pm2\\sqrt2", "3+2\\sqrt2"},
      {"(-\\infty,2)\\cup(2,4)", "(-\\infty,4)"},
      {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}"},
      {"\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"},
      {"7:32", "32:7"},
      {"4:05", "8:10"},
      {"x\\in[0,1]", "y\\in[0,1]"},
  };
  expect_different(kDifferent);
}

TEST(MathKinds, UnitsPercentAndCurrency) {
  constexpr Pair kEqual[] = {
      {"15\\mbox{ cm}^2", "15"},
      {"15", "15 \\text{ cm}^2"},
      {"15\\text{ cm}", "150 mm"},
      {"1 hour", "60 minutes"},
      {"125", "125\\textnormal{ miles}"},
      {"12", "12 apples"},
      {"12 apples", "12"},
      {"18", "\\$18"},
      {"5.4 \\text{ cents}", "\\$0.054"},
      {"28\\%", "28"},
      {"28\\%", "0.28"},
      {"28\\%", "28 percent"},
      {"0.5", "50\\%"},
      {"50", "50%"},
      {"90^\\circ", "90"},
      {"90^\\circ", "\\frac{\\pi}{2}"},
      {"90\u00b0", "90 degrees"},
      {"864 \\mbox{ inches}^2", "864 square inches"},
      {"60 \\text{ km/h}", "60 km per hour"},
      {"0.06 \\text{ yuan}", "0.06\u5143"},
      {"204_5", "204"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"15 cm", "15 m"},
      {"15 \\text{ cm}^2", "15 \\text{ cm}"},
      {"15 cm", "15 kg"},
      {"5 cents", "\\$5"},
      {"5\\%", "0.5"},
      {"50", "0.5"},
      {"50\\%", "5"},
      {"60 km/h", "60 km"},
      {"1 hour", "1 minute"},
      {"90^\\circ", "\\frac{\\pi}{3}"},
      {"204_5", "54"},
      {"204_5", "204_6"},
      {"1112112_3", "1112122_3"},
  };
  expect_different(kDifferent);
}

TEST(MathKinds, WordsAndChoices) {
  constexpr Pair kEqual[] = {
      {"\\text{(B)}", "B"},
      {"B", "(B)"},
      {"B", "B."},
      {"\\text{E}", "E"},
      {"\\text{odd}", "Odd"},
      {"\\text{Evelyn}", "Evelyn."},
      {"Yes", "yes"},
      {"east", "\\text{East}"},
      {"\\text{The midpoints form a regular hexagon}", "the midpoints form a regular hexagon."},
      {"\u4e09\u767e\u96f6\u4e94", "305"},          // 三百零五
      {"0.6", "\u4e94\u5206\u4e4b\u4e09"},          // 五分之三
      {"5\u4e07", "50000"},                         // 5万
      {"-2", "\u8d1f\u4e8c"},                       // 负二
      {"20\\%", "\u767e\u5206\u4e4b\u4e8c\u5341"},  // 百分之二十
      {"\u6b63\u786e", "\u6b63\u786e"},             // 正确
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"B", "C"},      {"B", "b"},       {"B", "(A)(B)"},
      {"B", "A, B"},   {"east", "seat"}, {"no", "on"},
      {"odd", "even"}, {"Yes", "No"},    {"d", "\\text{E}"},
      {"Yes", "1"},    {"5", "five"},    {"\u6b63\u786e", "\u9519\u8bef"},  // 正确, 错误
  };
  expect_different(kDifferent);
}

}  // namespace
}  // namespace r1
