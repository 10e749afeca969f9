// A streamed text is the decoded text, whatever the tokens cut in two, and no push returns half a
// character.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libr1/core/philox.h"
#include "libr1/tokenizer/tokenizer.h"
#include "libr1/tokenizer/unicode.h"
#include "tests/unit/tokenizer/small_tokenizer.h"

namespace r1::test {
namespace {

Tokenizer bytes() {
  json root = document(
      byte_level_bpe({{"a", "b"}, {"\xf0", "\x9f"}, {"\xf0\x9f", "\x98"}, {"\xbd", "\xa0"}}));
  root["pre_tokenizer"] = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  root["decoder"] = {{"type", "ByteLevel"}};
  root["added_tokens"] = {{{"id", 300}, {"content", "<eos>"}, {"special", true}},
                          {{"id", 301}, {"content", "\u4f60 "}, {"special", false}}};
  return make(root);
}

void expect_stream(const Tokenizer& tokenizer, const std::vector<int32_t>& ids, bool skip) {
  StreamingDecoder decoder(tokenizer, skip);
  for (int round = 0; round < 2; ++round) {  // usable again after finish
    std::string text;
    for (const int32_t id : ids) {
      const std::string part = decoder.push(id);
      EXPECT_TRUE(tokenizer::is_valid_utf8(part));
      text += part;
    }
    text += decoder.finish();
    EXPECT_EQ(text, tokenizer.decode(ids, skip));
  }
}

TEST(StreamingTest, EveryByteByItself) {
  const Tokenizer tokenizer = bytes();
  const std::string text = "a\u00e9\u4f60\U0001F600!";
  StreamingDecoder decoder(tokenizer, false);
  std::vector<std::string> parts;
  for (const char c : text) parts.push_back(decoder.push(static_cast<uint8_t>(c)));
  EXPECT_THAT(parts, ::testing::ElementsAre("a", "", "\u00e9", "", "", "\u4f60", "", "", "",
                                            "\U0001F600", "!"));
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamingTest, CutAtEveryPlace) {
  const Tokenizer tokenizer = bytes();
  const std::string text = "ab\u00e9\u4f60\U0001F600z\u00df";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    std::vector<int32_t> ids;
    for (size_t i = 0; i < cut; ++i) ids.push_back(static_cast<uint8_t>(text[i]));
    expect_stream(tokenizer, ids, false);
    StreamingDecoder decoder(tokenizer, false);
    std::string certain;
    for (const int32_t id : ids) certain += decoder.push(id);
    EXPECT_TRUE(text.starts_with(certain));
    EXPECT_LT(cut - certain.size(), 4u);  // held back: less than one character
    const std::string rest = decoder.finish();
    EXPECT_EQ(rest, certain.size() == cut ? "" : kBad);
  }
}

TEST(StreamingTest, RandomIds) {
  const Tokenizer tokenizer = bytes();
  const Random random(11, "streaming");
  for (uint32_t trial = 0; trial < 500; ++trial) {
    std::vector<int32_t> ids;
    for (uint32_t i = 0; i < 24; ++i) {
      // Mostly lead and continuation bytes, so that characters are broken in all ways.
      const auto byte = static_cast<int32_t>(0x80 + random.below(0x80, trial, i));
      ids.push_back(random.below(5, trial, i, 1) == 0
                        ? static_cast<int32_t>(random.below(305, trial, i, 2))
                        : byte);
    }
    expect_stream(tokenizer, ids, trial % 2 == 0);
  }
}

TEST(StreamingTest, SpacesBetweenWords) {
  json root = document(word_level({"<unk>", "a", "b"}));
  root["added_tokens"] = {{{"id", 3}, {"content", "<eos>"}, {"special", true}}};
  const Tokenizer tokenizer = make(root);
  StreamingDecoder decoder(tokenizer, true);
  EXPECT_EQ(decoder.push(3), "");
  EXPECT_EQ(decoder.push(1), "a");
  EXPECT_EQ(decoder.push(2), " b");
  EXPECT_EQ(decoder.push(3), "");
  EXPECT_EQ(decoder.finish(), "");
  expect_stream(tokenizer, {1, 3, 2, 2}, false);
}

TEST(StreamingTest, ByteFallbackAndStrip) {
  json vocab = {{"<unk>", 0},  {"\u2581a", 1}, {"\u2581", 2}, {"<0xE4>", 3},
                {"<0xBD>", 4}, {"<0xA0>", 5},  {"<0xFF>", 6}};
  json root = document({{"type", "BPE"}, {"vocab", vocab}, {"merges", json::array()}});
  root["decoder"] = {{"type", "Sequence"},
                     {"decoders",
                      {{{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}},
                       {{"type", "ByteFallback"}},
                       {{"type", "Fuse"}},
                       {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}};
  const Tokenizer tokenizer = make(root);
  StreamingDecoder decoder(tokenizer, false);
  EXPECT_EQ(decoder.push(2), "");  // the one space that goes
  EXPECT_EQ(decoder.push(1), " a");
  EXPECT_EQ(decoder.push(3), "");
  EXPECT_EQ(decoder.push(4), "");
  EXPECT_EQ(decoder.push(5), "");  // the next byte could still make it no text
  EXPECT_EQ(decoder.push(1), "\u4f60 a");
  EXPECT_EQ(decoder.finish(), "");
  const Random random(5, "fallback");
  for (uint32_t trial = 0; trial < 500; ++trial) {
    std::vector<int32_t> ids;
    for (uint32_t i = 0; i < 12; ++i)
      ids.push_back(static_cast<int32_t>(random.below(8, trial, i)));
    expect_stream(tokenizer, ids, false);
  }
}

TEST(StreamingTest, Metaspace) {
  json root = document(word_level({"\u2581a", "\u2581\u2581", "b\u2581"}));
  root["decoder"] = {
      {"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "always"}};
  const Tokenizer tokenizer = make(root);
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{0, 1, 2, 0}), "a  b  a");
  expect_stream(tokenizer, {1, 0, 2}, false);
}

TEST(StreamingTest, OutlivesTheTokenizer) {
  StreamingDecoder decoder = [] { return StreamingDecoder(bytes(), false); }();
  EXPECT_EQ(decoder.push('a'), "a");
}

}  // namespace
}  // namespace r1::test
