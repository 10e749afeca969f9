#include "libr1/reward/ngram_index.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr const char* kQuestion =
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May.";

TEST(NgramIndex, FindsTenWordsOnEnd) {
  NgramIndex index;
  index.add(kQuestion);
  EXPECT_TRUE(index.overlaps(kQuestion));
  EXPECT_TRUE(index.overlaps("so: clips to 48 of her friends in April and then?"));    // 10 words
  EXPECT_FALSE(index.overlaps("so: clips to 48 of her friends in April and there?"));  // 9
  EXPECT_FALSE(index.overlaps("clips to 48 of her friends in April and"));
  EXPECT_FALSE(index.overlaps("clips to 49 of her friends in April and then she sold none at all"));
}

TEST(NgramIndex, CasePunctuationWidthAndCompositionDoNotMatter) {
  NgramIndex index(4);
  index.add("The café, at 48 STRASSE.");
  EXPECT_TRUE(index.overlaps("the CAFE\u0301 -- at\n４８"));
  EXPECT_TRUE(index.overlaps("café at 48 Straße"));
  EXPECT_FALSE(index.overlaps("the cafe at 47"));
}

TEST(NgramIndex, EachHanCharacterIsAWord) {
  NgramIndex index;
  index.add("小明有五个苹果，吃了两个，还剩几个？");
  EXPECT_TRUE(index.overlaps("题目：小明 有五个苹果 吃了两个"));
  EXPECT_FALSE(index.overlaps("小明有五个苹果吃了"));
}

TEST(NgramIndex, ShortTextsMatchAsAWhole) {
  NgramIndex index;
  index.add("What is 2 + 2?");
  EXPECT_TRUE(index.overlaps("what is 2 2"));
  EXPECT_FALSE(index.overlaps("what is 2"));
  EXPECT_FALSE(index.overlaps("what is 2 + 2 + 2"));
  EXPECT_FALSE(index.overlaps("I ask you all here and now again: what is 2 + 2?"));
}

TEST(NgramIndex, NothingMatchesNothing) {
  NgramIndex index;
  EXPECT_FALSE(index.overlaps(""));
  EXPECT_FALSE(index.overlaps(kQuestion));
  for (const char* text : {"", "?!", "\xff"}) index.add(text);
  EXPECT_FALSE(index.overlaps(""));
  EXPECT_FALSE(index.overlaps("..."));
  EXPECT_THROW(NgramIndex(0), Error);
}

TEST(NgramIndex, IsLinearInHostileText) {
  for (const char* piece : {"a", "a ", "步", "\xff", "\u0301", "ﷺ "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    const auto start = std::chrono::steady_clock::now();
    NgramIndex index;
    index.add(text);
    index.overlaps(text);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 5) << piece;  // a quadratic pass would take minutes
  }
}

}  // namespace
}  // namespace r1
