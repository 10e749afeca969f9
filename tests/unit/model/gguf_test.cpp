// Metadata of GGUF files: tokenizers, and models that are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "libr1/model/gguf_model.h"
#include "libr1/model/gguf_tokenizer.h"
#include "libr1/tokenizer/tokenizer.h"
#include "tests/unit/storage/gguf_bytes.h"
#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

using testing::GgufBytes;
using ::testing::HasSubstr;
using testing::message_of;

std::string written(const GgufBytes& bytes, size_t data = 0) {
  const std::string path = testing::test_folder() + "/a.gguf";
  testing::overwrite(path, bytes.done(data));
  return path;
}

// Letters a to d, ab and " a"; an end token and one that users write.
GgufBytes tokenizer_bytes(const std::string& pre = "smollm") {
  std::string types;
  for (const uint32_t type : {1u, 1u, 1u, 1u, 1u, 1u, 1u, 3u, 4u, 5u, 1u})
    types += GgufBytes::u32(type);
  GgufBytes bytes;
  bytes.pair("tokenizer.ggml.model", 8, GgufBytes::text("gpt2"))
      .pair("tokenizer.ggml.pre", 8, GgufBytes::text(pre))
      .texts("tokenizer.ggml.tokens",
             {"a", "b", "c", "d", "Ġ", "ab", "Ġa", "<|end|>", "<think>", "[PAD]", "1"})
      .array("tokenizer.ggml.token_type", 5, 11, types)
      .texts("tokenizer.ggml.merges", {"a b", "Ġ a"})
      .pair("tokenizer.ggml.eos_token_id", 4, GgufBytes::u32(7))
      .pair("tokenizer.chat_template", 8, GgufBytes::text("{{ messages }}"));
  return bytes;
}

TEST(GgufTokenizer, EncodesAndDecodes) {
  const TokenizerTexts texts = tokenizer_from_gguf(GgufReader(written(tokenizer_bytes())));
  const Tokenizer tokenizer = Tokenizer::from_json(texts.json, texts.config);
  EXPECT_EQ(tokenizer.encode("abc a<|end|><think>11"),
            (std::vector<int32_t>{5, 2, 6, 7, 8, 10, 10}));
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{5, 2, 6, 7, 8}), "abc a<|end|><think>");
  EXPECT_EQ(tokenizer.eos_id(), 7);
  EXPECT_TRUE(tokenizer.is_special(7));
  EXPECT_FALSE(tokenizer.is_special(8));
  EXPECT_EQ(tokenizer.id_of("[PAD]"), -1);
  EXPECT_FALSE(tokenizer.adds_bos());
  EXPECT_THAT(tokenizer.config_json(), HasSubstr("{{ messages }}"));
}

TEST(GgufTokenizer, RefusesByName) {
  const auto refusal = [](const GgufBytes& bytes) {
    const std::string path = written(bytes);
    return message_of([&] { tokenizer_from_gguf(GgufReader(path)); });
  };
  EXPECT_THAT(refusal(tokenizer_bytes("viking")),
              HasSubstr("tokenizer.ggml.pre is \"viking\"; supported: gpt-2"));
  EXPECT_THAT(refusal(GgufBytes().pair("tokenizer.ggml.model", 8, GgufBytes::text("llama"))),
              HasSubstr("tokenizer.ggml.model is \"llama\"; supported: gpt2"));
  EXPECT_THAT(refusal(GgufBytes()), HasSubstr("the key tokenizer.ggml.model is missing"));
  EXPECT_THAT(refusal(tokenizer_bytes().pair("tokenizer.ggml.bos_token_id", 4, GgufBytes::u32(11))),
              HasSubstr("tokenizer.ggml.bos_token_id is 11, there are 11 tokens"));
}

