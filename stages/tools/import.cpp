#include "stages/tools/import.h"

#include <filesystem>

#include "libr1/core/build.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/model/gguf_model.h"
#include "libr1/model/gguf_tokenizer.h"
#include "libr1/model/hugging_face.h"
#include "libr1/model/layout.h"
#include "libr1/storage/checksum.h"
#include "libr1/storage/safetensors.h"
#include "libr1/train/model_file.h"

namespace r1 {
namespace {

// Tensors of a Hugging Face file that are not parameters.
bool is_derived(const std::string& name, const ModelConfig& config) {
  return name.ends_with("rotary_emb.inv_freq") || (config.tied_head && name == "lm_head.weight");
}

std::vector<LineageEntry> lineage_of_import(const std::string& out, const std::string& from) {
  return {{"r1-import", 0, out, file_checksum(from), git_revision()}};
}

void check_tensors(const std::string& from, const TensorSource& tensors, const ModelConfig& config,
                   const ParamTable& table) {
  for (const std::string& name : tensors.names())
    R1_CHECK_INPUT(table.find(name) >= 0 || is_derived(name, config), from, ": the tensor ", name,
                   " belongs to no parameter of this family");
  for (const ParamEntry& entry : table.entries())
    R1_CHECK_INPUT(tensors.shape(entry.name) == entry.shape, from, ": tensor ", entry.name, " is ",
                   tensors.shape(entry.name).to_string(), ", expected ", entry.shape.to_string());
}

// Under a name of its own until it is whole.
void write_tensors(const std::string& from, const TensorSource& tensors, const ModelFacts& facts,
                   const std::string& name, Dtype dtype, const Communicator& communicator) {
  const std::string out = output_path(name);
  facts.config.check();
  R1_CHECK_INPUT(facts.tokenizer.vocab_size() <= facts.config.vocab, from, ": the tokenizer has ",
                 facts.tokenizer.vocab_size(), " tokens, the model only ", facts.config.vocab);
  check_tensors(from, tensors, facts.config, model_layout(facts.config).table);
  const auto parent = std::filesystem::path(out).parent_path();
  const std::string part = out + ".part";
  try {
    if (!parent.empty()) make_directories(parent.string());
    write_model_rows(part, facts, dtype, communicator,
                     [&](const ParamEntry& entry, int64_t first, const TensorView& rows) {
                       tensors.read_rows(entry.name, first, rows);
                     });
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw;
  }
  communicator.barrier("the model is written");
  if (communicator.rank != 0) return;
  sync_path(part);
  std::filesystem::rename(part, out);
  sync_parent(out);
}

}  // namespace

void import_model(const std::string& from, const std::string& out, Dtype dtype,
                  const Communicator& communicator) {
  refuse_own_input(from, out);
  if (from.ends_with(".gguf")) {
    const GgufReader gguf(from);
    const ModelConfig config = model_config_from_gguf(gguf);
    const TokenizerTexts texts = tokenizer_from_gguf(gguf);
    const ModelFacts facts{config,
                           Tokenizer::from_json(texts.json, texts.config, from + " (tokenizer)"),
                           lineage_of_import(out, from), ""};
    write_tensors(from, GgufModelTensors(gguf, config), facts, out, dtype, communicator);
    return;
  }
  std::error_code missing;  // said below, with the file's name
  for (const auto& file : std::filesystem::directory_iterator(from, missing))
    refuse_own_input(file.path().string(), out);
  const std::string config_file = from + "/config.json";
  const ModelFacts facts{model_config_from_hugging_face(read_file(config_file), config_file),
                         Tokenizer::from_folder(from), lineage_of_import(out, config_file), ""};
  write_tensors(from, SafetensorsReader(from), facts, out, dtype, communicator);
}

}  // namespace r1
