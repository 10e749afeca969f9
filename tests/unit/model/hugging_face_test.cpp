#include "libr1/model/hugging_face.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "tests/unit/message_of.h"
#include "tests/unit/model/word_tokenizer.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

ModelConfig small_config() {
  ModelConfig config;
  config.vocab = 29;
  config.hidden = 8;
  config.layers = 2;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 4;
  config.intermediate = 16;
  return config;
}

Json exported(const ModelConfig& config, const Tokenizer& tokenizer = testing::word_tokenizer(),
              Dtype dtype = Dtype::kF32) {
  return Json::parse(model_config_to_hugging_face(config, tokenizer, dtype));
}

std::string refusal(const Json& json) {
  return testing::message_of([&] { model_config_from_hugging_face(json.dump(), "config.json"); });
}

TEST(HuggingFace, ConfigNamesTheTokensThatTheTokenizerHas) {
  const Json none = exported(small_config());
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) {
    ASSERT_TRUE(none.contains(key)) << key;  // else the family's default would hold
    EXPECT_TRUE(none[key].is_null()) << key;
  }
  const Tokenizer named = Tokenizer::from_json(testing::word_tokenizer().json(),
                                               R"({"eos_token": "w7", "pad_token": "w3"})");
  const Json some = exported(small_config(), named, Dtype::kBf16);
  EXPECT_EQ(some["eos_token_id"], 7);
  EXPECT_EQ(some["pad_token_id"], 3);
  EXPECT_TRUE(some["bos_token_id"].is_null());
  EXPECT_EQ(some["torch_dtype"], "bfloat16");
  EXPECT_EQ(none["torch_dtype"], "float32");
  const Json generation = Json::parse(generation_config_to_hugging_face(named));
  EXPECT_EQ(generation.dump(), R"({"bos_token_id":null,"eos_token_id":7,"pad_token_id":3})");
}

TEST(HuggingFace, PositionsAreIntegers) {
  for (const auto kind : {ops::RopeScalingKind::kLlama3, ops::RopeScalingKind::kYarn}) {
    ModelConfig config = small_config();
    config.rope_scaling.kind = kind;
    config.rope_scaling.factor = 8;
    config.rope_scaling.original_max_positions = 8192;
    const Json json = exported(config)["rope_scaling"]["original_max_position_embeddings"];
    EXPECT_EQ(json.dump(), "8192");
    EXPECT_EQ(model_config_from_hugging_face(exported(config).dump(), "")
                  .rope_scaling.original_max_positions,
              8192);
  }
}

TEST(HuggingFace, ARewardModelIsAClassifierOfOneLabel) {
  ModelConfig config = small_config();
  config.scalar_head = true;
  EXPECT_EQ(exported(config)["architectures"].dump(), R"(["LlamaForSequenceClassification"])");
  config.qkv_bias = true;
  const Json json = exported(config);
  EXPECT_EQ(json["architectures"].dump(), R"(["Qwen2ForSequenceClassification"])");
  EXPECT_EQ(json["num_labels"], 1);
  EXPECT_THAT(refusal(json), HasSubstr("config.json: the architecture is "
                                       "Qwen2ForSequenceClassification, which scores texts"));
  EXPECT_EQ(exported(small_config())["architectures"].dump(), R"(["LlamaForCausalLM"])");
}

TEST(HuggingFace, NumbersOfForeignFilesHaveLimits) {
  Json json = exported(small_config());
  json["num_hidden_layers"] = 300'000;
  EXPECT_THAT(refusal(json), HasSubstr("layers is 300000, expected at most 10000"));
  json["num_hidden_layers"] = 10'000;
  EXPECT_EQ(model_config_from_hugging_face(json.dump(), "").num_parameters(), 5'920'472);
  json["x"] = 0;
  std::string deep = json.dump();
  deep.replace(deep.rfind("0}"), 1, std::string(100'000, '['));
  try {
    model_config_from_hugging_face(deep, "config.json");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("config.json: JSON nested more than 512 deep"));
  }
}

}  // namespace
}  // namespace r1
