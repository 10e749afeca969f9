// Our files into ones that others read.
#pragma once

#include <string>

#include "libr1/core/types.h"

namespace r1 {

// A model.h5 or checkpoint into a Hugging Face folder: config.json, generation_config.json,
// tokenizer.json, tokenizer_config.json, model.safetensors. A reward model becomes a classifier of
// one label. The folder must not hold a model yet.
void export_model(const std::string& model, const std::string& folder, Dtype dtype);

// A data set into JSONL, a row a line, all columns.
void export_rows(const std::string& dataset, const std::string& out);

}  // namespace r1
