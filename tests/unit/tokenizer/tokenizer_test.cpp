// Encoding and decoding with small tokenizers whose answers can be checked by hand.
#include "libr1/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "libr1/core/error.h"
#include "libr1/core/philox.h"
#include "tests/unit/tokenizer/small_tokenizer.h"

namespace r1::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

json added(int id, const char* content, const json& options = json::object()) {
  json token = {{"id", id}, {"content", content}, {"special", false}, {"normalized", false}};
  if (options.is_object()) token.update(options);
  return token;
}

Tokenizer words() {
  json root = document(word_level({"<unk>", "what", "is", "1", "+"}));
  root["pre_tokenizer"] = {{"type", "WhitespaceSplit"}};
  root["added_tokens"] = {added(5, "<eos>", {{"special", true}}), added(6, "<think>")};
  return make(root, {{"eos_token", "<eos>"}, {"pad_token", {{"content", "<eos>"}}}});
}

TEST(WordLevelTest, EncodesAndDecodes) {
  const Tokenizer tokenizer = words();
  EXPECT_THAT(tokenizer.encode("what is  1 + 2 <think> 1<eos>"),
              ElementsAre(1, 2, 3, 4, 0, 6, 3, 5));
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{1, 2, 3, 4, 3, 5}), "what is 1 + 1 <eos>");
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{1, 5, 2, 5}, true), "what is");
  EXPECT_EQ(tokenizer.vocab_size(), 7);
  EXPECT_EQ(tokenizer.eos_id(), 5);
  EXPECT_EQ(tokenizer.pad_id(), 5);
  EXPECT_EQ(tokenizer.bos_id(), -1);
  EXPECT_FALSE(tokenizer.adds_bos());
  EXPECT_EQ(tokenizer.id_of("is"), 2);
  EXPECT_EQ(tokenizer.id_of("absent"), -1);
  EXPECT_EQ(tokenizer.token(2), "is");
  EXPECT_TRUE(tokenizer.is_special(5));
  EXPECT_FALSE(tokenizer.is_special(6));
  EXPECT_FALSE(tokenizer.is_special(-1));
  EXPECT_FALSE(tokenizer.is_special(7));
}

TEST(WordLevelTest, UnknownWordWithoutUnknownToken) {
  json root = document({{"type", "WordLevel"}, {"vocab", {{"a", 0}}}, {"unk_token", "?"}});
  EXPECT_THAT(make(root).encode("a"), ElementsAre(0));
  EXPECT_THROW(make(root).encode("b"), Error);
}

TEST(TokenizerTest, EmptyInput) {
  EXPECT_THAT(words().encode(""), IsEmpty());
  EXPECT_EQ(words().decode({}), "");
  StreamingDecoder decoder(words(), false);
  EXPECT_EQ(decoder.finish(), "");
}

TEST(TokenizerTest, IdsThatNameNoTokenAreLeftOut) {
  EXPECT_EQ(words().decode(std::vector<int32_t>{1, -1, 7, 1 << 30, 2}), "what is");
}

TEST(BpeTest, LowestRankFirstThenLeftmost) {
  // b+c outranks a+b, so "abc" is a, bc; of the two a+a in "aaa" the left one is joined.
  const Tokenizer tokenizer = make(document(byte_level_bpe({{"b", "c"}, {"a", "b"}, {"a", "a"}})));
  EXPECT_THAT(tokenizer.encode("abc"), ElementsAre('a', 256));
  EXPECT_THAT(tokenizer.encode("ab"), ElementsAre(257));
  EXPECT_THAT(tokenizer.encode("aaa"), ElementsAre(258, 'a'));
}

TEST(BpeTest, MergesAsStringsAreTheSame) {
  json model = byte_level_bpe({{"b", "c"}, {"a", "bc"}});
  const auto ids = make(document(model)).encode("abcab");
  json strings = json::array({"#version: 0.2"});
  for (const auto& merge : model["merges"])
    strings.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
  model["merges"] = strings;
  EXPECT_EQ(make(document(model)).encode("abcab"), ids);
  EXPECT_THAT(ids, ElementsAre(257, 'a', 'b'));
}

