#include "libr1/model/gguf_model.h"

#include <charconv>
#include <cmath>
#include <set>

#include "libr1/core/error.h"
#include "libr1/model/layout.h"

namespace r1 {
namespace {

constexpr const char* kRopeFactors = "rope_freqs.weight";

// A number that was rounded to a float, as it was meant: 1e-05, not 9.99999974738e-06.
double meant(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, static_cast<float>(value)).ptr;
  double result = value;
  if (static_cast<double>(static_cast<float>(value)) == value) std::from_chars(text, end, result);
  return result;
}

class Numbers {
 public:
  explicit Numbers(const GgufReader& gguf)
      : gguf_(gguf), prefix_(gguf.text("general.architecture") + ".") {}

  std::string architecture() const { return prefix_.substr(0, prefix_.size() - 1); }
  bool has(const char* key) const { return gguf_.has(prefix_ + key); }
  int64_t integer(const char* key) const { return gguf_.integer(prefix_ + key); }
  int64_t integer(const char* key, int64_t otherwise) const {
    return has(key) ? integer(key) : otherwise;
  }
  double number(const char* key, double otherwise) const {
    return has(key) ? meant(gguf_.number(prefix_ + key)) : otherwise;
  }
  std::string text(const char* key, const char* otherwise) const {
    return has(key) ? gguf_.text(prefix_ + key) : otherwise;
  }
  void expect(const char* key, int64_t expected) const {
    R1_CHECK_INPUT(integer(key, expected) == expected, gguf_.path(), ": ", prefix_, key, " is ",
                   integer(key), ", expected ", expected);
  }

 private:
  const GgufReader& gguf_;
  std::string prefix_;
};

// Llama 3.1 and later: the file holds what each rotary frequency is divided by, not the numbers
// that it was computed from. They are those of one published model or another.
ops::RopeScaling scaling_of_factors(const GgufReader& gguf, const ModelConfig& config) {
  R1_CHECK_INPUT(gguf.shape(kRopeFactors) == (Shape{config.head_dim / 2}), gguf.path(), ": ",
                 kRopeFactors, " is ", gguf.shape(kRopeFactors).to_string(), ", expected [",
                 config.head_dim / 2, "]");
  const Tensor factors({config.head_dim / 2}, Dtype::kF32);
  gguf.read_rows(kRopeFactors, 0, factors);
  const auto plain = ops::rope_frequencies(config.head_dim, config.rope_theta, {});
  for (const double factor : {8.0, 32.0}) {
    const ops::RopeScaling scaling{ops::RopeScalingKind::kLlama3, factor, 1, 4, 8192};
    const auto stretched = ops::rope_frequencies(config.head_dim, config.rope_theta, scaling);
    bool equal = true;
    for (size_t i = 0; i < plain.size(); ++i)
      equal &= std::abs(plain[i] / stretched[i] / factors.view().span<float>()[i] - 1) < 1e-3;
    if (equal) return scaling;
  }
  throw_error(Fault::kInput, concat(gguf.path(), ": ", kRopeFactors,
                                    " holds factors that are neither those of Llama 3.1 nor 3.2; "
                                    "import the model from its safetensors"));
}

ops::RopeScaling rope_scaling(const GgufReader& gguf, const Numbers& numbers,
                              const ModelConfig& config) {
  const std::string kind = numbers.text("rope.scaling.type", "none");
  ops::RopeScaling scaling;
  if (gguf.has_tensor(kRopeFactors)) return scaling_of_factors(gguf, config);
  if (kind == "none") return scaling;
  scaling.factor = numbers.number("rope.scaling.factor", 1);
  if (kind == "linear") {
    scaling.kind = ops::RopeScalingKind::kLinear;
  } else if (kind == "yarn") {
    scaling.kind = ops::RopeScalingKind::kYarn;
    scaling.original_max_positions = numbers.number("rope.scaling.original_context_length",
                                                    static_cast<double>(config.max_positions));
  } else {
    throw_error(Fault::kInput, concat(gguf.path(), ": rope scaling of type \"", kind,
                                      "\" is not known; known: none, linear, yarn"));
  }
  return scaling;
}

// Their name, ours; BLOCK stands for "blk.I." and "model.layers.I.".
std::map<std::string, std::string> names_of_block(const std::string& theirs,
                                                  const std::string& ours) {
  std::map<std::string, std::string> names;
  const std::pair<const char*, const char*> kMatrices[] = {
      {"attn_q", "self_attn.q_proj"},      {"attn_k", "self_attn.k_proj"},
      {"attn_v", "self_attn.v_proj"},      {"attn_output", "self_attn.o_proj"},
      {"attn_norm", "input_layernorm"},    {"ffn_norm", "post_attention_layernorm"},
      {"attn_q_norm", "self_attn.q_norm"}, {"attn_k_norm", "self_attn.k_norm"},
      {"ffn_gate", "mlp.gate_proj"},       {"ffn_up", "mlp.up_proj"},
      {"ffn_down", "mlp.down_proj"}};
  for (const auto& [their, our] : kMatrices)
    for (const char* part : {".weight", ".bias"})
      names[concat(ours, our, part)] = concat(theirs, their, part);
  return names;
}

bool is_query_or_key(const std::string& name) {
  return name.find(".self_attn.q_proj.") != name.npos ||
         name.find(".self_attn.k_proj.") != name.npos;
}

}  // namespace

