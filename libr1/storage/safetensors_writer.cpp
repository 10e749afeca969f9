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

void append(std::string& out, double value, Dtype dtype) {
  const auto bytes = [&](auto v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); };
  if (dtype == Dtype::kF64) return bytes(value);
  if (dtype == Dtype::kF32) return bytes(static_cast<float>(value));
  bytes(to_bf16(static_cast<float>(value)));
}

std::string header_text(const std::vector<NamedTensor>& tensors, Dtype dtype) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  int64_t at = 0;
  for (const NamedTensor& named : tensors) {
    const int64_t end = at + named.tensor.size() * size_bytes(dtype);
    header[named.name] = {{"dtype", format_name(dtype)},
                          {"shape", named.tensor.shape.dims()},
                          {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begins on a multiple of 8
  return text;
}

void write_all(std::ofstream& file, const std::vector<NamedTensor>& tensors, Dtype dtype) {
  const std::string header = header_text(tensors, dtype);
  const auto length = static_cast<int64_t>(header.size());
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file.write(header.data(), length);
  std::string block;
  for (const NamedTensor& named : tensors) {
    for (int64_t first = 0; first < named.tensor.size() && file; first += 1 << 20) {
      block.clear();
      const int64_t end = std::min<int64_t>(first + (1 << 20), named.tensor.size());
      for (int64_t i = first; i < end; ++i) append(block, element(named.tensor, i), dtype);
      file.write(block.data(), static_cast<std::streamsize>(block.size()));
    }
  }
}

}  // namespace

void write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                       Dtype dtype) {
  const std::string part = path + ".part";
  std::error_code error;
  {
    std::ofstream file(part, std::ios::binary);
    R1_CHECK_INPUT(file, "cannot create ", part, ": ", std::strerror(errno));
    write_all(file, tensors, dtype);
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
