#include "libr1/storage/gguf_header.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr int64_t kLongestName = 65535;     // of a key, by the definition of the format
constexpr int64_t kMostElements = 1 << 24;  // of an array: as many tokens as a tokenizer may have
constexpr int64_t kMostTensors = 1 << 20;
constexpr int64_t kLargestDim = int64_t{1} << 40;
constexpr int64_t kBuffer = 1 << 16;

enum Type : uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64
};

int64_t size_of(uint32_t type) {
  constexpr int64_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};
  return type < std::size(kSizes) ? kSizes[type] : 0;
}

bool is_float(uint32_t type) { return type == kFloat32 || type == kFloat64; }

}  // namespace

template <class... Parts>
void GgufHeader::require(bool condition, const Parts&... parts) const {
  if (!condition) [[unlikely]]
    throw_error(Fault::kInput, concat(file_.path(), ": byte ", at_, ": ", parts...));
}

void GgufHeader::take_bytes(int64_t count, void* out) {
  require(count <= left(), "the file ends here; ", count, " bytes more were expected");
  auto* bytes = static_cast<char*>(out);
  while (count > 0) {
    const auto buffered = static_cast<int64_t>(buffer_.size());
    if (at_ < buffer_begin_ || at_ >= buffer_begin_ + buffered) {
      buffer_.resize(static_cast<size_t>(std::min(kBuffer, left())));
      file_.read(at_, static_cast<int64_t>(buffer_.size()), buffer_.data());
      buffer_begin_ = at_;
      continue;
    }
    const int64_t from = at_ - buffer_begin_, some = std::min(count, buffered - from);
    std::memcpy(bytes, buffer_.data() + from, static_cast<size_t>(some));
    bytes += some;
    at_ += some;
    count -= some;
  }
}

template <class T>
T GgufHeader::take() {
  T value{};
  take_bytes(sizeof value, &value);
  return value;
}

// A number of things of at least so many bytes each.
int64_t GgufHeader::take_count(const char* what, int64_t bytes_each) {
  require(left() >= 8, "the file ends here; the number of ", what, " was expected");
  const auto count = take<uint64_t>();
  require(count <= static_cast<uint64_t>(left() / bytes_each), count, " ", what,
          " do not fit into the ", left(), " bytes that are left of the file");
  return static_cast<int64_t>(count);
}

std::string GgufHeader::take_text(int64_t longest, const char* what) {
  const int64_t size = take_count(what, 1);
  require(size <= longest, "a text of ", size, " ", what, ", at most ", longest);
  std::string text(static_cast<size_t>(size), '\0');
  take_bytes(size, text.data());
  return text;
}

bool GgufHeader::take_bool() {
  const auto value = take<uint8_t>();
  require(value <= 1, "a boolean is ", int{value}, ", expected 0 or 1");
  return value == 1;
}

int64_t GgufHeader::take_integer(uint32_t type) {
  switch (type) {
    case kUint8:
      return take<uint8_t>();
    case kInt8:
      return take<int8_t>();
    case kUint16:
      return take<uint16_t>();
    case kInt16:
      return take<int16_t>();
    case kUint32:
      return take<uint32_t>();
    case kInt32:
      return take<int32_t>();
    case kInt64:
      return take<int64_t>();
  }
  const auto value = take<uint64_t>();
  require(value <= uint64_t{std::numeric_limits<int64_t>::max()}, "the integer ", value,
          " is too large");
  return static_cast<int64_t>(value);
}

double GgufHeader::take_float(uint32_t type) {
  return type == kFloat32 ? static_cast<double>(take<float>()) : take<double>();
}

template <class T, class Take>
std::vector<T> GgufHeader::take_list(int64_t count, Take take_one) {
  std::vector<T> list;
  list.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) list.push_back(take_one());
  return list;
}

GgufValue GgufHeader::take_array() {
  const auto type = take<uint32_t>();
  require(size_of(type) > 0, "an array of elements of type ", type, ", which is unknown");
  require(type != kArray, "an array of arrays, which no model here needs");
  const int64_t count = take_count("elements", size_of(type));
  require(count <= kMostElements, "an array of ", count, " elements, at most ", kMostElements);
  if (type == kString)
    return take_list<std::string>(
        count, [&] { return take_text(std::numeric_limits<int64_t>::max(), "bytes"); });
  if (type == kBool) return take_list<bool>(count, [&] { return take_bool(); });
  if (is_float(type)) return take_list<double>(count, [&] { return take_float(type); });
  return take_list<int64_t>(count, [&] { return take_integer(type); });
}

