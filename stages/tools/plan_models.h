// Models to plan for whose files are not here.
#pragma once

#include <string>
#include <vector>

#include "libr1/model/config.h"

namespace r1 {

struct NamedModel {
  std::string name;
  ModelConfig config;
};

// Published shapes: Qwen2.5, Qwen3, Llama 3, SmolLM2-135M.
const std::vector<NamedModel>& known_models();

// A name of known_models(), a model.h5 or a folder that find_model takes, or a config.json of
// Hugging Face. Fault::kInput names what is known when it is none of them.
ModelConfig model_named(const std::string& name_or_path);

}  // namespace r1
