#include "libr1/tokenizer/json_node.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/json_depth.h"

namespace r1::tokenizer {
namespace {

using nlohmann::json;

const json& value_of(const void* value) { return *static_cast<const json*>(value); }

// The way from `from` down to `target`, as .key and [index]; found by search, because only an
// error asks for it.
bool find_path(const json& from, const json* target, int depth, std::string& path) {
  constexpr int kDeepest = 64;
  if (&from == target) return true;
  if (!from.is_structured() || depth == kDeepest) return false;
  const size_t length = path.size();
  size_t index = 0;
  for (auto it = from.begin(); it != from.end(); ++it, ++index) {
    path += from.is_object() ? (path.empty() ? "" : ".") + it.key() : concat("[", index, "]");
    if (find_path(*it, target, depth + 1, path)) return true;
    path.resize(length);
  }
  return false;
}

std::string found(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, text.find_last_of(" ,:", 60)) + " ...";
  return concat(value.type_name(), " ", text);
}

}  // namespace

struct JsonDocument::Tree {
  json root;
};

JsonDocument::JsonDocument(std::string_view text, std::string_view file)
    : file_(file), tree_(std::make_unique<Tree>()) {
  check_json_depth(text, file_);
  try {
    tree_->root = json::parse(text);
  } catch (const json::exception& error) {
    throw_error(Fault::kInput, concat(file_, ": not valid JSON: ", error.what()));
  }
}

JsonDocument::~JsonDocument() = default;

JsonNode JsonDocument::root() const { return {this, &tree_->root}; }

void JsonNode::fail(std::string_view what) const {
  std::string path;
  find_path(document_->tree_->root, static_cast<const json*>(value_), 0, path);
  throw_error(Fault::kInput,
              concat(document_->file_, ": ", path.empty() ? "the document" : path, ": ", what));
}

void JsonNode::fail_unsupported(std::string_view kind, std::string_view name) const {
  fail(concat("the ", kind, " \"", name, "\" is not supported"));
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  const json& value = value_of(value_);
  if (!value.is_object()) fail(concat("found ", found(value), ", expected an object"));
  const auto it = value.find(key);
  if (it == value.end() || it->is_null()) return std::nullopt;
  return JsonNode(document_, &*it);
}

JsonNode JsonNode::at(std::string_view key) const {
  const auto member = find(key);
  if (!member) fail(concat("the key \"", key, "\" is missing"));
  return *member;
}

std::string JsonNode::string_at(std::string_view key, std::string_view otherwise) const {
  const auto member = find(key);
  return member ? member->string() : std::string(otherwise);
}

bool JsonNode::bool_at(std::string_view key, bool otherwise) const {
  const auto member = find(key);
  return member ? member->boolean() : otherwise;
}

const std::string& JsonNode::string() const {
  const json& value = value_of(value_);
  if (!value.is_string()) fail(concat("found ", found(value), ", expected a string"));
  return value.get_ref<const std::string&>();
}

bool JsonNode::boolean() const {
  const json& value = value_of(value_);
  if (!value.is_boolean()) fail(concat("found ", found(value), ", expected true or false"));
  return value.get<bool>();
}

int64_t JsonNode::integer(int64_t lowest, int64_t highest) const {
  const json& value = value_of(value_);
  const bool unsigned_fits =
      value.is_number_unsigned() && value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
  const bool fits = value.is_number_integer() && (unsigned_fits || !value.is_number_unsigned());
  if (!fits || value.get<int64_t>() < lowest || value.get<int64_t>() > highest)
    fail(concat("found ", found(value), ", expected an integer from ", lowest, " to ", highest));
  return value.get<int64_t>();
}

bool JsonNode::is_string() const { return value_of(value_).is_string(); }
bool JsonNode::is_array() const { return value_of(value_).is_array(); }
size_t JsonNode::size() const { return value_of(value_).size(); }

void JsonNode::for_each_element(FunctionRef<void(JsonNode)> visit) const {
  const json& value = value_of(value_);
  if (!value.is_array()) fail(concat("found ", found(value), ", expected a list"));
  for (const json& element : value) visit(JsonNode(document_, &element));
}

void JsonNode::for_each_member(FunctionRef<void(const std::string&, JsonNode)> visit) const {
  const json& value = value_of(value_);
  if (!value.is_object()) fail(concat("found ", found(value), ", expected an object"));
  for (auto it = value.begin(); it != value.end(); ++it) visit(it.key(), JsonNode(document_, &*it));
}

}  // namespace r1::tokenizer