GgufBytes model_bytes(const std::string& architecture = "llama", uint32_t heads = 2) {
  GgufBytes bytes;
  bytes.pair("general.architecture", 8, GgufBytes::text(architecture));
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, uint32_t>>{{".block_count", 1},
                                                               {".embedding_length", 8},
                                                               {".attention.head_count", heads},
                                                               {".feed_forward_length", 12},
                                                               {".context_length", 64}})
    bytes.pair(architecture + key, 4, GgufBytes::u32(value));
  return bytes.tensor("token_embd.weight", {8, 16}, 0, 0);
}

TEST(GgufModel, ReadsNumbers) {
  const auto float_bytes = [](float value) {
    return GgufBytes::u32(std::bit_cast<uint32_t>(value));
  };
  const GgufReader reader(written(
      model_bytes().pair("llama.attention.layer_norm_rms_epsilon", 6, float_bytes(1e-5f)), 512));
  const ModelConfig config = model_config_from_gguf(reader);
  EXPECT_EQ(config.vocab, 16);
  EXPECT_EQ(config.kv_heads, 2);
  EXPECT_EQ(config.head_dim, 4);
  EXPECT_TRUE(config.tied_head);
  EXPECT_EQ(config.norm_eps, 1e-5);  // the decimal that was meant, not the float
}

TEST(GgufModel, RefusesByName) {
  const auto refusal = [](const GgufBytes& bytes, size_t data = 512) {
    const std::string path = written(bytes, data);
    return message_of([&] {
      const GgufReader gguf(path);
      GgufModelTensors(gguf, model_config_from_gguf(gguf));
    });
  };
  EXPECT_THAT(refusal(model_bytes("mamba")), HasSubstr("general.architecture is \"mamba\""));
  EXPECT_THAT(refusal(model_bytes("llama", 0)), HasSubstr("0 heads cannot be"));
  EXPECT_THAT(refusal(model_bytes().pair("llama.expert_count", 4, GgufBytes::u32(8))),
              HasSubstr("llama.expert_count is 8, expected 0"));
  EXPECT_THAT(refusal(model_bytes().pair("llama.rope.dimension_count", 4, GgufBytes::u32(2))),
              HasSubstr("rope.dimension_count is 2, expected 4"));
  EXPECT_THAT(
      refusal(model_bytes().pair("llama.rope.scaling.type", 8, GgufBytes::text("longrope"))),
      HasSubstr("rope scaling of type \"longrope\" is not known"));
  EXPECT_THAT(refusal(model_bytes().tensor("blk.0.ssm_a", {8}, 0, 512), 544),
              HasSubstr("the tensor blk.0.ssm_a belongs to no parameter"));
}

// Factors of Llama 3.1 are recognised; others are not guessed at.
TEST(GgufModel, RopeFactors) {
  const ops::RopeScaling llama3{ops::RopeScalingKind::kLlama3, 8, 1, 4, 8192};
  const auto plain = ops::rope_frequencies(4, 10000, {});
  const auto stretched = ops::rope_frequencies(4, 10000, llama3);
  std::string data(512, '\0');
  for (size_t i = 0; i < plain.size(); ++i)
    data += GgufBytes::u32(std::bit_cast<uint32_t>(static_cast<float>(plain[i] / stretched[i])));
  GgufBytes bytes = model_bytes();
  bytes.tensor("rope_freqs.weight", {2}, 0, 512);
  const std::string path = testing::test_folder() + "/a.gguf";
  testing::overwrite(path, bytes.done(data));
  const ModelConfig config = model_config_from_gguf(GgufReader(path));
  EXPECT_EQ(config.rope_scaling.kind, ops::RopeScalingKind::kLlama3);
  EXPECT_EQ(config.rope_scaling.factor, 8);
  testing::overwrite(path, bytes.done(520));
  EXPECT_THAT(message_of([&] { model_config_from_gguf(GgufReader(path)); }),
              HasSubstr("neither those of Llama 3.1 nor 3.2"));
}

}  // namespace
}  // namespace r1