TEST(BpeTest, IgnoreMerges) {
  json model = byte_level_bpe({{"a", "b"}, {"c", "d"}, {"ab", "cd"}, {"b", "c"}});
  model["vocab"]["bcd"] = 260;
  EXPECT_THAT(make(document(model)).encode("bcd"), ElementsAre('b', 257));
  model["ignore_merges"] = true;
  EXPECT_THAT(make(document(model)).encode("bcd"), ElementsAre(260));
}

// The definition, word for word: quadratic, no heap, no cache.
std::vector<int32_t> slow_bpe(std::string_view text,
                              const std::vector<std::pair<std::string, std::string>>& merges) {
  std::vector<std::string> symbols;
  for (const char c : text) symbols.emplace_back(1, c);
  for (;;) {
    size_t best_rank = merges.size();
    size_t best_at = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto it =
          std::find(merges.begin(), merges.end(), std::pair(symbols[i], symbols[i + 1]));
      const auto rank = static_cast<size_t>(it - merges.begin());
      if (rank < best_rank) best_rank = rank, best_at = i;
    }
    if (best_rank == merges.size()) break;
    symbols[best_at] += symbols[best_at + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best_at) + 1);
  }
  std::vector<std::string> joined;  // in order of id
  for (const auto& [left, right] : merges)
    if (std::find(joined.begin(), joined.end(), left + right) == joined.end())
      joined.push_back(left + right);
  std::vector<int32_t> ids;
  for (const auto& symbol : symbols) {
    const auto at = std::find(joined.begin(), joined.end(), symbol) - joined.begin();
    ids.push_back(symbol.size() == 1 ? static_cast<uint8_t>(symbol[0])
                                     : 256 + static_cast<int32_t>(at));
  }
  return ids;
}

TEST(BpeTest, EqualsTheDefinitionAtEveryLength) {
  const Random random(7, "bpe test");
  for (uint32_t trial = 0; trial < 20; ++trial) {
    std::vector<std::pair<std::string, std::string>> merges;
    std::vector<std::string> tokens{"a", "b", "c"};
    for (uint32_t i = 0; i < 25; ++i) {
      const std::pair merge(tokens[random.below(tokens.size(), trial, i, 0)],
                            tokens[random.below(tokens.size(), trial, i, 1)]);
      if (std::find(merges.begin(), merges.end(), merge) != merges.end()) continue;
      merges.push_back(merge);
      const std::string joined = merge.first + merge.second;
      if (std::find(tokens.begin(), tokens.end(), joined) == tokens.end()) tokens.push_back(joined);
    }
    const Tokenizer tokenizer = make(document(byte_level_bpe(merges)));
    for (uint32_t length : {1, 2, 3, 7, 29, 30, 31, 32, 33, 34, 64, 200}) {
      std::string text;
      for (uint32_t i = 0; i < length; ++i)
        text += static_cast<char>('a' + random.below(3, trial, i, length, 2));
      EXPECT_EQ(tokenizer.encode(text), slow_bpe(text, merges)) << text;
      EXPECT_EQ(tokenizer.encode(text), slow_bpe(text, merges)) << "from the cache: " << text;
    }
  }
}

json fallback_model() {
  json vocab = {{"<unk>", 0}, {"a", 1}};
  for (int byte = 0; byte < 256; ++byte) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    vocab[std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">"] = 2 + byte;
  }
  return {{"type", "BPE"},        {"vocab", vocab},   {"merges", json::array()},
          {"unk_token", "<unk>"}, {"fuse_unk", true}, {"byte_fallback", true}};
}

TEST(ByteFallbackTest, UnknownCharactersBecomeBytes) {
  json root = document(fallback_model());
  root["decoder"] = {{"type", "Sequence"},
                     {"decoders", {{{"type", "ByteFallback"}}, {{"type", "Fuse"}}}}};
  const Tokenizer tokenizer = make(root);
  EXPECT_THAT(tokenizer.encode("a\u00e9a"), ElementsAre(1, 2 + 0xC3, 2 + 0xA9, 1));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("a\u00e9\u4f60a")), "a\u00e9\u4f60a");
  // A run of bytes that is no text is one U+FFFD a byte, as a whole.
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{1, 2 + 0xC3, 2 + 0xA9, 2 + 0xFF, 1}),
            std::string("a") + std::string(kBad) + std::string(kBad) + std::string(kBad) + "a");
}

