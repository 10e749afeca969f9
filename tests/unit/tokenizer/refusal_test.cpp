// Wrong and unsupported files end in an input error that names file and place, never in a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libr1/core/error.h"
#include "libr1/core/philox.h"
#include "tests/unit/message_of.h"
#include "tests/unit/tokenizer/small_tokenizer.h"

namespace r1::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The message of the input error that loading ends in.
std::string refusal(const std::string& text, const std::string& config = "") {
  return r1::testing::message_of(
      [&] { Tokenizer::from_json(text, config, "folder/tokenizer.json"); });
}

json good() {
  json root = document(byte_level_bpe({{"a", "b"}, {"ab", "c"}}));
  root["added_tokens"] = {{{"id", 300}, {"content", "<eos>"}, {"special", true}}};
  root["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}}}};
  root["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"}, {"pattern", {{"Regex", "\\s+"}}}, {"behavior", "Isolated"}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
  root["decoder"] = {{"type", "ByteLevel"}};
  return root;
}

std::string refusal_with(const char* pointer, const json& value) {
  json root = good();
  root[json::json_pointer(pointer)] = value;
  return refusal(root.dump());
}

TEST(RefusalTest, NamesFileAndPlace) {
  EXPECT_EQ(refusal(good().dump()), "no error");
  EXPECT_THAT(refusal_with("/pre_tokenizer/pretokenizers/0/type", "Magic"),
              AllOf(HasSubstr("folder/tokenizer.json: pre_tokenizer.pretokenizers[0]"),
                    HasSubstr("the pre-tokenizer \"Magic\" is not supported")));
  EXPECT_THAT(refusal_with("/normalizer/normalizers/0/type", "Precompiled"),
              HasSubstr("normalizer.normalizers[0]: the normalizer \"Precompiled\""));
  EXPECT_THAT(refusal_with("/decoder/type", "WordPiece"),
              HasSubstr("decoder: the decoder \"WordPiece\""));
  EXPECT_THAT(refusal_with("/model/type", "Unigram"),
              HasSubstr("model.type: the model \"Unigram\""));
  EXPECT_THAT(refusal_with("/model/dropout", 0.1), HasSubstr("\"dropout\" is not supported"));
  EXPECT_THAT(refusal_with("/model/continuing_subword_prefix", "##"),
              HasSubstr("\"continuing_subword_prefix\""));
  EXPECT_THAT(refusal_with("/pre_tokenizer/pretokenizers/0/behavior", "Sideways"),
              HasSubstr("pretokenizers[0].behavior"));
  EXPECT_THAT(refusal_with("/pre_tokenizer/pretokenizers/0/pattern/Regex", "(a"),
              HasSubstr("pretokenizers[0].pattern.Regex"));
  EXPECT_THAT(refusal_with("/pre_tokenizer/pretokenizers/0/pattern", {{"String", ""}}),
              HasSubstr("found an empty string"));
}

TEST(RefusalTest, WrongTypesAndIds) {
  EXPECT_THAT(refusal_with("/model/vocab/a", "97"),
              HasSubstr("model.vocab.a: found string \"97\", expected an integer"));
  EXPECT_THAT(refusal_with("/model/vocab/a", -1), HasSubstr("model.vocab.a: found number -1"));
  EXPECT_THAT(refusal_with("/model/vocab/a", 1 << 24), HasSubstr("expected an integer from 0 to"));
  EXPECT_THAT(refusal_with("/model/vocab/a", 18446744073709551615u), HasSubstr("expected an int"));
  EXPECT_THAT(refusal_with("/model/vocab/a", 1.5), HasSubstr("expected an integer"));
  EXPECT_THAT(refusal_with("/model/vocab/a", 98), HasSubstr("the id 98 is also that of"));
  EXPECT_THAT(refusal_with("/model/vocab", json::array()), HasSubstr("expected an object"));
  EXPECT_THAT(refusal_with("/model/merges/0", "ab"), HasSubstr("model.merges[0]"));
  EXPECT_THAT(refusal_with("/model/merges/0", "a b c"), HasSubstr("expected two tokens"));
  EXPECT_THAT(refusal_with("/model/merges/1", json({"a", "z"})),
              HasSubstr("model.merges[1]: \"a\", \"z\" or \"az\" is not in model.vocab"));
  EXPECT_THAT(refusal_with("/model/merges/1", 7), HasSubstr("model.merges[1]"));
  EXPECT_THAT(refusal_with("/model/merges", nullptr), HasSubstr("\"merges\" is missing"));
  EXPECT_THAT(refusal_with("/model/unk_token", "?none?"), HasSubstr("is not in model.vocab"));
  EXPECT_THAT(refusal_with("/added_tokens/0/id", 97), HasSubstr("the id 97 is also that of \"a\""));
  EXPECT_THAT(refusal_with("/added_tokens/0/content", "a"), HasSubstr("but 97 in model.vocab"));
  EXPECT_THAT(refusal_with("/added_tokens/0/special", "yes"), HasSubstr("expected true or false"));
  EXPECT_THAT(refusal_with("/added_tokens", 3), HasSubstr("expected a list"));
}

TEST(RefusalTest, NotTheRightDocument) {
  EXPECT_THAT(refusal(""), HasSubstr("folder/tokenizer.json: not valid JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("the key \"model\" is missing"));
  EXPECT_THAT(refusal("{\"model\": \"\xff\"}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(std::string(100000, '[')), HasSubstr("more than 512 deep"));
}

TEST(RefusalTest, Nesting) {
  json deep = {{"type", "NFC"}};
  for (int i = 0; i < 1000; ++i)
    deep = {{"type", "Sequence"}, {"normalizers", json::array({deep})}};
  EXPECT_THAT(refusal_with("/normalizer", deep), HasSubstr("more than 512 deep"));
}

TEST(RefusalTest, Config) {
  EXPECT_THAT(refusal(good().dump(), R"({"eos_token": "<end>"})"),
              HasSubstr("tokenizer_config.json: eos_token: \"<end>\" is no token"));
  EXPECT_THAT(refusal(good().dump(), R"({"eos_token": {"text": 1}})"),
              HasSubstr("tokenizer_config.json: eos_token: the key \"content\" is missing"));
  EXPECT_THAT(refusal(good().dump(), "{"), HasSubstr("tokenizer_config.json: not valid JSON"));
  EXPECT_THAT(refusal(good().dump(), R"({"add_bos_token": 1, "bos_token": "<eos>"})"),
              HasSubstr("add_bos_token: found number 1, expected true or false"));
}

// Each byte gone, and bytes put at random: an input error or a tokenizer that works.
TEST(RefusalTest, DamagedTexts) {
  json root = document(word_level({"<unk>", "a", "b"}));
  root["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"Regex", "[a-c]+|\\s+(?!\\S)"}}}, {"behavior", "Isolated"}};
  root["added_tokens"] = {{{"id", 3}, {"content", "<eos>"}, {"special", true}}};
  root["decoder"] = {{"type", "Sequence"}, {"decoders", {{{"type", "Fuse"}}}}};
  const std::string text = root.dump();
  const auto survive = [](const std::string& damaged) {
    try {
      const Tokenizer tokenizer = Tokenizer::from_json(damaged);
      tokenizer.decode(tokenizer.encode("a b <eos>"));
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::kInput) << error.what() << "\n" << damaged;
    }
  };
  const Random random(13, "damage");
  for (uint32_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged.erase(i, 1);
    survive(damaged);
    survive(text.substr(0, i));
    for (uint32_t j = 0; j < 3; ++j) {
      damaged = text;
      damaged[i] = "\"{}[]:,\\0e-(?*+"[random.below(15, i, j)];
      survive(damaged);
    }
  }
}

}  // namespace
}  // namespace r1::test
