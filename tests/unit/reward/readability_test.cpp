#include "libr1/reward/readability.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace r1 {
namespace {

std::string numbers(int first, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "word" + std::to_string(first + i) + " ";
  return text;
}

TEST(Readability, RepetitionIsTheShareOfOldEightGrams) {
  EXPECT_EQ(measure_readability(numbers(0, 100)).repetition, 0);
  // 12 words twice: 17 8-grams, 12 of them distinct (the 13th to 17th stand at the start as well).
  EXPECT_DOUBLE_EQ(measure_readability(numbers(0, 12) + numbers(0, 12)).repetition, 5.0 / 17);
  EXPECT_EQ(measure_readability("no no no no no no no").repetition, 0);  // 7 words: no 8-gram
  EXPECT_DOUBLE_EQ(measure_readability("no no no no no no no no no").repetition, 0.5);
  EXPECT_GT(measure_readability("wait wait wait wait wait wait wait wait wait wait "
                                "wait wait wait wait wait wait wait wait wait wait")
                .repetition,
            0.9);
  EXPECT_DOUBLE_EQ(measure_readability("对对对对对对对对对").repetition, 0.5);
  // Case, punctuation and line ends hide no repetition.
  EXPECT_DOUBLE_EQ(
      measure_readability("a b c d e f g h, i j k l\nA B c. D e f g H i j k l").repetition,
      5.0 / 17);
}

TEST(Readability, ParagraphsArePartedByBlankLines) {
  EXPECT_EQ(measure_readability("one two\nthree\n\nfour").longest_paragraph, 3);
  EXPECT_EQ(measure_readability("one\n \t\r\ntwo three").longest_paragraph, 2);
  EXPECT_EQ(measure_readability("\n\n\none\n\n\n").longest_paragraph, 1);
  EXPECT_EQ(measure_readability("第一步。\n\n第二步得三。").longest_paragraph, 5);
  EXPECT_EQ(measure_readability(numbers(0, 50)).longest_paragraph, 50);
}

TEST(Readability, SeesCodeBlocks) {
  EXPECT_TRUE(measure_readability("so:\n```python\nprint(1)\n```").code_block);
  EXPECT_TRUE(measure_readability("```").code_block);
  EXPECT_TRUE(measure_readability("list:\n   ~~~\ncode").code_block);
  EXPECT_FALSE(measure_readability("the mark ``` and `code`").code_block);
  EXPECT_FALSE(measure_readability("``\n~~").code_block);
}

TEST(Readability, NothingInNothing) {
  for (const char* text : {"", "\n", "...", "\xff\xfe"}) {
    const Readability result = measure_readability(text);
    EXPECT_EQ(result.repetition, 0);
    EXPECT_EQ(result.longest_paragraph, 0);
    EXPECT_FALSE(result.code_block);
  }
}

TEST(Readability, IsLinearInHostileText) {
  for (const char* piece : {"a", "a ", "步", "\n", "\n ", "`", "```\n", "\xff", "\u0301", "ﷺ"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    const auto start = std::chrono::steady_clock::now();
    measure_readability(text);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 5) << piece;  // a quadratic pass would take minutes
  }
}

}  // namespace
}  // namespace r1
