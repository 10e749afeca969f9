// Filters and tests.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_evaluator.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::jinja {
namespace {

using Filter = Value (*)(const Value& input, Arguments& arguments, Budget& budget);

const std::string& text_of(const Value& input, const Arguments& arguments) {
  R1_CHECK_INPUT(input.text(), arguments.function, " of ", input.type_name(),
                 ", expected a string");
  return *input.text();
}

// The method of the same name does it.
Value by_method(const Value& input, Arguments& arguments, Budget&) {
  const Value text(to_text(input));
  return bound_method(text, arguments.function).function()->call(arguments);
}

Value cased(std::string_view text, const char* method) {
  Arguments none;
  return bound_method(Value(text), method).function()->call(none);
}

// Not str.title: a word begins behind white space, a dash or an opening bracket alone.
Value title(const Value& input, Arguments&, Budget& budget) {
  const std::string text = to_text(input);
  std::string result;
  bool begins = true;
  for (size_t at = 0; at < text.size();) {
    const auto c = tokenizer::char_at(text, at);
    const std::string_view one = std::string_view(text).substr(at, static_cast<size_t>(c.length));
    result += to_text(cased(one, begins ? "upper" : "lower"));
    begins = stripped(std::string(one), None{}, true, false).empty() ||
             std::string_view("-({[<").find(one) != std::string_view::npos;
    at += one.size();
  }
  budget.bytes(result.size());
  return result;
}

// "function.name": an attribute of an attribute; digits are an index.
Value attribute_of(const Value& item, const Value& name) {
  if (!name.text()) return item_of(item, name);
  Value result = item;
  for (std::string_view rest = *name.text();;) {
    const size_t end = std::min(rest.find('.'), rest.size());
    const std::string part(rest.substr(0, end));
    int64_t index = 0;
    const auto [at, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool is_index = error == std::errc() && at == part.data() + part.size();
    result = item_of(result, is_index ? Value(index) : Value(part));
    if (end == rest.size()) return result;
    rest.remove_prefix(end + 1);
  }
}

Value trim(const Value& input, Arguments& arguments, Budget&) {
  return stripped(to_text(input), arguments.take("chars", None{}), true, true);
}

Value length(const Value& input, Arguments&, Budget&) {
  if (input.map() && !input.name_space()) return static_cast<int64_t>(input.map()->items.size());
  return static_cast<int64_t>(items_of(input).size());
}

Value tojson(const Value& input, Arguments& arguments, Budget&) {
  const Value indent = arguments.take("indent", None{});
  const Value ascii = arguments.take("ensure_ascii", Value(false));
  R1_CHECK_INPUT(!ascii.truth(), "tojson with ensure_ascii is not supported");
  R1_CHECK_INPUT(indent.is_none() || (indent.as<int64_t>() && *indent.as<int64_t>() >= 0 &&
                                      *indent.as<int64_t>() <= 16),
                 "tojson: the indent is no integer from 0 to 16");
  return to_json(input, indent.is_none() ? -1 : static_cast<int>(*indent.as<int64_t>()));
}

Value otherwise(const Value& input, Arguments& arguments, Budget&) {
  const Value other = arguments.take("default_value", Value(""));
  const bool also_false = arguments.take("boolean", Value(false)).truth();
  return input.is_undefined() || (also_false && !input.truth()) ? other : input;
}

Value join(const Value& input, Arguments& arguments, Budget& budget) {
  const std::string separator = to_text(arguments.take("d", Value("")));
  const Value name = arguments.take("attribute", None{});
  std::string text;
  bool first = true;
  for (const Value& item : items_of(input)) {
    if (!first) text += separator;
    first = false;
    text += to_text(name.is_none() ? item : attribute_of(item, name));
  }
  budget.bytes(text.size());
  return text;
}

Value first(const Value& input, Arguments&, Budget&) {
  const auto items = items_of(input);
  return items.empty() ? Value(Undefined{"the first item"}) : items.front();
}
Value last(const Value& input, Arguments&, Budget&) {
  const auto items = items_of(input);
  return items.empty() ? Value(Undefined{"the last item"}) : items.back();
}

Value list(const Value& input, Arguments&, Budget&) { return Value::list(items_of(input)); }

Value reverse(const Value& input, Arguments&, Budget&) {
  return slice_of(input.text() ? input : Value::list(items_of(input)), None{}, None{},
                  Value(int64_t{-1}));
}

Value items(const Value& input, Arguments& arguments, Budget&) {
  if (input.is_undefined()) return Value::list({});
  const Value method = bound_method(input, "items");
  R1_CHECK_INPUT(!method.is_none(), "items of ", input.type_name(), ", expected a map");
  return method.function()->call(arguments);
}

Value string(const Value& input, Arguments&, Budget&) { return to_text(input); }
Value same(const Value& input, Arguments&, Budget&) { return input; }

// As Python reads it: a sign, and underscores between digits.
std::optional<int64_t> integer_of(std::string_view text) {
  std::string digits;
  if (text.starts_with('+')) text.remove_prefix(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool inside = i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (text[i] != '_' || !inside) digits += text[i];
  }
  int64_t value = 0;
  const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || at != digits.data() + digits.size()) return std::nullopt;
  return value;
}

Value integer(const Value& input, Arguments& arguments, Budget&) {
  const Value other = arguments.take("default", Value(int64_t{0}));
  if (const bool* flag = input.as<bool>()) return int64_t{*flag};
  if (const double* number = input.as<double>(); number && std::abs(*number) < 1e18)
    return static_cast<int64_t>(*number);
  if (!input.text()) return input.as<int64_t>() ? input : other;
  const std::string text = stripped(*input.text(), None{}, true, true);
  if (const auto whole = integer_of(text)) return *whole;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool is_number = end != text.c_str() && *end == '\0' && std::abs(number) < 1e18;
  return is_number ? Value(static_cast<int64_t>(number)) : other;
}

Value absolute(const Value& input, Arguments&, Budget& budget) {
  R1_CHECK_INPUT(input.is_number(), "abs of ", input.type_name());
  if (input.number() >= 0) return input;
  return apply_operator("*", input, Value(int64_t{-1}), budget);
}

Value indent(const Value& input, Arguments& arguments, Budget& budget) {
  const std::string& text = text_of(input, arguments);
  const int64_t width = arguments.integer("width", 4);
  const bool at_first = arguments.take("first", Value(false)).truth();
  const bool at_blank = arguments.take("blank", Value(false)).truth();
  R1_CHECK_INPUT(width >= 0 && width <= 100, "indent by ", width);
  const std::string spaces(static_cast<size_t>(width), ' ');
  std::string result = at_first ? spaces : "";
  for (size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    const bool blank = i + 1 == text.size() || text[i + 1] == '\n';
    if (text[i] == '\n' && (at_blank || !blank)) result += spaces;
  }
  budget.bytes(result.size());
  return result;
}

// select, reject: by a test of the items; selectattr, rejectattr: of one of their attributes.
Value filtered(const Value& input, Arguments& arguments, Budget& budget, bool of_attribute,
               bool keep) {
  const Value name = of_attribute ? arguments.require("attribute") : Value();
  const Value test = arguments.take("test", None{});
  const Value operand = arguments.take("operand", Undefined{});
  R1_CHECK_INPUT(test.is_none() || test.text(), "the name of a test is ", test.type_name());
  std::vector<Value> kept;
  for (const Value& item : items_of(input)) {
    budget.step();
    const Value tested = of_attribute ? attribute_of(item, name) : item;
    Arguments of_test;
    of_test.function = "a test";
    if (!operand.is_undefined()) of_test.positional.push_back(operand);
    const bool found = test.is_none() ? tested.truth() : apply_test(*test.text(), tested, of_test);
    if (found == keep) kept.push_back(item);
  }
  return Value::list(std::move(kept));
}
Value select(const Value& v, Arguments& a, Budget& b) { return filtered(v, a, b, false, true); }
Value reject(const Value& v, Arguments& a, Budget& b) { return filtered(v, a, b, false, false); }
Value selectattr(const Value& v, Arguments& a, Budget& b) { return filtered(v, a, b, true, true); }
Value rejectattr(const Value& v, Arguments& a, Budget& b) { return filtered(v, a, b, true, false); }

// By a filter and its arguments, or to an attribute.
Value map(const Value& input, Arguments& arguments, Budget& budget) {
  std::vector<Value> results;
  if (!arguments.positional.empty()) {
    Arguments given = std::exchange(arguments, {});
    const Value filter = given.positional.front();
    given.positional.erase(given.positional.begin());
    R1_CHECK_INPUT(filter.text(), "map: the name of a filter is ", filter.type_name());
    given.function = filter.text()->c_str();
    for (const Value& item : items_of(input)) {
      Arguments of_item = given;
      results.push_back(apply_filter(*filter.text(), item, of_item, budget));
    }
    return Value::list(std::move(results));
  }
  const Value attribute = arguments.take("attribute", None{});
  const Value otherwise = arguments.take("default", None{});
  R1_CHECK_INPUT(!attribute.is_none(), "map needs a filter, or an attribute");
  for (const Value& item : items_of(input)) {
    Value found = attribute_of(item, attribute);
    results.push_back(found.is_undefined() && !otherwise.is_none() ? otherwise : std::move(found));
  }
  return Value::list(std::move(results));
}

struct NamedFilter {
  const char* name;
  Filter filter;
};
constexpr NamedFilter kFilters[] = {{"trim", trim},
                                    {"length", length},
                                    {"count", length},
                                    {"tojson", tojson},
                                    {"default", otherwise},
                                    {"d", otherwise},
                                    {"join", join},
                                    {"first", first},
                                    {"last", last},
                                    {"list", list},
                                    {"reverse", reverse},
                                    {"items", items},
                                    {"string", string},
                                    {"safe", same},
                                    {"int", integer},
                                    {"abs", absolute},
                                    {"indent", indent},
                                    {"select", select},
                                    {"reject", reject},
                                    {"selectattr", selectattr},
                                    {"rejectattr", rejectattr},
                                    {"map", map},
                                    {"upper", by_method},
                                    {"lower", by_method},
                                    {"title", title},
                                    {"replace", by_method},
                                    {"capitalize", by_method}};

using Test = bool (*)(const Value& value);
struct NamedTest {
  const char* name;
  Test test;
};
constexpr NamedTest kTests[] = {
    {"defined", [](const Value& v) { return !v.is_undefined(); }},
    {"undefined", [](const Value& v) { return v.is_undefined(); }},
    {"none", [](const Value& v) { return v.is_none(); }},
    {"string", [](const Value& v) { return v.text() != nullptr; }},
    {"number", [](const Value& v) { return v.is_number(); }},
    {"integer", [](const Value& v) { return v.as<int64_t>() != nullptr; }},
    {"float", [](const Value& v) { return v.as<double>() != nullptr; }},
    {"boolean", [](const Value& v) { return v.as<bool>() != nullptr; }},
    {"true", [](const Value& v) { return v.as<bool>() && *v.as<bool>(); }},
    {"false", [](const Value& v) { return v.as<bool>() && !*v.as<bool>(); }},
    {"mapping", [](const Value& v) { return v.map() && !v.name_space(); }},
    {"sequence", [](const Value& v) { return v.text() || v.list() || v.map(); }},
    {"iterable",
     [](const Value& v) { return v.text() || v.list() || v.map() || v.is_undefined(); }},
    {"callable", [](const Value& v) { return v.function() != nullptr; }},
    {"odd", [](const Value& v) { return v.as<int64_t>() && *v.as<int64_t>() % 2 != 0; }},
    {"even", [](const Value& v) { return v.as<int64_t>() && *v.as<int64_t>() % 2 == 0; }}};

}  // namespace

