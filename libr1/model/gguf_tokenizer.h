// The tokenizer of a GGUF file, as the texts of Hugging Face's tokenizer.json and
// tokenizer_config.json.
#pragma once

#include <string>

#include "libr1/storage/gguf.h"

namespace r1 {

struct TokenizerTexts {
  std::string json, config;
};

// Byte-level BPE ("gpt2") with the splitting of SmolLM, Qwen2, Llama 3, GPT-2 or the DeepSeek-R1
// distillations. Fault::kInput names file and key for another one, and for what is missing or
// contradictory. The chat template, where there is one, is in the config.
TokenizerTexts tokenizer_from_gguf(const GgufReader& gguf);

}  // namespace r1
