// A model's numbers as Hugging Face's config.json, both ways.
#pragma once

#include <string>
#include <string_view>

#include "libr1/model/config.h"

namespace r1 {

// Reads the dense Llama (Mistral without sliding window), Qwen2 and Qwen3 families. `file` is named
// in errors. Throws Fault::kInput for another family, a missing or wrong key, or a setting that
// would change the result and that this code does not have (another activation, a sliding window).
ModelConfig model_config_from_hugging_face(std::string_view json, const std::string& file);

// A config.json that transformers loads to the same model.
std::string model_config_to_hugging_face(const ModelConfig& config);

}  // namespace r1
