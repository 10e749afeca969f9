#include "stages/tools/plan_models.h"

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/model/hugging_face.h"
#include "libr1/train/model_file.h"

namespace r1 {
namespace {

struct Shape7 {
  int64_t layers, hidden, heads, kv_heads, head_dim, intermediate, vocab;
};

ModelConfig config_of(const Shape7& shape, bool tied) {
  ModelConfig config;
  config.layers = shape.layers;
  config.hidden = shape.hidden;
  config.heads = shape.heads;
  config.kv_heads = shape.kv_heads;
  config.head_dim = shape.head_dim;
  config.intermediate = shape.intermediate;
  config.vocab = shape.vocab;
  config.tied_head = tied;
  return config;
}

NamedModel qwen2(const char* name, const Shape7& shape, bool tied) {
  NamedModel model{name, config_of(shape, tied)};
  model.config.qkv_bias = true;
  return model;
}

NamedModel qwen3(const char* name, const Shape7& shape, bool tied) {
  NamedModel model{name, config_of(shape, tied)};
  model.config.qk_norm = true;
  return model;
}

}  // namespace

// layers, hidden, heads, kv_heads, head_dim, intermediate, vocab
const std::vector<NamedModel>& known_models() {
  static const std::vector<NamedModel> kModels = {
      {"SmolLM2-135M", config_of({30, 576, 9, 3, 64, 1536, 49152}, true)},
      qwen2("Qwen2.5-0.5B", {24, 896, 14, 2, 64, 4864, 151936}, true),
      qwen2("Qwen2.5-1.5B", {28, 1536, 12, 2, 128, 8960, 151936}, true),
      qwen2("Qwen2.5-3B", {36, 2048, 16, 2, 128, 11008, 151936}, true),
      qwen2("Qwen2.5-7B", {28, 3584, 28, 4, 128, 18944, 152064}, false),
      qwen2("Qwen2.5-14B", {48, 5120, 40, 8, 128, 13824, 152064}, false),
      qwen2("Qwen2.5-32B", {64, 5120, 40, 8, 128, 27648, 152064}, false),
      qwen2("Qwen2.5-72B", {80, 8192, 64, 8, 128, 29568, 152064}, false),
      qwen3("Qwen3-0.6B", {28, 1024, 16, 8, 128, 3072, 151936}, true),
      qwen3("Qwen3-1.7B", {28, 2048, 16, 8, 128, 6144, 151936}, true),
      qwen3("Qwen3-4B", {36, 2560, 32, 8, 128, 9728, 151936}, true),
      qwen3("Qwen3-8B", {36, 4096, 32, 8, 128, 12288, 151936}, false),
      qwen3("Qwen3-14B", {40, 5120, 40, 8, 128, 17408, 151936}, false),
      qwen3("Qwen3-32B", {64, 5120, 64, 8, 128, 25600, 151936}, false),
      {"Llama-3.2-1B", config_of({16, 2048, 32, 8, 64, 8192, 128256}, true)},
      {"Llama-3.2-3B", config_of({28, 3072, 24, 8, 128, 8192, 128256}, true)},
      {"Llama-3.1-8B", config_of({32, 4096, 32, 8, 128, 14336, 128256}, false)},
      {"Llama-3.1-70B", config_of({80, 8192, 64, 8, 128, 28672, 128256}, false)},
  };
  return kModels;
}

ModelConfig model_named(const std::string& name_or_path) {
  std::string names;
  for (const NamedModel& model : known_models()) {
    if (model.name == name_or_path) return model.config;
    names += (names.empty() ? "" : ", ") + model.name;
  }
  R1_CHECK_INPUT(file_exists(name_or_path), "there is no model ", name_or_path,
                 "; give a model.h5, a config.json, or one of ", names);
  if (name_or_path.ends_with(".json"))
    return model_config_from_hugging_face(read_file(name_or_path), name_or_path);
  return ModelFile(name_or_path).facts().config;
}

}  // namespace r1