ModelConfig model_config_from_gguf(const GgufReader& gguf) {
  const Numbers numbers(gguf);
  const std::string architecture = numbers.architecture();
  static const std::set<std::string> kKnown = {"llama", "qwen2", "qwen3"};
  R1_CHECK_INPUT(kKnown.contains(architecture), gguf.path(), ": general.architecture is \"",
                 architecture, "\"; supported: llama, qwen2, qwen3");
  numbers.expect("expert_count", 0);
  ModelConfig config;
  const Shape& embedding = gguf.shape("token_embd.weight");
  R1_CHECK_INPUT(embedding.rank() == 2, gguf.path(), ": token_embd.weight is ",
                 embedding.to_string(), ", expected [vocabulary, width]");
  config.vocab = embedding[0];
  config.hidden = numbers.integer("embedding_length");
  config.layers = numbers.integer("block_count");
  config.heads = numbers.integer("attention.head_count");
  config.kv_heads = numbers.integer("attention.head_count_kv", config.heads);
  R1_CHECK_INPUT(config.heads > 0 && config.layers <= 10000, gguf.path(), ": ", config.layers,
                 " blocks of ", config.heads, " heads cannot be");
  config.head_dim = numbers.integer("attention.key_length", config.hidden / config.heads);
  numbers.expect("attention.value_length", config.head_dim);
  numbers.expect("rope.dimension_count", config.head_dim);
  config.intermediate = numbers.integer("feed_forward_length");
  config.max_positions = numbers.integer("context_length");
  config.norm_eps = numbers.number("attention.layer_norm_rms_epsilon", 1e-6);
  config.rope_theta = numbers.number("rope.freq_base", 10000);
  config.tied_head = !gguf.has_tensor("output.weight");
  config.qkv_bias = gguf.has_tensor("blk.0.attn_q.bias");
  config.qk_norm = gguf.has_tensor("blk.0.attn_q_norm.weight");
  config.check();
  config.rope_scaling = rope_scaling(gguf, numbers, config);
  return config;
}

GgufModelTensors::GgufModelTensors(const GgufReader& gguf, const ModelConfig& config)
    : gguf_(gguf),
      head_dim_(config.head_dim),
      pairs_are_neighbours_(gguf.text("general.architecture") == "llama") {
  std::map<std::string, std::string> known = {{"model.embed_tokens.weight", "token_embd.weight"},
                                              {"model.norm.weight", "output_norm.weight"},
                                              {"lm_head.weight", "output.weight"}};
  for (int64_t i = 0; i < config.layers; ++i)
    known.merge(names_of_block(concat("blk.", i, "."), concat("model.layers.", i, ".")));
  std::set<std::string> used = {kRopeFactors};
  for (const auto& [ours, theirs] : known) {
    if (!gguf.has_tensor(theirs)) continue;
    stored_names_[ours] = theirs;
    used.insert(theirs);
  }
  for (const std::string& name : gguf.names())
    R1_CHECK_INPUT(used.contains(name), gguf.path(), ": the tensor ", name,
                   " belongs to no parameter of this architecture");
}

std::vector<std::string> GgufModelTensors::names() const {
  std::vector<std::string> result;
  for (const auto& [ours, theirs] : stored_names_) result.push_back(ours);
  return result;
}

const std::string& GgufModelTensors::stored_name(const std::string& name) const {
  const auto found = stored_names_.find(name);
  R1_CHECK_INPUT(found != stored_names_.end(), gguf_.path(), ": no tensor for ", name);
  return found->second;
}

const Shape& GgufModelTensors::shape(const std::string& name) const {
  return gguf_.shape(stored_name(name));
}

void GgufModelTensors::read_rows(const std::string& name, int64_t first,
                                 const TensorView& into) const {
  const std::string& stored = stored_name(name);
  if (!pairs_are_neighbours_ || !is_query_or_key(name)) return gguf_.read_rows(stored, first, into);
  R1_CHECK_INPUT(gguf_.shape(stored)[0] % head_dim_ == 0, gguf_.path(), ": tensor ", stored, " is ",
                 gguf_.shape(stored).to_string(), ", which are no heads of ", head_dim_);
  for (int64_t i = 0; i < into.shape[0]; ++i) {
    const int64_t row = first + i, head = row / head_dim_, dim = row % head_dim_;
    const int64_t half = dim / (head_dim_ / 2), pair = dim % (head_dim_ / 2);
    gguf_.read_rows(stored, head * head_dim_ + 2 * pair + half, into.rows(i, 1));
  }
}

}  // namespace r1
