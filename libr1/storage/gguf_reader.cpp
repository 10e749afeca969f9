#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/storage/gguf.h"
#include "libr1/storage/gguf_header.h"

namespace r1 {
namespace {

constexpr int64_t kBlockElements = 1 << 14;  // decoded at a time

void store(const float* values, int64_t count, int64_t first, const TensorView& into) {
  switch (into.dtype) {
    case Dtype::kF32:
      std::copy_n(values, count, into.data<float>() + first);
      break;
    case Dtype::kBf16:
      std::transform(values, values + count, into.data<Bf16>() + first, to_bf16);
      break;
    case Dtype::kF64:
      std::copy_n(values, count, into.data<double>() + first);
      break;
  }
}

}  // namespace

GgufReader::GgufReader(const std::string& path) : file_(path) { GgufHeader(*this).read(); }

template <class T>
const T& GgufReader::value(const std::string& key, const char* expected) const {
  const auto found = values_.find(key);
  R1_CHECK_INPUT(found != values_.end(), path(), ": the key ", key, " is missing");
  const T* as = std::get_if<T>(&found->second);
  R1_CHECK_INPUT(as, path(), ": the key ", key, " is no ", expected);
  return *as;
}

std::string GgufReader::text(const std::string& key) const {
  return value<std::string>(key, "text");
}
int64_t GgufReader::integer(const std::string& key) const { return value<int64_t>(key, "integer"); }
bool GgufReader::flag(const std::string& key) const { return value<bool>(key, "boolean"); }
const std::vector<std::string>& GgufReader::texts(const std::string& key) const {
  return value<std::vector<std::string>>(key, "list of texts");
}
const std::vector<int64_t>& GgufReader::integers(const std::string& key) const {
  return value<std::vector<int64_t>>(key, "list of integers");
}

double GgufReader::number(const std::string& key) const {
  const auto found = values_.find(key);
  if (found != values_.end())
    if (const auto* integer = std::get_if<int64_t>(&found->second))
      return static_cast<double>(*integer);
  return value<double>(key, "number");
}

std::optional<int64_t> GgufReader::find_integer(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return integer(key);
}

std::vector<std::string> GgufReader::names() const {
  std::vector<std::string> result;
  for (const auto& [name, entry] : tensors_) result.push_back(name);
  return result;
}

const GgufReader::Entry& GgufReader::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  R1_CHECK_INPUT(found != tensors_.end(), path(), ": no tensor ", name, " among ", tensors_.size());
  return found->second;
}

void GgufReader::read_rows(const std::string& name, int64_t first, const TensorView& into) const {
  const Entry& entry = find(name);
  const int64_t row = entry.shape.size() / entry.shape[0];
  R1_CHECK_INPUT(is_row_range(entry.shape, first, into.shape), path(), ": tensor ", name, " is ",
                 entry.shape.to_string(), ", expected ", into.shape.to_string(), " from row ",
                 first, " on");
  const GgufFormat& format = *entry.format;
  const int64_t total = into.size();
  R1_CHECK_INPUT(first * row % format.elements == 0 && total % format.elements == 0, path(),
                 ": tensor ", name, ": rows from ", first, " on are not whole blocks of ",
                 format.name);
  std::vector<uint8_t> bytes;
  std::vector<float> values;
  for (int64_t done = 0; done < total; done += kBlockElements) {
    const int64_t count = std::min(kBlockElements, total - done);
    const int64_t blocks = count / format.elements;
    bytes.resize(static_cast<size_t>(blocks * format.bytes));
    values.resize(static_cast<size_t>(count));
    const int64_t block = (first * row + done) / format.elements;
    file_.read(entry.begin + block * format.bytes, blocks * format.bytes, bytes.data());
    format.decode(bytes.data(), blocks, values.data());
    store(values.data(), count, done, into);
  }
}

}  // namespace r1
