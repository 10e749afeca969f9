#include "stages/tools/inspect.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/model/layout.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/storage/dataset.h"
#include "libr1/storage/tensor_source.h"
#include "libr1/train/model_file.h"

namespace r1 {
namespace {

constexpr int64_t kShownRows = 3;
constexpr size_t kShownText = 100;

// One number that is equal when all parameters are equal: files also differ by their lineage.
std::string parameter_fingerprint(const ModelFile& file, const ParamTable& table) {
  std::vector<Shape> shapes;
  for (const ParamEntry& entry : table.entries()) shapes.push_back(entry.shape);
  const RowBlock block(shapes, Dtype::kF32);
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const ParamEntry& entry : table.entries()) {
    const int64_t rows = entry.shape[0], at_once = RowBlock::rows(entry.shape);
    for (int64_t first = 0; first < rows; first += at_once) {
      const TensorView part = block.view(entry.shape, std::min(at_once, rows - first));
      file.read_rows(entry, first, part);
      for (const float value : part.span<float>())
        hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001b3u;
    }
  }
  std::ostringstream out;
  out << std::hex << hash;
  return out.str();
}

void describe_model(const std::string& path, std::ostream& out) {
  const ModelFile file(path);
  const ModelFacts& facts = file.facts();
  const ParamTable table = model_layout(facts.config).table;
  out << "model    " << table.total_size() << " parameters, fingerprint "
      << parameter_fingerprint(file, table) << "\n";
  for (const ParamEntry& entry : table.entries())
    out << "         " << entry.name << " " << entry.shape.to_string() << "\n";
  out << "tokens   " << facts.tokenizer.vocab_size() << "\n";
  std::string indent;
  for (const LineageEntry& entry : facts.lineage) {
    out << "lineage  " << indent << (indent.empty() ? "" : "└ ") << entry.stage << ", step "
        << entry.step << ", " << entry.checkpoint << ", revision " << entry.revision
        << (entry.parent_checksum.empty() ? "" : ", from " + entry.parent_checksum) << "\n";
    indent += "  ";
  }
}

// A checkpoint's, or one that holds a model and was not written as a checkpoint.
void describe_folder(const std::string& path, std::ostream& out) {
  out << path << "\n";
  if (file_exists(path + "/COMPLETE")) {
    verify_checkpoint(path, {});
    out << "checkpoint of step " << checkpoint_step(path) << ", complete, checksums right\n";
  } else {
    out << "no complete checkpoint, as it has no COMPLETE; its model.h5:\n";
  }
  describe_model(path, out);
}

void describe_dataset(const std::string& path, std::ostream& out) {
  const DatasetReader reader(path);
  out << "data set " << reader.rows() << " rows; source " << reader.attribute("source");
  const std::string licence = reader.attribute("licence");
  out << (licence.empty() ? "" : "; licence ") << licence << "\n";
  std::istringstream schema(schema_text(reader.columns()));
  for (std::string line; std::getline(schema, line);) out << "         " << line << "\n";
  for (int64_t row = 0; row < std::min(kShownRows, reader.rows()); ++row) {
    out << "row " << row << "\n";
    for (const Column& column : reader.columns()) {
      out << "         " << column.name << ": ";
      if (column.kind == ColumnKind::kText)
        out << shortened(reader.text(column.name, row), kShownText);
      if (column.kind == ColumnKind::kInteger) out << reader.integer(column.name, row);
      if (column.kind == ColumnKind::kNumber) out << reader.number(column.name, row);
      if (column.kind == ColumnKind::kTokens)
        out << reader.tokens(column.name, row).size() << " tokens";
      out << "\n";
    }
  }
}

void describe_file(const std::string& path, std::ostream& out) {
  const H5File file(path, H5Mode::kRead);
  for (const std::string& name : file.attribute_names()) out << "attribute " << name << "\n";
  for (const std::string& name : file.dataset_names()) {
    if (name.starts_with("text/"))
      out << "text     " << name.substr(5) << ": "
          << shortened(file.read_text(name.substr(5)), kShownText) << "\n";
    else
      out << "tensor   " << name << " " << file.shape_of(name).to_string() << "\n";
  }
}

}  // namespace

std::string shortened(std::string text, size_t length) {
  std::ranges::replace(text, '\n', ' ');
  return text.size() <= length ? text : text.substr(0, length) + "...";
}

std::string inspect(const std::string& path) {
  std::ostringstream out;
  if (std::filesystem::is_directory(path)) {
    describe_folder(find_model(path), out);
    return out.str();
  }
  bool is_model = false, is_dataset = false;
  {
    const H5File file(path, H5Mode::kRead);
    is_model = file.has_dataset("text/model");
    is_dataset = file.has_dataset("text/schema");
  }
  if (is_model)
    describe_model(path, out);
  else if (is_dataset)
    describe_dataset(path, out);
  else
    describe_file(path, out);
  return out.str();
}

}  // namespace r1
