// What each pre-tokenizer cuts where. Expected pieces were made with Hugging Face's `tokenizers`
// 0.23, or follow from its documentation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libr1/core/error.h"
#include "tests/unit/tokenizer/small_tokenizer.h"

namespace r1::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

json split(const json& pattern, const char* behavior, bool invert = false) {
  return {{"type", "Split"}, {"pattern", pattern}, {"behavior", behavior}, {"invert", invert}};
}
const json kDash = {{"String", "-"}};

TEST(SplitTest, Behaviors) {
  // The documentation's own example.
  const std::string text = "the-final--countdown";
  EXPECT_THAT(pieces(split(kDash, "Removed"), text), ElementsAre("the", "final", "countdown"));
  EXPECT_THAT(pieces(split(kDash, "Isolated"), text),
              ElementsAre("the", "-", "final", "-", "-", "countdown"));
  EXPECT_THAT(pieces(split(kDash, "MergedWithPrevious"), text),
              ElementsAre("the-", "final-", "-", "countdown"));
  EXPECT_THAT(pieces(split(kDash, "MergedWithNext"), text),
              ElementsAre("the", "-final", "-", "-countdown"));
  EXPECT_THAT(pieces(split(kDash, "Contiguous"), text),
              ElementsAre("the", "-", "final", "--", "countdown"));
}

TEST(SplitTest, MatchesAtBothEnds) {
  EXPECT_THAT(pieces(split(kDash, "Removed"), "--a--"), ElementsAre("a"));
  EXPECT_THAT(pieces(split(kDash, "MergedWithPrevious"), "-a-"), ElementsAre("-", "a-"));
  EXPECT_THAT(pieces(split(kDash, "MergedWithNext"), "-a-"), ElementsAre("-a", "-"));
  EXPECT_THAT(pieces(split(kDash, "Removed"), "--"), IsEmpty());
  EXPECT_THAT(pieces(split(kDash, "Isolated"), ""), IsEmpty());
}

TEST(SplitTest, Invert) {
  const json word = {{"Regex", "[a-z]+"}};
  EXPECT_THAT(pieces(split(word, "Removed", true), "ab, cd!"), ElementsAre("ab", "cd"));
  EXPECT_THAT(pieces(split(word, "MergedWithPrevious", true), "ab, cd!"),
              ElementsAre("ab, ", "cd!"));
}

TEST(SplitTest, EmptyMatches) {
  EXPECT_THAT(pieces(split({{"Regex", "(?=[A-Z])"}}, "Isolated"), "oneTwoThree"),
              ElementsAre("one", "Two", "Three"));
  EXPECT_THAT(pieces(split({{"Regex", "b*"}}, "Removed"), "abba\u00e9"),
              ElementsAre("a", "a", "\u00e9"));
}

TEST(SplitTest, NothingOutsideThePieceIsSeen) {
  // The second split looks at each piece by itself, so \s+(?!\S) sees the end of the text.
  const json sequence = {
      {"type", "Sequence"},
      {"pretokenizers",
       {split(kDash, "Isolated"), split({{"Regex", "\\s+(?!\\S)|\\s+"}}, "Isolated")}}};
  EXPECT_THAT(pieces(sequence, "a  -b"), ElementsAre("a", "  ", "-", "b"));
  EXPECT_THAT(pieces(sequence, "a  b"), ElementsAre("a", " ", " ", "b"));
}

TEST(PreTokenizerTest, Digits) {
  EXPECT_THAT(pieces({{"type", "Digits"}, {"individual_digits", true}}, "a12\u0663b"),
              ElementsAre("a", "1", "2", "\u0663", "b"));
  EXPECT_THAT(pieces({{"type", "Digits"}, {"individual_digits", false}}, "a12\u00bdb"),
              ElementsAre("a", "12\u00bd", "b"));
}

TEST(PreTokenizerTest, Spaces) {
  EXPECT_THAT(pieces({{"type", "WhitespaceSplit"}}, " a,\u3000b\n\tc "),
              ElementsAre("a,", "b", "c"));
  EXPECT_THAT(pieces({{"type", "Whitespace"}}, "How's it?! \u00e9_1"),
              ElementsAre("How", "'", "s", "it", "?!", "\u00e9_1"));
  // U+180E was white space until Unicode 6.3; a regular expression must not think it still is.
  EXPECT_THAT(pieces({{"type", "WhitespaceSplit"}}, "a\u180eb"), ElementsAre("a\u180eb"));
  EXPECT_THAT(pieces(split({{"Regex", "\\s"}}, "Isolated"), "a\u180eb"), ElementsAre("a\u180eb"));
}

TEST(PreTokenizerTest, Punctuation) {
  EXPECT_THAT(pieces({{"type", "Punctuation"}}, "a$b\u3002\u300c"),
              ElementsAre("a", "$", "b", "\u3002", "\u300c"));
  EXPECT_THAT(pieces({{"type", "Punctuation"}, {"behavior", "Contiguous"}}, "a?!b"),
              ElementsAre("a", "?!", "b"));
}

