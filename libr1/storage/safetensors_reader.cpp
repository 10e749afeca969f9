#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/json_depth.h"
#include "libr1/storage/half.h"
#include "libr1/storage/positioned_file.h"
#include "libr1/storage/safetensors.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kMaxHeader = 100'000'000;  // the format's own limit

int64_t element_size(const std::string& dtype) {
  static const std::map<std::string, int64_t> kSizes = {
      {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
      {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};
  const auto found = kSizes.find(dtype);
  return found == kSizes.end() ? 0 : found->second;
}

double element(const std::string& dtype, const char* at) {
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  if (dtype == "F32") return as(0.0f);
  if (dtype == "F64") return as(0.0);
  if (dtype == "BF16") return to_float(as(Bf16{}));
  return half_to_float(as(uint16_t{0}));
}

void store_elements(const std::string& dtype, const std::vector<char>& bytes, int64_t first,
                    int64_t count, const TensorView& into) {
  const int64_t size = element_size(dtype);
  for (int64_t i = 0; i < count; ++i) {
    const double value = element(dtype, bytes.data() + i * size);
    switch (into.dtype) {
      case Dtype::kF32:
        into.data<float>()[first + i] = static_cast<float>(value);
        break;
      case Dtype::kBf16:
        into.data<Bf16>()[first + i] = to_bf16(static_cast<float>(value));
        break;
      case Dtype::kF64:
        into.data<double>()[first + i] = value;
        break;
    }
  }
}

// Refuses a name that stands twice, which the parser would pass over.
Json parse_strictly(std::string_view text, const std::string& file) {
  check_json_depth(text, file);
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key)
      R1_CHECK_INPUT(names.back().insert(value.get<std::string>()).second, file, ": the name ",
                     value.dump(), " stands twice");
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& e) {
    throw_error(Fault::kInput, concat(file, ": malformed JSON: ", e.what()));
  }
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::string& path) : path_(path) {
  std::string file = path;
  if (fs::is_directory(path)) {
    const std::string index = path + "/model.safetensors.index.json";
    file = file_exists(index) ? index : path + "/model.safetensors";
    R1_CHECK_INPUT(file_exists(file), path,
                   " holds neither model.safetensors nor model.safetensors.index.json");
  }
  R1_CHECK_INPUT(file_exists(file), file, ": no such file", looked_from(file));
  if (file.ends_with(".json"))
    add_index(file);
  else
    add_file(file);
}

void SafetensorsReader::add_index(const std::string& index) {
  const Json json = parse_strictly(read_file(index), index);
  R1_CHECK_INPUT(json.is_object() && json.contains("weight_map") && json["weight_map"].is_object(),
                 index, ": \"weight_map\" is missing");
  std::set<std::string> files;
  for (const auto& [name, file] : json["weight_map"].items()) {
    R1_CHECK_INPUT(file.is_string(), index, ": the file of ", name, " is not a string");
    files.insert(file.get<std::string>());
  }
  for (const std::string& file : files) {
    R1_CHECK_INPUT(file.find('/') == file.npos, index, ": the file ", file,
                   " does not lie beside the index");
    add_file((fs::path(index).parent_path() / file).string());
  }
  for (const auto& [name, file] : json["weight_map"].items())
    R1_CHECK_INPUT(has(name), index, ": ", file.get<std::string>(), " has no tensor ", name);
}

void SafetensorsReader::add_file(const std::string& file) {
  const PositionedFile open(file);
  const int64_t size = open.size();
  R1_CHECK_INPUT(size >= 8, file, " is truncated: ", size, " bytes, a header takes at least 8");
  int64_t header = 0;
  open.read(0, 8, &header);
  R1_CHECK_INPUT(header >= 2 && header <= kMaxHeader && header <= size - 8, file,
                 ": the header claims ", header, " bytes, the file has ", size,
                 "; it is truncated or not safetensors");
  std::string text(static_cast<size_t>(header), '\0');
  open.read(8, header, text.data());
  add_header(file, text, 8 + header, size);
}

