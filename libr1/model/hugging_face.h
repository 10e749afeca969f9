// A model's numbers as Hugging Face's config.json, both ways.
#pragma once

#include <string>
#include <string_view>

#include "libr1/model/config.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {

// Reads the dense Llama (Mistral without sliding window), Qwen2 and Qwen3 families. `file` is named
// in errors. Throws Fault::kInput for another family, a classifier, a missing or wrong key, or a
// setting that would change the result and that this code does not have (another activation, a
// sliding window).
ModelConfig model_config_from_hugging_face(std::string_view json, const std::string& file);

// A config.json that transformers loads to the same model; a reward model is a classifier of one
// label, whose score is that of the last token. `dtype` is what the weights are written in. The
// tokenizer's BOS, EOS and padding are named, null where it has none: each family has defaults of
// its own, with which another model would stop at the wrong token, or never.
std::string model_config_to_hugging_face(const ModelConfig& config, const Tokenizer& tokenizer,
                                         Dtype dtype);
// The generation_config.json beside it.
std::string generation_config_to_hugging_face(const Tokenizer& tokenizer);

}  // namespace r1