TEST(PreTokenizerTest, Metaspace) {
  const auto metaspace = [](const char* scheme, bool splits) {
    return json{{"type", "Metaspace"},
                {"replacement", "\u2581"},
                {"prepend_scheme", scheme},
                {"split", splits}};
  };
  EXPECT_THAT(pieces(metaspace("always", true), "a  b"),
              ElementsAre("\u2581a", "\u2581", "\u2581b"));
  EXPECT_THAT(pieces(metaspace("never", true), "a b"), ElementsAre("a", "\u2581b"));
  EXPECT_THAT(pieces(metaspace("first", false), "a b"), ElementsAre("\u2581a\u2581b"));
  EXPECT_THAT(pieces(metaspace("always", false), " a"), ElementsAre("\u2581a"));
}

TEST(PreTokenizerTest, MetaspaceFirstIsTheFirstOfTheText) {
  json root = document(word_level({"<unk>", "\u2581a", "a"}));
  root["added_tokens"] = {{{"id", 3}, {"content", "<s>"}, {"special", true}}};
  root["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "first"}};
  EXPECT_THAT(make(root).encode("a<s>a"), ElementsAre(1, 3, 2));
  EXPECT_THAT(make(root).encode("<s>a"), ElementsAre(3, 2));
}

TEST(PreTokenizerTest, ByteLevel) {
  const auto byte_level = [](bool prefix, bool regex) {
    return json{{"type", "ByteLevel"}, {"add_prefix_space", prefix}, {"use_regex", regex}};
  };
  EXPECT_THAT(pieces(byte_level(false, true), "Hello, it's  12\n"),
              ElementsAre("Hello", ",", "\u0120it", "'s", "\u0120", "\u012012", "\u010a"));
  EXPECT_THAT(pieces(byte_level(true, false), "\u00e9 "), ElementsAre("\u0120\u00c3\u00a9\u0120"));
  EXPECT_THAT(pieces(byte_level(true, false), " a"), ElementsAre("\u0120a"));
}

TEST(RegexDialectTest, AgreesWithOniguruma) {
  const auto isolated = [](const char* regex, std::string_view text) {
    return pieces(split({{"Regex", regex}}, "Isolated"), text);
  };
  EXPECT_THAT(isolated("(?i:'s|'t)", "a'Sb's"), ElementsAre("a", "'S", "b", "'s"));
  EXPECT_THAT(isolated("(?i:'s)", "a'\u017f"), ElementsAre("a", "'\u017f"));  // long s
  EXPECT_THAT(isolated("(?i:[)]S|D)|\u4e00ff", "a)sd\u4e00ff"),
              ElementsAre("a", ")s", "d", "\u4e00ff"));
  EXPECT_THAT(isolated("a++b?", "aab"), ElementsAre("aab"));
  EXPECT_THAT(isolated("a$", "a\na"), ElementsAre("a", "\n", "a"));  // $: the end of any line
  EXPECT_THAT(isolated("^b", "b\nb"), ElementsAre("b", "\n", "b"));
  EXPECT_THAT(isolated(".", "a\r"), ElementsAre("a", "\r"));
  EXPECT_THAT(isolated("\\h+", "xa0Fx"), ElementsAre("x", "a0F", "x"));  // hexadecimal digits
  EXPECT_THAT(isolated("\\v", "a\n\x0b"), ElementsAre("a\n", "\x0b"));   // one character
  EXPECT_THAT(isolated("\\w+", "e\u0301\u203f!"), ElementsAre("e\u0301\u203f", "!"));
  EXPECT_THAT(isolated("\\p{Han}+", "a\u4f60\u3002"), ElementsAre("a", "\u4f60", "\u3002"));
  EXPECT_THAT(isolated("\\u4F60", "a\u4f60"), ElementsAre("a", "\u4f60"));
  EXPECT_THAT(isolated("[\\[\\]&-]+", "a[&]"), ElementsAre("a", "[&]"));
  EXPECT_THAT(isolated("\\bb", "ab b"), ElementsAre("ab ", "b"));
}

TEST(RegexDialectTest, RefusesWhatDiffers) {
  for (const char* regex : {"(?m)a",
                            "(?<n>a)",
                            "(*ACCEPT)",
                            "a{2}+",
                            "a{2}?",
                            "a{,2}",
                            "[a[b]]",
                            "[[:alpha:]]",
                            "[a&&b]",
                            "\\K",
                            "\\R",
                            "\\X",
                            "(a)\\1",
                            "[\\W]",
                            "[]a]",
                            "\\p{Alpha}",
                            "\\x{zz}",
                            "\\xe9",
                            "(?i:stra\u00dfe)",
                            "(?i:ff)",
                            "a(",
                            "[a",
                            "*",
                            "\\"}) {
    SCOPED_TRACE(regex);
    EXPECT_THROW(pieces(split({{"Regex", regex}}, "Isolated"), "a"), Error);
  }
}

}  // namespace
}  // namespace r1::test
