#include "libr1/model/hugging_face.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "libr1/core/error.h"
#include "libr1/core/json_depth.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

class Reader {
 public:
  Reader(const Json& json, const std::string& file) : json_(json), file_(file) {}

  bool has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }

  int64_t integer(const char* key) const {
    require(key);
    R1_CHECK_INPUT(json_[key].is_number_integer(), file_, ": \"", key, "\" is ", json_[key].dump(),
                   ", expected an integer");
    return json_[key].get<int64_t>();
  }
  double number(const char* key) const {
    require(key);
    R1_CHECK_INPUT(json_[key].is_number(), file_, ": \"", key, "\" is ", json_[key].dump(),
                   ", expected a number");
    return json_[key].get<double>();
  }
  bool flag(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    R1_CHECK_INPUT(json_[key].is_boolean(), file_, ": \"", key, "\" is ", json_[key].dump(),
                   ", expected true or false");
    return json_[key].get<bool>();
  }
  std::string text(const char* key) const {
    require(key);
    R1_CHECK_INPUT(json_[key].is_string(), file_, ": \"", key, "\" is ", json_[key].dump(),
                   ", expected a string");
    return json_[key].get<std::string>();
  }
  int64_t integer(const char* key, int64_t otherwise) const {
    return has(key) ? integer(key) : otherwise;
  }
  double number(const char* key, double otherwise) const {
    return has(key) ? number(key) : otherwise;
  }
  std::string text(const char* key, const char* otherwise) const {
    return has(key) ? text(key) : otherwise;
  }
  Reader table(const char* key) const {
    R1_CHECK_INPUT(json_[key].is_object(), file_, ": \"", key, "\" is not an object");
    return {json_[key], file_};
  }
  const std::string& file() const { return file_; }

 private:
  void require(const char* key) const {
    R1_CHECK_INPUT(has(key), file_, ": the key \"", key, "\" is missing");
  }
  const Json& json_;
  const std::string& file_;
};

ops::RopeScaling read_rope_scaling(const Reader& r, int64_t max_positions) {
  ops::RopeScaling scaling;
  const std::string kind = r.text(r.has("rope_type") ? "rope_type" : "type", "default");
  if (kind == "default") return scaling;
  scaling.factor = r.number("factor");
  if (kind == "linear") {
    scaling.kind = ops::RopeScalingKind::kLinear;
  } else if (kind == "llama3") {
    scaling.kind = ops::RopeScalingKind::kLlama3;
    scaling.low_freq_factor = r.number("low_freq_factor");
    scaling.high_freq_factor = r.number("high_freq_factor");
    scaling.original_max_positions = r.number("original_max_position_embeddings");
  } else if (kind == "yarn") {
    scaling.kind = ops::RopeScalingKind::kYarn;
    scaling.beta_fast = r.number("beta_fast", 32);
    scaling.beta_slow = r.number("beta_slow", 1);
    scaling.attention_factor = r.number("attention_factor", 0);
    scaling.original_max_positions =
        r.number("original_max_position_embeddings", static_cast<double>(max_positions));
    R1_CHECK_INPUT(
        !r.has("mscale") && !r.has("mscale_all_dim"), r.file(),
        ": yarn with \"mscale\" belongs to DeepSeek's attention, which this family has not");
  } else {
    throw_error(Fault::kInput, concat(r.file(), ": rope_scaling of type \"", kind,
                                      "\" is not known; known: linear, llama3, yarn"));
  }
  return scaling;
}

// Older files have "rope_theta" and "rope_scaling", those of transformers 5 "rope_parameters".
void read_rope(const Reader& r, ModelConfig& config) {
  const bool is_new = r.has("rope_parameters");
  config.rope_theta = (is_new ? r.table("rope_parameters") : r).number("rope_theta", 10000);
  if (is_new || r.has("rope_scaling"))
    config.rope_scaling = read_rope_scaling(r.table(is_new ? "rope_parameters" : "rope_scaling"),
                                            config.max_positions);
}

void refuse_foreign_settings(const Reader& r) {
  const std::string activation = r.text("hidden_act", "silu");
  R1_CHECK_INPUT(activation == "silu" || activation == "swish", r.file(), ": hidden_act is \"",
                 activation, "\", expected \"silu\"");
  R1_CHECK_INPUT(!r.flag("mlp_bias", false), r.file(), ": biases in the MLP are not supported");
  R1_CHECK_INPUT(!r.flag("use_sliding_window", false), r.file(),
                 ": sliding-window attention is not supported; set use_sliding_window to false");
}

// A head of scores is not read: what a score means is in the stage that trained it.
void refuse_classifier(const Json& json, const std::string& file) {
  const auto found = json.find("architectures");
  if (found == json.end() || !found->is_array() || found->empty() || !found->front().is_string())
    return;
  const std::string architecture = found->front().get<std::string>();
  R1_CHECK_INPUT(!architecture.ends_with("ForSequenceClassification"), file,
                 ": the architecture is ", architecture,
                 ", which scores texts; expected a language model, ...ForCausalLM. Reward models "
                 "are trained from one by r1-reward-model");
}

Json id_or_null(int32_t id) { return id < 0 ? Json(nullptr) : Json(id); }

void add_special_tokens(const Tokenizer& tokenizer, Json& json) {
  json["bos_token_id"] = id_or_null(tokenizer.bos_id());
  json["eos_token_id"] = id_or_null(tokenizer.eos_id());
  json["pad_token_id"] = id_or_null(tokenizer.pad_id());
}