Value apply_filter(const std::string& name, const Value& input, Arguments& arguments,
                   Budget& budget) {
  const auto* found = std::ranges::find(kFilters, name, &NamedFilter::name);
  R1_CHECK_INPUT(found != std::end(kFilters), "the filter '", name, "' is not supported");
  const Value result = found->filter(input, arguments, budget);
  arguments.end();
  if (result.text()) budget.bytes(result.text()->size());
  return result;
}

bool apply_test(const std::string& name, const Value& value, Arguments& arguments) {
  if (name == "in") return contains(arguments.require("container"), value);
  if (name == "equalto" || name == "eq" || name == "==" || name == "sameas")
    return equal(value, arguments.require("other"));
  if (name == "ne" || name == "!=") return !equal(value, arguments.require("other"));
  if (name == "divisibleby") {
    const int64_t by = arguments.integer("num", 0);
    R1_CHECK_INPUT(by != 0 && value.as<int64_t>(), "divisibleby of ", value.type_name(), " by ",
                   by);
    return by == -1 || *value.as<int64_t>() % by == 0;
  }
  const auto* found = std::ranges::find(kTests, name, &NamedTest::name);
  R1_CHECK_INPUT(found != std::end(kTests), "the test '", name, "' is not supported");
  arguments.end();
  return found->test(value);
}

}  // namespace r1::jinja
