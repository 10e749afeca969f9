#include "libr1/reward/code_reference.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"

namespace r1 {
namespace {

using Json = nlohmann::json;

// Reads an object; the first fault is kept and the rest is not read.
class Reader {
 public:
  Reader(const Json& object, std::string& fault) : object_(object), fault_(fault) {}

  std::string text(const char* key, bool required) {
    const Json* value = find(key, required);
    if (!value) return "";
    if (!value->is_string()) return fail("'", key, "' is no text"), "";
    auto result = value->get<std::string>();
    if (result.find('\0') != result.npos) fail("'", key, "' holds a zero byte");
    return result;
  }

  template <class E>
  void name(const char* key, E& value) {
    const std::string found = text(key, true);
    std::string known;
    for (const EnumName<E>& entry : enum_names(E{})) {
      if (entry.name == found) return void(value = entry.value);
      known += concat(known.empty() ? "" : " or ", entry.name);
    }
    fail("'", key, "' is '", found, "', expected ", known);
  }

  std::optional<double> positive_number(const char* key) {
    const Json* value = find(key, false);
    if (!value) return std::nullopt;
    if (value->is_number() && value->get<double>() > 0 && std::isfinite(value->get<double>()))
      return value->get<double>();
    return fail("'", key, "' is no positive number"), std::nullopt;
  }

  const Json* find(const char* key, bool required) {
    const auto at = object_.find(key);
    if (at != object_.end() && !at->is_null()) return &*at;
    if (required) fail("'", key, "' is missing");
    return nullptr;
  }

  void refuse_others(std::initializer_list<std::string_view> known) {
    for (const auto& item : object_.items())
      if (std::find(known.begin(), known.end(), item.key()) == known.end())
        fail("the key '", item.key(), "' is unknown");
  }

  template <class... Parts>
  void fail(const Parts&... parts) {
    if (fault_.empty()) fault_ = concat("the reference of code: ", parts...);
  }

 private:
  const Json& object_;
  std::string& fault_;
};

CodeTest read_test(const Json& json, CodeTestKind kind, std::string& fault) {
  CodeTest test;
  Reader reader(json, fault);
  if (kind == CodeTestKind::kAsserts) {
    if (!json.is_string()) return reader.fail("a test of asserts is no text"), test;
    test.input = json.get<std::string>();
    if (trimmed(test.input).empty()) reader.fail("a test is empty");
    if (test.input.find('\0') != test.input.npos) reader.fail("a test holds a zero byte");
    return test;
  }
  if (!json.is_object()) return reader.fail("a test of stdio is no object"), test;
  test.input = reader.text("input", true);
  test.output = reader.text("output", true);
  reader.refuse_others({"input", "output", "group"});
  return test;
}

// A line that opens or closes a block.
struct Fence {
  size_t marks = 0;      // back quotes; 0: it does neither
  size_t indent = 0;     // columns before them
  std::string_view tag;  // what follows

  bool closes(const Fence& open) const {
    return marks >= open.marks && tag.empty() && indent <= open.indent + 3;
  }
};

Fence fence_of(std::string_view line) {
  Fence fence;
  size_t begin = 0;
  for (; begin < line.size() && (line[begin] == ' ' || line[begin] == '\t'); ++begin)
    fence.indent = line[begin] == '\t' ? fence.indent / 4 * 4 + 4 : fence.indent + 1;
  const size_t end = std::min(line.find_first_not_of('`', begin), line.size());
  fence.marks = end - begin >= 3 ? end - begin : 0;
  fence.tag = trimmed(line.substr(end));
  if (fence.tag.find('`') != fence.tag.npos) fence.marks = 0;  // code within a line
  return fence;
}

bool names(std::string_view tag, CodeLanguage language) {
  static constexpr std::string_view kPython[] = {"python", "python3", "py"};
  static constexpr std::string_view kCpp[] = {"cpp", "c++", "cc", "cxx"};
  std::string word(tag.substr(0, tag.find_first_of(" \t{,:")));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::span<const std::string_view> known =
      language == CodeLanguage::kPython ? std::span<const std::string_view>(kPython) : kCpp;
  return std::find(known.begin(), known.end(), word) != known.end();
}

}  // namespace

std::span<const EnumName<CodeLanguage>> enum_names(CodeLanguage) {
  static constexpr EnumName<CodeLanguage> kNames[] = {{CodeLanguage::kPython, "python"},
                                                      {CodeLanguage::kCpp, "cpp"}};
  return kNames;
}

std::span<const EnumName<CodeTestKind>> enum_names(CodeTestKind) {
  static constexpr EnumName<CodeTestKind> kNames[] = {{CodeTestKind::kAsserts, "asserts"},
                                                      {CodeTestKind::kStdio, "stdio"}};
  return kNames;
}

std::optional<CodeReference> CodeReference::parse(std::string_view text, std::string& fault) {
  fault.clear();
  const Json json = Json::parse(text, nullptr, false);
  CodeReference result;
  Reader reader(json, fault);
  if (!json.is_object()) return reader.fail("no JSON object"), std::nullopt;
  reader.name("language", result.language);
  reader.name("kind", result.kind);
  const bool asserts = result.kind == CodeTestKind::kAsserts;
  if (asserts) {
    result.prefix = reader.text("prefix", false);
    result.setup = reader.text("setup", false);
    result.entry_point = reader.text("entry_point", false);
    reader.refuse_others(
        {"language", "kind", "tests", "prefix", "setup", "entry_point", "float_tolerance"});
    if (reader.find("float_tolerance", false)) reader.fail("'float_tolerance' is for stdio only");
  } else {
    result.float_tolerance = reader.positive_number("float_tolerance");
    reader.refuse_others(
        {"language", "kind", "tests", "float_tolerance", "prefix", "setup", "entry_point"});
    for (const char* key : {"prefix", "setup", "entry_point"})
      if (!reader.text(key, false).empty()) reader.fail("'", key, "' is for asserts only");
  }
  const Json* tests = reader.find("tests", true);
  if (tests && (!tests->is_array() || tests->empty()))
    reader.fail("'tests' is no list of at least one test");
  if (!fault.empty()) return std::nullopt;
  for (const Json& test : *tests) result.tests.push_back(read_test(test, result.kind, fault));
  if (!fault.empty()) return std::nullopt;
  return result;
}

std::string_view code_of(std::string_view answer, CodeLanguage language) {
  std::string_view block = answer;
  bool is_named = false;  // some block was tagged with the language
  Fence open;             // its marks are 0: none
  size_t begin = 0;
  const auto take = [&](size_t end) {
    const bool named = names(open.tag, language);
    if (named || !is_named) block = answer.substr(begin, end - begin);
    is_named = is_named || named;
    open = {};
  };
  for (size_t at = 0; at < answer.size();) {
    const size_t end = std::min(answer.find('\n', at), answer.size());
    const size_t next = std::min(end + 1, answer.size());
    const Fence fence = fence_of(answer.substr(at, end - at));
    if (open.marks > 0 && fence.closes(open)) {
      take(at);
    } else if (open.marks == 0 && fence.marks > 0) {
      open = fence;
      begin = next;
    }
    at = next;
  }
  if (open.marks > 0) take(answer.size());
  return block;
}

}  // namespace r1
