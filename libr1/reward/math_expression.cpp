#include "libr1/reward/math_expression.h"

#include <algorithm>
#include <string_view>

#include "libr1/core/error.h"

namespace r1 {
namespace {

void append_key(std::string& key, const MathExpression& expression) {
  key += concat('(', static_cast<int>(expression.kind), ' ', expression.text.size(), ' ',
                expression.text, ' ', expression.columns);
  for (const MathExpression& child : expression.children) append_key(key, child);
  key += ')';
}

void collect_symbols(const MathExpression& expression, std::vector<std::string>& names,
                     MathKind other = MathKind::kApply) {
  if (expression.kind == MathKind::kSymbol || expression.kind == other)
    names.push_back(expression.text);
  for (const MathExpression& child : expression.children) collect_symbols(child, names, other);
}

}  // namespace

int infinity_sign(const MathExpression& expression) {
  if (expression.kind == MathKind::kNegate) return -infinity_sign(expression.children[0]);
  return expression.kind == MathKind::kConstant && expression.text == "infinity" ? 1 : 0;
}

std::string key_of(const MathExpression& expression) {
  std::string key;
  append_key(key, expression);
  return key;
}

bool contains(const MathExpression& expression, MathKind kind, const std::string& text) {
  if (expression.kind == kind && (text.empty() || expression.text == text)) return true;
  return std::any_of(expression.children.begin(), expression.children.end(),
                     [&](const MathExpression& child) { return contains(child, kind, text); });
}

int64_t size_of(const MathExpression& expression) {
  int64_t size = 1;
  for (const MathExpression& child : expression.children) size += size_of(child);
  return size;
}

std::vector<std::string> symbols_of(const MathExpression& expression) {
  std::vector<std::string> names;
  collect_symbols(expression, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> lone_function_letters(const MathExpression& expression) {
  std::vector<std::string> names;
  collect_symbols(expression, names, MathKind::kSymbol);
  std::erase_if(names, [](const std::string& name) { return !is_function_letter(name); });
  return names;
}

bool is_function_letter(const std::string& name) {
  const bool letter = name.size() == 1 || name[1] == '_' || name[1] == '\'' || name[1] == '^';
  return letter && std::string_view("fghFGHPQ").find(name[0]) != std::string_view::npos;
}

MathExpression substituted(const MathExpression& expression, const std::string& symbol,
                           const MathExpression& value) {
  if (expression.kind == MathKind::kSymbol && expression.text == symbol) return value;
  MathExpression copy = expression;
  for (MathExpression& child : copy.children) child = substituted(child, symbol, value);
  return copy;
}

}  // namespace r1