SafetensorsReader::Entry SafetensorsReader::entry_of(std::string_view description,
                                                     const std::string& where) const {
  const Json json = Json::parse(description);
  R1_CHECK_INPUT(json.is_object() && json.contains("dtype") && json.contains("shape") &&
                     json.contains("data_offsets") && json["dtype"].is_string() &&
                     json["shape"].is_array() && json["data_offsets"].is_array() &&
                     json["data_offsets"].size() == 2,
                 where, ": expected dtype, shape and two data_offsets, found ", description);
  Entry entry;
  entry.dtype = json["dtype"].get<std::string>();
  R1_CHECK_INPUT(element_size(entry.dtype) > 0, where, ": the dtype ", entry.dtype, " is unknown");
  std::vector<int64_t> dims;
  int64_t bytes = element_size(entry.dtype);
  for (const Json& dim : json["shape"]) {
    R1_CHECK_INPUT(dim.is_number_unsigned() && dim.get<uint64_t>() < (uint64_t{1} << 48), where,
                   ": the shape ", json["shape"].dump(), " cannot be");
    dims.push_back(dim.get<int64_t>());
    R1_CHECK_INPUT(!__builtin_mul_overflow(bytes, dims.back(), &bytes), where, ": the shape ",
                   json["shape"].dump(), " cannot be");
  }
  R1_CHECK_INPUT(dims.size() <= 4, where, ": ", dims.size(), " dims, at most 4 are used");
  for (const Json& offset : json["data_offsets"])
    R1_CHECK_INPUT(offset.is_number_unsigned() && offset.get<uint64_t>() < (uint64_t{1} << 62),
                   where, ": data_offsets ", json["data_offsets"].dump(), " cannot be");
  entry.shape = Shape(dims);
  entry.begin = json["data_offsets"][0].get<int64_t>();
  entry.bytes = json["data_offsets"][1].get<int64_t>() - entry.begin;
  R1_CHECK_INPUT(entry.bytes == bytes, where, ": ", entry.bytes, " bytes, its shape ",
                 entry.shape.to_string(), " of ", entry.dtype, " takes ", bytes);
  return entry;
}

void SafetensorsReader::add_header(const std::string& file, std::string_view text, int64_t data,
                                   int64_t size) {
  const Json json = parse_strictly(text, file);
  R1_CHECK_INPUT(json.is_object(), file, ": the header is not a JSON object");
  std::vector<std::pair<int64_t, int64_t>> extents;
  for (const auto& [name, description] : json.items()) {
    if (name == "__metadata__") continue;
    const std::string where = concat(file, ": tensor ", name);
    Entry entry = entry_of(description.dump(), where);
    entry.file = file;
    entry.begin += data;
    R1_CHECK_INPUT(entry.begin + entry.bytes <= size, where, " ends at byte ",
                   entry.begin + entry.bytes, ", the file has ", size, "; it is truncated");
    extents.emplace_back(entry.begin, entry.begin + entry.bytes);
    R1_CHECK_INPUT(tensors_.emplace(name, std::move(entry)).second, where,
                   " is in another file of the model as well");
  }
  std::sort(extents.begin(), extents.end());
  for (size_t i = 1; i < extents.size(); ++i)
    R1_CHECK_INPUT(extents[i].first >= extents[i - 1].second, file,
                   ": two tensors share the bytes at ", extents[i].first);
}

std::vector<std::string> SafetensorsReader::names() const {
  std::vector<std::string> result;
  for (const auto& [name, entry] : tensors_) result.push_back(name);
  return result;
}

const SafetensorsReader::Entry& SafetensorsReader::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  R1_CHECK_INPUT(found != tensors_.end(), path_, ": no tensor ", name, " among ", tensors_.size());
  return found->second;
}

void SafetensorsReader::read(const std::string& name, const TensorView& into) const {
  const Entry& entry = find(name);
  R1_CHECK_INPUT(entry.shape == into.shape, entry.file, ": tensor ", name, " is ",
                 entry.shape.to_string(), ", expected ", into.shape.to_string());
  read_rows(name, 0, into);
}

void SafetensorsReader::read_rows(const std::string& name, int64_t first,
                                  const TensorView& into) const {
  const Entry& entry = find(name);
  R1_CHECK_INPUT(entry.dtype.find('F') != entry.dtype.npos, entry.file, ": tensor ", name,
                 " holds ", entry.dtype, ", expected F32, F16, BF16 or F64");
  R1_CHECK_INPUT(is_row_range(entry.shape, first, into.shape), entry.file, ": tensor ", name,
                 " is ", entry.shape.to_string(), ", expected ", into.shape.to_string(),
                 " from row ", first, " on");
  const PositionedFile file(entry.file);
  const int64_t size = element_size(entry.dtype), total = into.size();
  const int64_t row = total == 0 ? 0 : total / std::max<int64_t>(1, into.shape[0]);
  const int64_t begin = entry.begin + first * row * size;
  constexpr int64_t kBlock = 1 << 14;  // elements
  std::vector<char> bytes(static_cast<size_t>(std::min(kBlock, total) * size));
  for (int64_t done = 0; done < total; done += kBlock) {
    const int64_t count = std::min(kBlock, total - done);
    file.read(begin + done * size, count * size, bytes.data());
    store_elements(entry.dtype, bytes, done, count, into);
  }
}

}  // namespace r1
