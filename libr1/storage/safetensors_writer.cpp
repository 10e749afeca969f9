#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/safetensors.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

const char* format_name(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return "F32";
    case Dtype::kBf16:
      return "BF16";
    case Dtype::kF64:
      break;
  }
  return "F64";
}

double element(const TensorView& tensor, int64_t i) {
  switch (tensor.dtype) {
    case Dtype::kF32:
      return tensor.data<float>()[i];
    case Dtype::kBf16:
      return to_float(tensor.data<Bf16>()[i]);
    case Dtype::kF64:
      break;
  }
  return tensor.data<double>()[i];
}

void set_element(const TensorView& tensor, int64_t i, double value) {
  switch (tensor.dtype) {
    case Dtype::kF32:
      tensor.data<float>()[i] = static_cast<float>(value);
      break;
    case Dtype::kBf16:
      tensor.data<Bf16>()[i] = to_bf16(static_cast<float>(value));
      break;
    case Dtype::kF64:
      tensor.data<double>()[i] = value;
      break;
  }
}

std::string header_text(const std::vector<NamedShape>& tensors, Dtype dtype) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  int64_t at = 0;
  for (const NamedShape& named : tensors) {
    const int64_t end = at + named.shape.size() * size_bytes(dtype);
    header[named.name] = {
        {"dtype", format_name(dtype)}, {"shape", named.shape.dims()}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begins on a multiple of 8
  return text;
}

void write_all(std::ofstream& file, const std::vector<NamedShape>& tensors, Dtype dtype,
               ReadRows read_rows) {
  const std::string header = header_text(tensors, dtype);
  const auto length = static_cast<int64_t>(header.size());
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file.write(header.data(), length);
  std::vector<Shape> shapes;
  for (const NamedShape& named : tensors) shapes.push_back(named.shape);
  const RowBlock block(shapes, dtype);
  for (size_t idx = 0; idx < tensors.size(); ++idx) {
    const Shape& shape = shapes[idx];
    const int64_t rows = shape.rank() == 0 ? 1 : shape[0], at_once = RowBlock::rows(shape);
    for (int64_t first = 0; first < rows && file; first += at_once) {
      const TensorView part = block.view(shape, std::min(at_once, rows - first));
      read_rows(idx, first, part);
      file.write(static_cast<const char*>(part.bytes), part.size_in_bytes());
    }
  }
}

}  // namespace

void write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                       Dtype dtype) {
  std::vector<NamedShape> shapes;
  for (const NamedTensor& named : tensors) shapes.push_back({named.name, named.tensor.shape});
  write_safetensors(path, shapes, dtype, [&](size_t idx, int64_t first, const TensorView& into) {
    const TensorView& from = tensors[idx].tensor;
    const int64_t begin = from.shape.rank() == 0 ? 0 : first * (from.size() / from.shape[0]);
    for (int64_t i = 0; i < into.size(); ++i) set_element(into, i, element(from, begin + i));
  });
}

void write_safetensors(const std::string& name, const std::vector<NamedShape>& tensors, Dtype dtype,
                       ReadRows read_rows) {
  const std::string path = output_path(name), part = path + ".part";
  std::error_code error;
  {
    std::ofstream file(part, std::ios::binary);
    R1_CHECK_INPUT(file, "cannot create ", part, ": ", std::strerror(errno));
    write_all(file, tensors, dtype, read_rows);
    file.close();
    if (!file) {
      const std::string reason = std::strerror(errno);
      std::filesystem::remove(part, error);
      throw_error(Fault::kRun, concat("cannot write ", part, ": ", reason));
    }
  }
  sync_path(part);
  std::filesystem::rename(part, path, error);
  R1_CHECK(!error, "cannot rename ", part, " to ", path, ": ", error.message());
}

}  // namespace r1
