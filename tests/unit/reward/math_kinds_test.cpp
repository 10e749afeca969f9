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
      {"4:05", "4, 5"},
      {"4,5", "4:05"},
      {"4\\le x\\le5", "4:05"},
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

// Times, years and currencies are units; words that make another number are none.
TEST(MathKinds, WordsThatChangeTheValue) {
  constexpr Pair kEqual[] = {
      {"\\frac{3}{10}", "3 tenths"},
      {"0.05", "5\\text{ hundredths}"},
      {"25", "5 squared"},
      {"120", "5 factorial"},
      {"500000", "5 lakh"},
      {"5000", "5 thousands"},
      {"3:00\\text{ PM}", "3:00 p.m."},
      {"3:00", "3:00\\text{ PM}"},
      {"9:30", "9:30 AM"},
      {"9:30 a.m.", "9:30"},
      {"12\\text{ months}", "1\\text{ year}"},
      {"500\\text{ cents}", "\\$5"},
      {"5\u20ac", "\u20ac5"},
      {"5\\text{ euros}", "\u20ac5"},
      {"3", "3\\text{ quarters}"},  // coins
      {"7", "7\\text{ more students}"},
      {"25^\\circ\\text{C}", "25"},
      {"25", "25\u00b0C"},
      {"25^\\circ C", "25 degrees celsius"},
      {"25\\text{ degrees Celsius}", "25^\\circ C"},
      {"25^\\circ C", "25^\\circ"},
      {"\\frac{3}{13}", "3 thirteenths"},
      {"5000000000000000", "5 quadrillion"},
      {"60", "3 score"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"3:00\\text{ PM}", "3:00\\text{ AM}"},
      {"9:30\\text{ AM}", "9:30\\text{ PM}"},
      {"10\\text{ a.m.}", "10\\text{ p.m.}"},
      {"4:05", "4/5"},
      {"5", "5 squared"},
      {"5", "5 tenths"},
      {"5", "5 factorial"},
      {"5", "5 lakh"},
      {"5", "5 twenty"},
      {"5", "5 degrees below zero"},
      {"3", "3 tenths"},
      {"12\\text{ years}", "12\\text{ months}"},
      {"5\\text{ hours}", "5\\text{ years}"},
      {"5\\text{ euros}", "5\\text{ cents}"},
      {"\\$5", "\u20ac5"},
      {"\u00a55", "\\$5"},
      {"25^\\circ C", "25^\\circ F"},
      {"25^\\circ C", "25 degrees Fahrenheit"},
      {"5", "5 quadrillion"},
      {"5", "5 billionths"},
      {"3", "3 thirteenths"},
  };
  expect_different(kDifferent);
}

TEST(MathKinds, UnitsAreProductsOfPowers) {
  constexpr Pair kEqual[] = {
      {"9.8", "9.8\\text{ m/s}^2"},
      {"9.8\\text{ m/s}^2", "9.8\\,\\mathrm{m\\,s^{-2}}"},
      {"1000", "1000\\,\\mathrm{kg/m^3}"},
      {"36\\text{ km/h}", "10\\text{ m/s}"},
      {"2\\text{ m}^2", "20000\\text{ cm}^{2}"},
      {"60 \\text{ miles per hour}", "1\\text{ mile per minute}"},
      {"5\\text{ m}^2\\text{ s}^{-2}", "5\\text{ m}^2/\\text{s}^2"},
      {"15\\text{ cm}^2", "15\\text{ cm}^2\\text{ of paper}"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"9.8\\text{ m/s}^2", "9.8\\text{ m/s}"},
      {"5\\text{ m}^2\\text{ s}^{-2}", "5\\text{ m}^2"},
      {"9.8\\text{ m/s}^2", "9.8\\text{ km/s}^2"},
      {"7\\text{ cm/s}", "7\\text{ m/s}"},
      {"2\\text{ m}^2", "200\\text{ cm}^2"},
  };
  expect_different(kDifferent);
}

TEST(MathKinds, SystemsAndSetsOfThoseWith) {
  constexpr Pair kEqual[] = {
      {"x=3,y=4", "\\left\\{\\begin{array}{l}x=3\\\\y=4\\end{array}\\right."},
      {"x=3,y=4", "\\left\\{\\begin{aligned}x&=3\\\\y&=4\\end{aligned}\\right."},
      {"x=3,y=4", "\\begin{cases}x=3\\\\y=4\\end{cases}"},
      {"x=3,y=4", "\\begin{array}{rl}x&=3\\\\[2pt]y&=4\\end{array}"},
      {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\[4pt]3&4\\end{pmatrix}"},
      {"x>2", "\\{x\\in\\mathbb{R}:x>2\\}"},
      {"x>2", "\\{x \\mid x>2\\}"},
      {"A\\cup B", "B\\cup A"},
      {"(-\\infty,2)\\cup(3,\\infty)", "\\{x|x<2 \\text{ or } x>3\\}"},
      {"\\{2k \\mid k\\in\\mathbb{Z}\\}", "\\{k+k : k\\in\\mathbb{Z}\\}"},
      {"\\{1:2, 3:4\\}", "\\{\\frac12, \\frac34\\}"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"x=3,y=4", "\\left\\{\\begin{array}{l}x=4\\\\y=3\\end{array}\\right."},
      {"x>2", "\\{x\\in\\mathbb{R}:x>3\\}"},
      {"A\\cup B", "A\\cap B"},
      {"x>2", "\\{x\\in\\mathbb{Z}:x>2\\}"},
      {"(-\\infty,2)\\cup(3,\\infty)", "\\{x|x<2 \\text{ or } x>4\\}"},
      {"[1,2]", "\\\\[1,2]3"},
  };
  expect_different(kDifferent);
  EXPECT_NE(verify_math("\\{2k \\mid k\\in\\mathbb{Z}\\}", "\\{2k+1 : k\\in\\mathbb{Z}\\}").verdict,
            Verdict::kCorrect);
}

TEST(MathKinds, NamesOfValues) {
  constexpr Pair kEqual[] = {
      {"\\frac{x-1}{2}", "f^{-1}(x)=\\frac{x-1}{2}"},
      {"2x", "f'(x)=2x"},
      {"2x", "\\frac{dy}{dx}=2x"},
      {"5", "AB=5"},
      {"AB=5", "5"},
      {"5", "|AB|=5"},
      {"5", "\\overline{AB}=5"},
      {"\\frac12", "\\cos A=\\frac12"},
      {"\\frac12", "\\sin\\theta = 0.5"},
      {"(3,4)", "x=3, y=4"},
      {"(3,4)", "y=4, x=3"},
      {"(3,4)", "m=3, b=4"},
      {"x_1=1, x_2=2", "(1,2)"},
      {"1,2", "x=1, x=2"},
      {"x=5", "x=5, x=5.0"},
  };
  expect_equal(kEqual);
  constexpr Pair kDifferent[] = {
      {"(3,4)", "y=3, x=4"},
      {"(3,4)", "x=3, x=4"},
      {"x=5", "x=5, y=5"},
      {"5", "x=5, y=5"},
      {"5", "|x|=5"},
      {"5", "xy=5"},
      {"\\frac12", "\\sin x=\\frac12"},
      {"nRT", "PV=nRT"},
      {"x=5", "AB=5"},
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