GgufValue GgufHeader::take_value(uint32_t type) {
  require(size_of(type) > 0, "a value of type ", type, ", which is unknown");
  if (type == kString) return take_text(std::numeric_limits<int64_t>::max(), "bytes");
  if (type == kArray) return take_array();
  if (type == kBool) return take_bool();
  if (is_float(type)) return take_float(type);
  return take_integer(type);
}

void GgufHeader::take_pair() {
  const std::string key = take_text(kLongestName, "bytes of a key");
  const auto type = take<uint32_t>();
  require(!reader_.values_.contains(key), "the key ", key, " stands twice");
  reader_.values_.emplace(key, take_value(type));
}

// `begin` is the offset from where the tensors' bytes start, which is known after the last entry.
void GgufHeader::take_tensor() {
  const std::string name = take_text(kLongestName, "bytes of a tensor's name");
  const auto rank = take<uint32_t>();
  require(rank >= 1 && rank <= 4, "tensor ", name, " has ", rank, " dims, expected 1 to 4");
  std::vector<int64_t> dims;
  int64_t elements = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    const auto dim = take<uint64_t>();
    require(dim >= 1 && dim <= uint64_t{kLargestDim} &&
                !__builtin_mul_overflow(elements, static_cast<int64_t>(dim), &elements) &&
                elements <= kLargestDim,
            "tensor ", name, ": dim ", i, " is ", dim, ", which cannot be");
    dims.insert(dims.begin(), static_cast<int64_t>(dim));
  }
  const auto code = take<uint32_t>();
  const GgufFormat* format = find_gguf_format(code);
  require(format != nullptr, "tensor ", name, " is of format ", code, " (", gguf_format_name(code),
          "); read are ", readable_gguf_formats());
  require(dims.back() % format->elements == 0, "tensor ", name, ": rows of ", dims.back(),
          " elements are not whole blocks of ", format->name, ", which have ", format->elements);
  const auto offset = take<uint64_t>();
  require(offset <= static_cast<uint64_t>(file_.size()), "tensor ", name, " begins at ", offset,
          ", beyond the end of the file; it is truncated");
  const int64_t bytes = elements / format->elements * format->bytes;
  require(reader_.tensors_
              .emplace(name,
                       GgufReader::Entry{format, Shape(dims), static_cast<int64_t>(offset), bytes})
              .second,
          "the tensor ", name, " stands twice");
}

int64_t GgufHeader::alignment() const {
  const int64_t value = reader_.find_integer("general.alignment").value_or(32);
  require(value >= 8 && value <= (1 << 20) && (value & (value - 1)) == 0, "general.alignment is ",
          value, ", expected a power of two from 8 to 2^20");
  return value;
}

void GgufHeader::place_tensors() {
  const int64_t align = alignment(), start = (at_ + align - 1) / align * align;
  std::vector<std::pair<int64_t, int64_t>> extents;
  for (auto& [name, entry] : reader_.tensors_) {
    require(entry.begin % align == 0, "tensor ", name, " begins at ", entry.begin,
            ", no multiple of the alignment ", align);
    entry.begin += start;
    const int64_t end = entry.begin + entry.bytes;
    require(end <= file_.size(), "tensor ", name, " ends at byte ", end, ", the file has ",
            file_.size(), "; it is truncated");
    extents.emplace_back(entry.begin, end);
  }
  std::ranges::sort(extents);
  for (size_t i = 1; i < extents.size(); ++i)
    require(extents[i].first >= extents[i - 1].second, "two tensors share the bytes at ",
            extents[i].first);
}

void GgufHeader::read() {
  char magic[4] = {};
  require(file_.size() >= 24, "the file has ", file_.size(), " bytes, a GGUF header takes 24");
  take_bytes(4, magic);
  R1_CHECK_INPUT(std::memcmp(magic, "GGUF", 4) == 0, file_.path(), " does not begin with GGUF");
  const auto version = take<uint32_t>();
  require(version == 2 || version == 3, "version ", version,
          version == 0x02000000u || version == 0x03000000u ? ": a big-endian file" : "",
          "; read are 2 and 3, little-endian");
  const int64_t tensors = take_count("tensors", 24);
  require(tensors <= kMostTensors, tensors, " tensors, at most ", kMostTensors);
  const int64_t pairs = take_count("key-value pairs", 13);
  for (int64_t i = 0; i < pairs; ++i) take_pair();
  for (int64_t i = 0; i < tensors; ++i) take_tensor();
  place_tensors();
}

}  // namespace r1