TEST(ByteFallbackTest, UnknownTokensFuse) {
  json model = fallback_model();
  model["byte_fallback"] = false;
  EXPECT_THAT(make(document(model)).encode("axya"), ElementsAre(1, 0, 1));
  model["fuse_unk"] = false;
  EXPECT_THAT(make(document(model)).encode("axya"), ElementsAre(1, 0, 0, 1));
  model.erase("unk_token");
  EXPECT_THAT(make(document(model)).encode("axya"), ElementsAre(1, 1));
}

TEST(InvalidUtf8Test, IsReadAsReplacementCharacters) {
  const Tokenizer tokenizer = make(document(byte_level_bpe({})));
  json root = document(byte_level_bpe({}));
  root["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
  root["decoder"] = {{"type", "ByteLevel"}};
  const Tokenizer bytes = make(root);
  const std::string bad(kBad);
  const auto round_trip = [&](std::string_view text) { return bytes.decode(bytes.encode(text)); };
  EXPECT_EQ(round_trip("a\xff"
                       "b"),
            "a" + bad + "b");
  EXPECT_EQ(round_trip("\xe4\xbd"), bad);  // cut: one for the part
  EXPECT_EQ(round_trip("\xe4\xbdz"), bad + "z");
  EXPECT_EQ(round_trip("\xc0\xaf"), bad + bad);                      // overlong
  EXPECT_EQ(round_trip("\xed\xa0\x80"), bad + bad + bad);            // surrogate
  EXPECT_EQ(round_trip("\xf4\x90\x80\x80"), bad + bad + bad + bad);  // beyond U+10FFFF
  EXPECT_EQ(round_trip("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(round_trip(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(NormalizerTest, Forms) {
  const auto encoded = [](const json& normalizer, const std::string& text) {
    json root = document(word_level({"<unk>", "\u00e9", "e\u0301", "fi", "\ufb01", "x", "i\u0307",
                                     "\u01eb\u0301\u0301", "\u1100\u1161\u11a8", "\uac01"}));
    root["normalizer"] = normalizer;
    return make(root).encode(text);
  };
  EXPECT_THAT(encoded({{"type", "NFC"}}, "e\u0301"), ElementsAre(1));
  EXPECT_THAT(encoded({{"type", "NFD"}}, "\u00e9"), ElementsAre(2));
  EXPECT_THAT(encoded({{"type", "NFC"}}, "o\u0301\u0328\u0301"), ElementsAre(7));  // marks sorted
  EXPECT_THAT(encoded({{"type", "NFD"}}, "\uac01"), ElementsAre(8));
  EXPECT_THAT(encoded({{"type", "NFC"}}, "\u1100\u1161\u11a8"), ElementsAre(9));
  EXPECT_THAT(encoded({{"type", "NFC"}}, "\ufb01"), ElementsAre(4));
  EXPECT_THAT(encoded({{"type", "NFKC"}}, "\ufb01"), ElementsAre(3));
  EXPECT_THAT(encoded({{"type", "NFKD"}}, "\u00e9"), ElementsAre(2));
  EXPECT_THAT(encoded({{"type", "Lowercase"}}, "\u0130"), ElementsAre(6));
  EXPECT_THAT(encoded({{"type", "Lowercase"}}, "\u00c9"), ElementsAre(1));
  EXPECT_THAT(encoded({{"type", "Strip"}}, "\u3000x\n"), ElementsAre(5));
  EXPECT_THAT(encoded({{"type", "Strip"}}, " \n"), IsEmpty());
  EXPECT_THAT(encoded({{"type", "Prepend"}, {"prepend", "f"}}, "i"), ElementsAre(3));
  EXPECT_THAT(encoded({{"type", "Prepend"}, {"prepend", "f"}}, ""), IsEmpty());
  const json strip_prepend = {{{"type", "Strip"}}, {{"type", "Prepend"}, {"prepend", "f"}}};
  EXPECT_THAT(encoded({{"type", "Sequence"}, {"normalizers", strip_prepend}}, "  "), IsEmpty());
  const json drop = {{"type", "Replace"}, {"pattern", {{"Regex", "[0-9]+"}}}, {"content", "x"}};
  EXPECT_THAT(encoded({{"type", "Sequence"}, {"normalizers", {drop}}}, "123"), ElementsAre(5));
}

TEST(AddedTokenTest, LongestAtTheLeftmostPlace) {
  json root = document(word_level({"<unk>", "a"}));
  root["added_tokens"] = {added(2, "<a>"), added(3, "<a><b>"), added(4, "a><b")};
  EXPECT_THAT(make(root).encode("<a><b><a>"), ElementsAre(3, 2));
  EXPECT_THAT(make(root).encode("xa><b"), ElementsAre(0, 4));
}

TEST(AddedTokenTest, Options) {
  const auto encoded = [](const json& options, const std::string& text) {
    json root = document(word_level({"<unk>", "a", "a ", " a", "B", "b"}));
    root["normalizer"] = {{"type", "Lowercase"}};
    root["added_tokens"] = {added(6, "T", options)};
    return make(root).encode(text);
  };
  EXPECT_THAT(encoded({}, "a T a"), ElementsAre(2, 6, 3));
  EXPECT_THAT(encoded({{"lstrip", true}}, "a \nT a"), ElementsAre(1, 6, 3));
  EXPECT_THAT(encoded({{"rstrip", true}}, "a T\u3000a"), ElementsAre(2, 6, 1));
  EXPECT_THAT(encoded({{"single_word", true}}, "T"), ElementsAre(6));
  EXPECT_THAT(encoded({{"single_word", true}}, "T\u00e9"), ElementsAre(0));
  EXPECT_THAT(encoded({}, "t"), ElementsAre(0));                      // looked for as written
  EXPECT_THAT(encoded({{"normalized", true}}, "t"), ElementsAre(6));  // after lower case
}

TEST(SpecialTokensTest, BosFromConfigOrTemplate) {
  json root = document(word_level({"<unk>", "a"}));
  root["added_tokens"] = {added(2, "<s>", {{"special", true}})};
  root["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single",
       {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}}}}}}};
  EXPECT_EQ(make(root).bos_id(), 2);
  EXPECT_TRUE(make(root).adds_bos());
  EXPECT_THAT(make(root).encode("a"), ElementsAre(1));
  EXPECT_THAT(make(root).encode_prompt("a"), ElementsAre(2, 1));
  EXPECT_THAT(make(root).encode_prompt("<s>a"), ElementsAre(2, 1));
  EXPECT_FALSE(make(root, {{"add_bos_token", false}}).adds_bos());
  EXPECT_THAT(make(root, {{"add_bos_token", false}}).encode_prompt("a"), ElementsAre(1));
}

