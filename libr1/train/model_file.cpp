#include "libr1/train/model_file.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "libr1/config/config.h"
#include "libr1/core/error.h"
#include "libr1/core/json_depth.h"
#include "libr1/model/layout.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/storage/tensor_source.h"
#include "libr1/tensor/flat_range.h"
#include "libr1/tensor/transfer.h"

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
  check_json_depth(text, path + " (lineage)");
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
  R1_CHECK_INPUT(facts.tokenizer.vocab_size() <= facts.config.vocab, path, ": the tokenizer has ",
                 facts.tokenizer.vocab_size(), " tokens, the model ", facts.config.vocab);
  // Before anybody makes room for them; a parameter takes at least 2 bytes.
  const int64_t parameters = facts.config.num_parameters();
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path));
  R1_CHECK_INPUT(parameters <= bytes / 2, path, ": its model has ", parameters,
                 " parameters, which ", bytes, " bytes cannot hold; the file is damaged");
  return facts;
}

void write_facts(H5File& file, const ModelFacts& facts) {
  file.write_integer("format_version", kFormatVersion);
  file.write_text("model", write_config(facts.config));
  file.write_text("tokenizer", facts.tokenizer.json());
  file.write_text("tokenizer_config", facts.tokenizer.config_json());
  file.write_text("lineage", lineage_json(facts.lineage));
  file.write_text("stage_config", facts.stage_config);
}

void check_finite(const TensorView& tensor, const std::string& path, const std::string& name) {
  const auto check = [&](float value) {
    R1_CHECK_INPUT(std::isfinite(value), path, ": ", name, " holds ", value);
  };
  if (tensor.dtype == Dtype::kF32)
    for (const float value : tensor.span<float>()) check(value);
  if (tensor.dtype == Dtype::kBf16)
    for (const Bf16 value : tensor.span<Bf16>()) check(to_float(value));
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
                 const Communicator& communicator, const TensorParallel& tp) {
  H5File file(path, H5Mode::kCreate, communicator);
  write_facts(file, facts);
  const ParamTable whole = model_layout(facts.config).table;
  const int64_t copy = communicator.rank / tp.size(), copies = communicator.size / tp.size();
  for (int i = 0; i < std::ssize(whole.entries()); ++i) {
    const TensorView mine = params[i];
    const FlatRange rows =
        params.table()[i].repeated ? FlatRange{} : part_of(mine.shape[0], copy, copies);
    const int64_t columns = mine.size() / mine.shape[0];
    file.create_tensor(kParams + whole[i].name, whole[i].shape, mine.dtype);
    file.write_blocks(
        kParams + whole[i].name,
        tp.blocks(whole[i].shape, mine.shape, {rows.begin * columns, rows.count * columns}),
        HostView(mine.rows(rows.begin, rows.count), {}).view());
  }
  file.close();
}

void write_model_rows(const std::string& path, const ModelFacts& facts, Dtype dtype,
                      const Communicator& communicator, ReadParamRows read_rows) {
  H5File file(path, H5Mode::kCreate, communicator);
  write_facts(file, facts);
  const ModelLayout layout = model_layout(facts.config);
  std::vector<Shape> shapes;
  for (const ParamEntry& entry : layout.table.entries()) shapes.push_back(entry.shape);
  const RowBlock block(shapes, dtype);
  for (const ParamEntry& entry : layout.table.entries()) {
    const int64_t rows = entry.shape[0], at_once = RowBlock::rows(entry.shape);
    const int64_t rank = communicator.rank, size = communicator.size;
    const FlatRange mine = part_of(rows, rank, size);
    file.create_tensor(kParams + entry.name, entry.shape, dtype);
    for (int64_t done = 0; done < (rows + size - 1) / size; done += at_once) {  // of all ranks
      const int64_t first = std::min(mine.begin + done, mine.end());
      const TensorView part = block.view(entry.shape, std::min(at_once, mine.end() - first));
      if (part.size() > 0) read_rows(entry, first, part);
      check_finite(part, path, entry.name);
      file.write_rows(kParams + entry.name, first, part);
    }
  }
  file.close();
}

ModelFile::ModelFile(const std::string& path)
    : file_(file_in(path), H5Mode::kRead), facts_(read_facts(file_)) {}

void ModelFile::read_rows(const ParamEntry& entry, int64_t first, const TensorView& rows) const {
  file_.read_rows(kParams + entry.name, first, rows);
  check_finite(rows, path(), entry.name);
}

void ModelFile::read(const ParamSet& params, const TensorParallel& tp) const {
  read_entries(params, tp, [](const std::string&) { return true; });
}

void ModelFile::read_body(const ParamSet& params, const TensorParallel& tp) const {
  read_entries(params, tp, [](const std::string& name) {
    return name != "score.weight" && name != "lm_head.weight";
  });
}

void ModelFile::read_entries(const ParamSet& params, const TensorParallel& tp,
                             FunctionRef<bool(const std::string& name)> wanted) const {
  const ParamTable whole = model_layout(facts_.config).table, expected = tp.table(facts_.config);
  for (int i = 0; i < std::ssize(params.table().entries()); ++i) {
    const TensorView mine = params[i];
    const std::string& name = params.table()[i].name;
    if (!wanted(name)) continue;
    const int at = whole.find(name);
    R1_CHECK_INPUT(at >= 0, path(), ": ", name, " is missing");
    R1_CHECK_INPUT(expected[at].shape == mine.shape, path(), ": ", name, " is ",
                   expected[at].shape.to_string(), ", expected ", mine.shape.to_string());
    const HostView values = HostView::to_fill(mine, {});
    file_.read_blocks(kParams + name, whole[at].shape,
                      tp.blocks(whole[at].shape, mine.shape, {0, mine.size()}), values.view());
    check_finite(values.view(), path(), name);
    values.store();
  }
}

}  // namespace r1
