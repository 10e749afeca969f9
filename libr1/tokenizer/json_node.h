// JSON with addresses: a value knows the file and the path it stands at, so that every complaint
// names both. Reading only; all errors are Fault::kInput.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libr1/core/function_ref.h"

namespace r1::tokenizer {

class JsonDocument;

// Valid while its document lives.
class JsonNode {
 public:
  JsonNode(const JsonDocument* document, const void* value) : document_(document), value_(value) {}

  std::optional<JsonNode> find(std::string_view key) const;  // nullopt: absent, or null
  JsonNode at(std::string_view key) const;                   // absent or null is an error
  std::string string_at(std::string_view key) const { return at(key).string(); }
  std::string string_at(std::string_view key, std::string_view otherwise) const;
  bool bool_at(std::string_view key, bool otherwise) const;
  std::string type() const { return string_at("type"); }

  const std::string& string() const;
  bool boolean() const;
  int64_t integer(int64_t lowest, int64_t highest) const;
  bool is_string() const;
  bool is_array() const;
  void for_each_element(FunctionRef<void(JsonNode)> visit) const;
  void for_each_member(FunctionRef<void(const std::string&, JsonNode)> visit) const;
  size_t size() const;

  // Throws "FILE: PATH: what".
  [[noreturn]] void fail(std::string_view what) const;
  [[noreturn]] void fail_unsupported(std::string_view kind, std::string_view name) const;

 private:
  const JsonDocument* document_;
  const void* value_;
};

class JsonDocument {
 public:
  JsonDocument(std::string_view text, std::string_view file);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonNode root() const;

 private:
  friend class JsonNode;
  struct Tree;
  std::string file_;
  std::unique_ptr<Tree> tree_;
};

}  // namespace r1::tokenizer
