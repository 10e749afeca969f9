#include "stages/tools/export.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/data/jsonl_writer.h"
#include "libr1/model/hugging_face.h"
#include "libr1/model/layout.h"
#include "libr1/storage/dataset.h"
#include "libr1/storage/safetensors.h"
#include "libr1/train/model_file.h"

namespace r1 {

void export_model(const std::string& model, const std::string& folder, Dtype dtype) {
  const ModelFile file(model);
  for (const char* weights : {"model.safetensors", "model.safetensors.index.json",
                              "pytorch_model.bin", "pytorch_model.bin.index.json"})
    R1_CHECK_INPUT(!file_exists(concat(folder, "/", weights)), folder, " holds a model already, ",
                   weights, "; choose another folder");
  make_directories(folder);
  const ModelLayout layout = model_layout(file.facts().config);
  const auto& entries = layout.table.entries();
  std::vector<NamedShape> tensors;
  for (const ParamEntry& entry : entries) tensors.push_back({entry.name, entry.shape});
  const Tokenizer& tokenizer = file.facts().tokenizer;
  write_file(folder + "/config.json",
             model_config_to_hugging_face(file.facts().config, tokenizer, dtype));
  if (!file.facts().config.scalar_head)
    write_file(folder + "/generation_config.json", generation_config_to_hugging_face(tokenizer));
  write_file(folder + "/tokenizer.json", tokenizer.json());
  if (!tokenizer.config_json().empty())
    write_file(folder + "/tokenizer_config.json", tokenizer.config_json());
  // Last: it is what says that a model is here.
  write_safetensors(folder + "/model.safetensors", tensors, dtype,
                    [&](size_t idx, int64_t first, const TensorView& rows) {
                      file.read_rows(entries[idx], first, rows);
                    });
}

void export_rows(const std::string& dataset, const std::string& out) {
  refuse_own_input(dataset, out);
  check_folder_of(out);
  const DatasetReader reader(dataset);
  JsonlWriter lines(out);
  for (int64_t row = 0; row < reader.rows(); ++row) {
    nlohmann::ordered_json json;
    for (const Column& column : reader.columns()) {
      switch (column.kind) {
        case ColumnKind::kText:
          json[column.name] = reader.text(column.name, row);
          break;
        case ColumnKind::kInteger:
          json[column.name] = reader.integer(column.name, row);
          break;
        case ColumnKind::kNumber:
          json[column.name] = reader.number(column.name, row);
          break;
        case ColumnKind::kTokens:
          json[column.name] = reader.tokens(column.name, row);
          break;
      }
    }
    lines.row(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }
  lines.keep();
}

}  // namespace r1