const char* torch_name(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return "float32";
    case Dtype::kBf16:
      return "bfloat16";
    case Dtype::kF64:
      break;
  }
  return "float64";
}

Json rope_scaling_json(const ops::RopeScaling& s) {
  switch (s.kind) {
    case ops::RopeScalingKind::kNone:
      return nullptr;
    case ops::RopeScalingKind::kLinear:
      return {{"rope_type", "linear"}, {"factor", s.factor}};
    case ops::RopeScalingKind::kLlama3:
      return {{"rope_type", "llama3"},
              {"factor", s.factor},
              {"low_freq_factor", s.low_freq_factor},
              {"high_freq_factor", s.high_freq_factor},
              {"original_max_position_embeddings", std::llround(s.original_max_positions)}};
    case ops::RopeScalingKind::kYarn:
      return {{"rope_type", "yarn"},
              {"factor", s.factor},
              {"beta_fast", s.beta_fast},
              {"beta_slow", s.beta_slow},
              {"attention_factor", ops::rope_attention_factor(s)},
              {"original_max_position_embeddings", std::llround(s.original_max_positions)}};
  }
  throw_error(Fault::kRun, "no such rope scaling");
}

}  // namespace

ModelConfig model_config_from_hugging_face(std::string_view text, const std::string& file) {
  check_json_depth(text, file);
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& e) {
    throw_error(Fault::kInput, concat(file, " is not valid JSON: ", e.what()));
  }
  R1_CHECK_INPUT(json.is_object(), file, ": expected a JSON object");
  const Reader r(json, file);
  const std::string family = r.text("model_type");
  static const std::set<std::string> kFamilies = {"llama", "mistral", "qwen2", "qwen3"};
  R1_CHECK_INPUT(kFamilies.contains(family), file, ": model_type \"", family,
                 "\" is not supported; supported: llama, mistral, qwen2, qwen3");
  refuse_classifier(json, file);
  refuse_foreign_settings(r);
  R1_CHECK_INPUT(family != "mistral" || !r.has("sliding_window"), file,
                 ": sliding-window attention is not supported");

  ModelConfig config;
  config.vocab = r.integer("vocab_size");
  config.hidden = r.integer("hidden_size");
  config.layers = r.integer("num_hidden_layers");
  config.heads = r.integer("num_attention_heads");
  config.kv_heads = r.integer("num_key_value_heads", config.heads);
  R1_CHECK_INPUT(config.heads > 0, file, ": num_attention_heads is ", config.heads);
  config.head_dim = r.integer("head_dim", config.hidden / config.heads);
  config.intermediate = r.integer("intermediate_size");
  config.max_positions = r.integer("max_position_embeddings", 4096);
  config.norm_eps = r.number("rms_norm_eps", 1e-6);
  config.tied_head = r.flag("tie_word_embeddings", false);
  config.qkv_bias = family == "qwen2";
  config.qk_norm = family == "qwen3";
  R1_CHECK_INPUT(!r.flag("attention_bias", false), file,
                 ": attention_bias puts a bias on the output projection, which is not supported");
  read_rope(r, config);
  config.check();
  return config;
}

std::string model_config_to_hugging_face(const ModelConfig& c, const Tokenizer& tokenizer,
                                         Dtype dtype) {
  R1_CHECK_INPUT(!c.rope_interleaved,
                 "Hugging Face's families rotate halves; this model rotates "
                 "interleaved pairs and has no config.json of theirs");
  R1_CHECK_INPUT(!(c.qkv_bias && c.qk_norm),
                 "no Hugging Face family has both biases and norms of "
                 "queries and keys");
  const char* family = c.qk_norm ? "qwen3" : c.qkv_bias ? "qwen2" : "llama";
  const char* classes = c.qk_norm ? "Qwen3" : c.qkv_bias ? "Qwen2" : "Llama";
  const char* head = c.scalar_head ? "ForSequenceClassification" : "ForCausalLM";
  Json json = {{"architectures", {concat(classes, head)}},
               {"model_type", family},
               {"vocab_size", c.vocab},
               {"hidden_size", c.hidden},
               {"num_hidden_layers", c.layers},
               {"num_attention_heads", c.heads},
               {"num_key_value_heads", c.kv_heads},
               {"head_dim", c.head_dim},
               {"intermediate_size", c.intermediate},
               {"max_position_embeddings", c.max_positions},
               {"rms_norm_eps", c.norm_eps},
               {"rope_theta", c.rope_theta},
               {"hidden_act", "silu"},
               {"attention_bias", false},
               {"tie_word_embeddings", c.tied_head},
               {"torch_dtype", torch_name(dtype)}};
  json["rope_scaling"] = rope_scaling_json(c.rope_scaling);
  add_special_tokens(tokenizer, json);
  if (c.scalar_head) {
    json["num_labels"] = 1;
    json["id2label"] = {{"0", "score"}};
    json["label2id"] = {{"score", 0}};
    json["problem_type"] = "regression";
  }
  return json.dump(2) + "\n";
}

std::string generation_config_to_hugging_face(const Tokenizer& tokenizer) {
  Json json;
  add_special_tokens(tokenizer, json);
  return json.dump(2) + "\n";
}

}  // namespace r1
