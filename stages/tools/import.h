// Foreign files into ours.
#pragma once

#include <string>

#include "libr1/core/communicator.h"
#include "libr1/core/types.h"

namespace r1 {

// A Hugging Face folder (config.json, tokenizer.json, safetensors in one file or several) or a GGUF
// file into one model.h5, of f32 or bf16. Tensors pass through some MiB at a time: memory does not
// grow with the model. Collective: ranks share the rows. Fault::kInput names what is missing, of
// another shape, or not expected; nothing is left behind then.
void import_model(const std::string& from, const std::string& out, Dtype dtype,
                  const Communicator& communicator);

}  // namespace r1
