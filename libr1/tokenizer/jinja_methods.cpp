// Methods of texts and maps.
#include <utf8proc.h>

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_evaluator.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::jinja {
namespace {

using tokenizer::char_at;

// As str.isspace: four separators of ASCII more than White_Space.
bool is_space(char32_t c) { return tokenizer::is_whitespace(c) || (c >= 0x1c && c <= 0x1f); }

bool belongs(char32_t c, const std::string* set) {
  if (!set) return is_space(c);
  for (size_t at = 0; at < set->size();) {
    const auto each = char_at(*set, at);
    if (each.value == c) return true;
    at += static_cast<size_t>(each.length);
  }
  return false;
}

Value method(const std::string& name, std::function<Value(Arguments&)> call) {
  return Value(std::make_shared<const Function>(
      Function{name, [call = std::move(call)](Arguments& arguments) {
                 Value result = call(arguments);
                 arguments.end();
                 return result;
               }}));
}

// Words between runs of white space, at most `most` cuts from the left (negative: all).
std::vector<Value> words_of(const std::string& text, int64_t most) {
  std::vector<Value> words;
  size_t at = 0;
  const auto skip = [&](bool spaces) {
    while (at < text.size() && is_space(char_at(text, at).value) == spaces)
      at += static_cast<size_t>(char_at(text, at).length);
  };
  for (skip(true); at < text.size(); skip(true)) {
    const size_t begin = at;
    if (most >= 0 && static_cast<int64_t>(words.size()) == most) {
      words.emplace_back(text.substr(begin));
      break;
    }
    skip(false);
    words.emplace_back(text.substr(begin, at - begin));
  }
  return words;
}

Value split(const std::string& text, Arguments& arguments, bool from_right) {
  const Value by = arguments.take("sep", None{});
  const int64_t most = arguments.integer("maxsplit", -1);
  R1_CHECK_INPUT(!by.is_none() || !from_right || most < 0,
                 "rsplit with maxsplit and without a separator is not supported");
  if (by.is_none()) return Value::list(words_of(text, most));
  R1_CHECK_INPUT(by.text() && !by.text()->empty(), "split by an empty text, or by ",
                 by.type_name());
  const std::string& separator = *by.text();
  std::vector<Value> parts;
  std::string_view rest = text;
  while (most < 0 || static_cast<int64_t>(parts.size()) < most) {
    const size_t at = from_right ? rest.rfind(separator) : rest.find(separator);
    if (at == rest.npos) break;
    const size_t after = at + separator.size();
    parts.emplace_back(from_right ? rest.substr(after) : rest.substr(0, at));
    rest = from_right ? rest.substr(0, at) : rest.substr(after);
  }
  parts.emplace_back(rest);
  if (from_right) std::ranges::reverse(parts);
  return Value::list(std::move(parts));
}

Value split_lines(const std::string& text) {
  std::vector<Value> lines;
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\n' && text[at] != '\r') continue;
    lines.emplace_back(text.substr(begin, at - begin));
    at += text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    begin = at + 1;
  }
  if (begin < text.size()) lines.emplace_back(text.substr(begin));
  return Value::list(std::move(lines));
}

bool starts_or_ends(const std::string& text, Arguments& arguments, bool starts) {
  const Value with = arguments.require("prefix");
  const auto fits = [&](const Value& each) {
    R1_CHECK_INPUT(each.text(), arguments.function, " takes a string, found ", each.type_name());
    return starts ? text.starts_with(*each.text()) : text.ends_with(*each.text());
  };
  return with.list() ? std::ranges::any_of(with.list()->items, fits) : fits(with);
}

Value replace(const std::string& text, Arguments& arguments) {
  const std::string from = arguments.text("old"), to = arguments.text("new");
  int64_t left = arguments.integer("count", -1);
  R1_CHECK_INPUT(!from.empty(), "replace of an empty text is not supported");
  R1_CHECK_INPUT(
      to.size() <= from.size() || text.size() / from.size() < (size_t{1} << 28) / to.size(),
      "replace makes more than 256 MiB of text");
  std::string result;
  size_t begin = 0;
  for (size_t at = text.find(from); at != text.npos && left != 0; at = text.find(from, begin)) {
    result.append(text, begin, at - begin).append(to);
    begin = at + from.size();
    if (left > 0) --left;
  }
  return result.append(text, begin, text.npos);
}

enum class Case { kUpper, kLower, kTitle, kCapitalize };

std::string in_case(const std::string& text, Case how) {
  std::string result;
  bool in_word = false, first = true;
  for (size_t at = 0; at < text.size();) {
    const auto c = char_at(text, at);
    const bool raise = how == Case::kUpper || (how == Case::kTitle && !in_word) ||
                       (how == Case::kCapitalize && first);
    const auto point = static_cast<utf8proc_int32_t>(c.value);
    if (raise)
      tokenizer::append_utf8(result, static_cast<char32_t>(utf8proc_toupper(point)));
    else
      tokenizer::append_lowercase(result, c.value);
    const auto category = utf8proc_category(point);
    in_word = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    first = false;
    at += static_cast<size_t>(c.length);
  }
  return result;
}

Value found_at(const std::string& text, size_t at) {
  if (at == text.npos) return int64_t{-1};
  return static_cast<int64_t>(std::count_if(text.begin(), text.begin() + static_cast<long>(at),
                                            [](char c) { return (c & 0xc0) != 0x80; }));
}

int64_t occurrences(const std::string& text, const std::string& of) {
  R1_CHECK_INPUT(!of.empty(), "count of an empty text is not supported");
  int64_t count = 0;
  for (size_t at = text.find(of); at != text.npos; at = text.find(of, at + of.size())) ++count;
  return count;
}

std::string joined(const std::string& separator, Arguments& arguments) {
  std::string result;
  bool first = true;
  for (const Value& item : items_of(arguments.require("iterable"))) {
    R1_CHECK_INPUT(item.text(), "join of ", item.type_name(), ", expected strings");
    result += (first ? "" : separator) + *item.text();
    first = false;
  }
  return result;
}

bool all_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

Value without_affix(const std::string& text, Arguments& arguments, bool prefix) {
  const std::string affix = arguments.text("affix");
  const bool has = prefix ? text.starts_with(affix) : text.ends_with(affix);
  if (!has) return text;
  return text.substr(prefix ? affix.size() : 0, text.size() - affix.size());
}

Value text_method(const std::string& text, const std::string& name) {
  using Call = Value (*)(const std::string&, Arguments&);
  struct Method {
    const char* name;
    Call call;
  };
  using S = const std::string&;
  using A = Arguments&;
  static constexpr Method kMethods[] = {
      {"strip", [](S s, A a) { return Value(stripped(s, a.take("chars", None{}), true, true)); }},
      {"lstrip", [](S s, A a) { return Value(stripped(s, a.take("chars", None{}), true, false)); }},
      {"rstrip", [](S s, A a) { return Value(stripped(s, a.take("chars", None{}), false, true)); }},
      {"split", [](S s, A a) { return split(s, a, false); }},
      {"rsplit", [](S s, A a) { return split(s, a, true); }},
      {"splitlines", [](S s, A) { return split_lines(s); }},
      {"startswith", [](S s, A a) { return Value(starts_or_ends(s, a, true)); }},
      {"endswith", [](S s, A a) { return Value(starts_or_ends(s, a, false)); }},
      {"replace", [](S s, A a) { return replace(s, a); }},
      {"upper", [](S s, A) { return Value(in_case(s, Case::kUpper)); }},
      {"lower", [](S s, A) { return Value(in_case(s, Case::kLower)); }},
      {"title", [](S s, A) { return Value(in_case(s, Case::kTitle)); }},
      {"capitalize", [](S s, A) { return Value(in_case(s, Case::kCapitalize)); }},
      {"find", [](S s, A a) { return found_at(s, s.find(a.text("sub"))); }},
      {"rfind", [](S s, A a) { return found_at(s, s.rfind(a.text("sub"))); }},
      {"count", [](S s, A a) { return Value(occurrences(s, a.text("sub"))); }},
      {"join", [](S s, A a) { return Value(joined(s, a)); }},
      {"isdigit", [](S s, A) { return Value(all_digits(s)); }},
      {"removeprefix", [](S s, A a) { return without_affix(s, a, true); }},
      {"removesuffix", [](S s, A a) { return without_affix(s, a, false); }}};
  const auto* found = std::ranges::find(kMethods, name, &Method::name);
  if (found == std::end(kMethods)) return None{};
  return method(name, [text, call = found->call](Arguments& a) { return call(text, a); });
}

Value map_method(const Value& of, const std::string& name) {
  const auto listed = [of](auto pick) {
    return [of, pick](Arguments&) {
      std::vector<Value> all;
      for (const auto& item : of.map()->items) all.push_back(pick(item));
      return Value::list(std::move(all));
    };
  };
  using Item = std::pair<std::string, Value>;
  if (name == "keys") return method(name, listed([](const Item& i) { return Value(i.first); }));
  if (name == "values") return method(name, listed([](const Item& i) { return i.second; }));
  if (name == "items")
    return method(name, listed([](const Item& i) {
                    return Value::list({Value(i.first), i.second});
                  }));
  if (name != "get") return None{};
  return method(name, [of](Arguments& arguments) {
    const Value key = arguments.require("key");
    const Value found = item_of(of, key);
    const Value other = arguments.take("default", None{});
    return found.is_undefined() ? other : found;
  });
}

}  // namespace

std::string stripped(const std::string& text, const Value& characters, bool left, bool right) {
  R1_CHECK_INPUT(characters.is_none() || characters.text(), "strip of ", characters.type_name());
  size_t begin = 0, end = text.size();
  while (left && begin < end && belongs(char_at(text, begin).value, characters.text()))
    begin += static_cast<size_t>(char_at(text, begin).length);
  while (right && begin < end) {
    const auto c = tokenizer::char_before(text, end);
    if (!belongs(c.value, characters.text())) break;
    end -= static_cast<size_t>(c.length);
  }
  return text.substr(begin, end - begin);
}

Value bound_method(const Value& of, const std::string& name) {
  if (of.text()) return text_method(*of.text(), name);
  if (of.map() && !of.name_space()) return map_method(of, name);
  return None{};
}

}  // namespace r1::jinja
