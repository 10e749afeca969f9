#include "libr1/train/model_file.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "libr1/config/config.h"
#include "libr1/core/error.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kFormatVersion = 1;
constexpr const char* kParams = "params/";

std::string lineage_json(const std::vector<LineageEntry>& lineage) {
  Json json = Json::array();
  for (const LineageEntry& entry : lineage)
    json.push_back({{"stage", entry.stage},
                    {"step", entry.step},
                    {"checkpoint", entry.checkpoint},
                    {"parent_checksum", entry.parent_checksum},
                    {"revision", entry.revision}});
  return json.dump(1);
}

std::vector<LineageEntry> parse_lineage(const std::string& text, const std::string& path) {
  std::vector<LineageEntry> lineage;
  try {
    for (const Json& entry : Json::parse(text))
      lineage.push_back({entry.at("stage").get<std::string>(), entry.at("step").get<int64_t>(),
                         entry.at("checkpoint").get<std::string>(),
                         entry.at("parent_checksum").get<std::string>(),
                         entry.at("revision").get<std::string>()});
  } catch (const Json::exception& e) {
    throw_error(Fault::kInput, concat(path, ": the lineage is damaged: ", e.what()));
  }
  return lineage;
}

std::string file_in(const std::string& path) {
  const std::string found = find_model(path);
  return std::filesystem::is_directory(found) ? found + "/model.h5" : found;
}

ModelFacts read_facts(const H5File& file) {
  const std::string& path = file.path();
  R1_CHECK_INPUT(file.has_dataset("text/model"), path, " is HDF5 but not a model");
  const int64_t version = file.read_integer("format_version");
  R1_CHECK_INPUT(version == kFormatVersion, path, ": format version ", version,
                 ", this program reads ", kFormatVersion);
  ModelFacts facts{parse_config<ModelConfig>(file.read_text("model"), path + " (model)"),
                   Tokenizer::from_json(file.read_text("tokenizer"),
                                        file.read_text("tokenizer_config"), path + " (tokenizer)"),
                   parse_lineage(file.read_text("lineage"), path), file.read_text("stage_config")};
  facts.config.check();
  R1_CHECK_INPUT(facts.tokenizer.vocab_size() <= facts.config.vocab, path, ": the tokenizer has ",
                 facts.tokenizer.vocab_size(), " tokens, the model ", facts.config.vocab);
  return facts;
}

}  // namespace

std::string find_model(const std::string& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path) || fs::exists(path + "/model.h5")) return path;
  const auto newest = latest_checkpoint(path);
  R1_CHECK_INPUT(newest, path, " holds no model and no complete checkpoint");
  return *newest;
}

void write_model(const std::string& path, const ModelFacts& facts, const ParamSet& params,
                 const Communicator& communicator) {
  H5File file(path, H5Mode::kCreate, communicator);
  file.write_integer("format_version", kFormatVersion);
  file.write_text("model", write_config(facts.config));
  file.write_text("tokenizer", facts.tokenizer.json());
  file.write_text("tokenizer_config", facts.tokenizer.config_json());
  file.write_text("lineage", lineage_json(facts.lineage));
  file.write_text("stage_config", facts.stage_config);
  const auto& entries = params.table().entries();
  for (size_t i = 0; i < entries.size(); ++i)
    file.write_tensor(kParams + entries[i].name, params[static_cast<int>(i)]);
  file.close();
}

ModelFile::ModelFile(const std::string& path)
    : file_(file_in(path), H5Mode::kRead), facts_(read_facts(file_)) {}

void ModelFile::read_entry(const ParamEntry& entry, const TensorView& tensor) const {
  file_.read_tensor(kParams + entry.name, tensor);
  if (tensor.dtype != Dtype::kF32) return;
  for (const float value : tensor.span<float>())
    R1_CHECK_INPUT(std::isfinite(value), path(), ": ", entry.name, " holds ", value);
}

void ModelFile::read(const ParamSet& params) const {
  const auto& entries = params.table().entries();
  for (size_t i = 0; i < entries.size(); ++i) read_entry(entries[i], params[static_cast<int>(i)]);
}

void ModelFile::read_body(const ParamSet& params) const {
  const auto& entries = params.table().entries();
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].name != "score.weight" && entries[i].name != "lm_head.weight")
      read_entry(entries[i], params[static_cast<int>(i)]);
}

}  // namespace r1