TEST(TokenizerTest, ThreadsShareOne) {
  json root = document(byte_level_bpe({{"a", "b"}, {"ab", "c"}, {"c", "a"}}));
  root["pre_tokenizer"] = {{"type", "WhitespaceSplit"}};
  const Tokenizer tokenizer = make(root);
  const Random random(3, "threads");
  std::string text;
  for (uint32_t i = 0; i < 20000; ++i) text += "abc "[random.below(4, i)];
  const auto expected = make(root).encode(text);
  std::vector<std::vector<int32_t>> found(4);
  std::vector<std::thread> threads;
  for (auto& ids : found) threads.emplace_back([&] { ids = tokenizer.encode(text); });
  for (auto& thread : threads) thread.join();
  for (const auto& ids : found) EXPECT_EQ(ids, expected);
}

// A quadratic encoder would need minutes here, and the test's own limit would end it.
TEST(TokenizerTest, LongRunsOfOneCharacter) {
  json root = document(byte_level_bpe({{"a", "a"}, {"aa", "aa"}, {" ", " "}}));
  root["normalizer"] = {{"type", "NFC"}};
  root["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
  root["decoder"] = {{"type", "ByteLevel"}};
  const Tokenizer tokenizer = make(root);
  for (const std::string unit :
       {"a", " ", "\n", "1", "'", "\u4f60", "e\u0301", "\u0301\u0327", "\xff", "<"}) {
    std::string text;
    while (text.size() < (1 << 20)) text += unit;
    const auto ids = tokenizer.encode(text);
    EXPECT_GT(ids.size(), text.size() / 8);
    EXPECT_FALSE(tokenizer.decode(ids).empty());
  }
  EXPECT_EQ(tokenizer.encode(std::string(1 << 20, 'a')).size(), (1u << 20) / 4);
}

}  // namespace
}  // namespace r1::test
