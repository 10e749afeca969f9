#include "libr1/model/config.h"

#include <gtest/gtest.h>

#include "libr1/core/error.h"

namespace r1 {
namespace {

struct Published {
  const char* name;
  // layers, hidden, heads, kv_heads, head_dim, intermediate, vocab
  int64_t numbers[7];
  bool tied, bias, qk_norm;
  int64_t parameters;
};

// Totals of the published models; Qwen2.5, Qwen3 and Llama 3 model cards.
const Published kPublished[] = {
    {"Qwen2.5-0.5B", {24, 896, 14, 2, 64, 4864, 151936}, true, true, false, 494'032'768},
    {"Qwen2.5-1.5B", {28, 1536, 12, 2, 128, 8960, 151936}, true, true, false, 1'543'714'304},
    {"Qwen2.5-3B", {36, 2048, 16, 2, 128, 11008, 151936}, true, true, false, 3'085'938'688},
    {"Qwen2.5-7B", {28, 3584, 28, 4, 128, 18944, 152064}, false, true, false, 7'615'616'512},
    {"Qwen2.5-14B", {48, 5120, 40, 8, 128, 13824, 152064}, false, true, false, 14'770'033'664},
    {"Qwen2.5-32B", {64, 5120, 40, 8, 128, 27648, 152064}, false, true, false, 32'763'876'352},
    {"Qwen2.5-72B", {80, 8192, 64, 8, 128, 29568, 152064}, false, true, false, 72'706'203'648},
    {"Qwen3-0.6B", {28, 1024, 16, 8, 128, 3072, 151936}, true, false, true, 596'049'920},
    {"Qwen3-1.7B", {28, 2048, 16, 8, 128, 6144, 151936}, true, false, true, 1'720'574'976},
    {"Qwen3-4B", {36, 2560, 32, 8, 128, 9728, 151936}, true, false, true, 4'022'468'096},
    {"Qwen3-8B", {36, 4096, 32, 8, 128, 12288, 151936}, false, false, true, 8'190'735'360},
    {"Qwen3-14B", {40, 5120, 40, 8, 128, 17408, 151936}, false, false, true, 14'768'307'200},
    {"Qwen3-32B", {64, 5120, 64, 8, 128, 25600, 151936}, false, false, true, 32'762'123'264},
    {"Llama-3.2-1B", {16, 2048, 32, 8, 64, 8192, 128256}, true, false, false, 1'235'814'400},
    {"Llama-3.2-3B", {28, 3072, 24, 8, 128, 8192, 128256}, true, false, false, 3'212'749'824},
    {"Llama-3.1-8B", {32, 4096, 32, 8, 128, 14336, 128256}, false, false, false, 8'030'261'248},
    {"Llama-3.1-70B", {80, 8192, 64, 8, 128, 28672, 128256}, false, false, false, 70'553'706'496},
};

TEST(ModelConfig, PublishedParameterCounts) {
  for (const Published& model : kPublished) {
    ModelConfig config;
    config.layers = model.numbers[0];
    config.hidden = model.numbers[1];
    config.heads = model.numbers[2];
    config.kv_heads = model.numbers[3];
    config.head_dim = model.numbers[4];
    config.intermediate = model.numbers[5];
    config.vocab = model.numbers[6];
    config.tied_head = model.tied;
    config.qkv_bias = model.bias;
    config.qk_norm = model.qk_norm;
    EXPECT_EQ(config.num_parameters(), model.parameters) << model.name;
  }
}

TEST(ModelConfig, RefusesImpossibleNumbers) {
  ModelConfig config;
  EXPECT_THROW(config.check(), Error);
  config.vocab = 10;
  config.hidden = 8;
  config.layers = 1;
  config.heads = 3;
  config.kv_heads = 2;
  config.head_dim = 4;
  config.intermediate = 8;
  try {
    config.check();
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::kInput);
    EXPECT_STREQ(e.what(), "model: kv_heads 2 does not divide heads 3");
  }
}

}  // namespace
}  // namespace r1
