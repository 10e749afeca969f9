#include "libr1/tokenizer/jinja_evaluator.h"

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_lexer.h"

namespace r1::jinja {
namespace {

constexpr int64_t kLongestRange = 1'000'000;
constexpr int kDeepestCall = 20;

Value function(const char* name, std::function<Value(Arguments&)> call) {
  return Value(std::make_shared<const Function>(Function{name, std::move(call)}));
}

Value range(Arguments& arguments) {
  const int64_t first = arguments.integer("start", 0);
  const Value second = arguments.take("stop", None{});
  const int64_t step = arguments.integer("step", 1);
  arguments.end();
  const int64_t begin = second.is_none() ? 0 : first;
  R1_CHECK_INPUT(second.is_none() || second.as<int64_t>(), "range() of ", second.type_name());
  const int64_t end = second.is_none() ? first : *second.as<int64_t>();
  R1_CHECK_INPUT(step != 0, "range() with a step of 0");
  std::vector<Value> items;
  for (int64_t i = begin; step > 0 ? i < end : i > end;) {
    R1_CHECK_INPUT(static_cast<int64_t>(items.size()) < kLongestRange, "range() of more than ",
                   kLongestRange);
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return Value::list(std::move(items));
}

Value name_space(Arguments& arguments) {
  auto result = std::make_shared<Namespace>();
  for (auto& [name, value] : arguments.named) {
    R1_CHECK_INPUT(value.depth() < kDeepestValue, "a namespace cannot hold a namespace");
    result->attributes.set(name, std::move(value));
  }
  arguments.named.clear();
  arguments.end();
  return Value(std::move(result));
}

Value dictionary(Arguments& arguments) {
  Map map;
  for (auto& [name, value] : arguments.named) map.set(name, std::move(value));
  arguments.named.clear();
  arguments.end();
  return Value::map(std::move(map));
}

Value raise(Arguments& arguments) {
  throw_error(Fault::kInput,
              concat("it refuses the conversation: ", to_text(arguments.require("message"))));
}

}  // namespace

void Budget::step() { R1_CHECK_INPUT(--steps_ >= 0, "it does not end within 10 million steps"); }
void Budget::bytes(size_t count) {
  bytes_ -= static_cast<int64_t>(count);
  R1_CHECK_INPUT(bytes_ >= 0, "it makes more than 1 GiB of text");
}

Evaluator::Evaluator(Map variables) : scopes_(1) {
  scopes_[0] = {{"range", function("range", range)},
                {"namespace", function("namespace", name_space)},
                {"dict", function("dict", dictionary)},
                {"raise_exception", function("raise_exception", raise)}};
  for (auto& [name, value] : variables.items) scopes_[0][name] = std::move(value);
}

std::string Evaluator::run(const Body& body) {
  std::string text;
  write(body, text);
  return text;
}

const Value* Evaluator::find(std::string_view name) const {
  for (size_t i = scopes_.size(); i-- > 0;)
    if (const auto found = scopes_[i].find(name); found != scopes_[i].end()) return &found->second;
  return nullptr;
}

// Errors of what an expression does get the line of the innermost one.
Value Evaluator::evaluate(const Expr& expr) {
  constexpr std::string_view kStart = "the chat template, line ";
  try {
    budget_.step();
    return evaluate_inner(expr);
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(kStart)) throw;
    fail_at(expr.line, error.what());
  }
}

Value Evaluator::evaluate_inner(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return expr.literal;
    case ExprKind::kName:
      return evaluate_name(expr);
    case ExprKind::kList:
    case ExprKind::kMap:
      return evaluate_container(expr);
    case ExprKind::kAttribute:
      return attribute(evaluate(*expr.children[0]), expr.name);
    case ExprKind::kItem:
      return evaluate_item(expr);
    case ExprKind::kSlice:
      return evaluate_slice(expr);
    case ExprKind::kCall:
      return evaluate_call(expr);
    case ExprKind::kFilter: {
      const Value input = evaluate(*expr.children[0]);
      Arguments arguments = arguments_of(expr, expr.name.c_str());
      return apply_filter(expr.name, input, arguments, budget_);
    }
    case ExprKind::kTest: {
      const Value input = evaluate(*expr.children[0]);
      Arguments arguments = arguments_of(expr, expr.name.c_str());
      return apply_test(expr.name, input, arguments);
    }
    case ExprKind::kUnary:
      return evaluate_unary(expr);
    case ExprKind::kBinary:
      return evaluate_binary(expr);
    case ExprKind::kConditional:
      if (evaluate(*expr.children[1]).truth()) return evaluate(*expr.children[0]);
      return expr.children[2] ? evaluate(*expr.children[2]) : Value(Undefined{});
  }
  throw_error(Fault::kRun, "no such expression");
}

Value Evaluator::evaluate_name(const Expr& expr) const {
  const Value* found = find(expr.name);
  return found ? *found : Value(Undefined{expr.name});
}

Value Evaluator::evaluate_container(const Expr& expr) {
  budget_.bytes(expr.children.size() * sizeof(Value));
  if (expr.kind == ExprKind::kList) {
    std::vector<Value> items;
    for (const ExprPtr& child : expr.children) items.push_back(evaluate(*child));
    return Value::list(std::move(items));
  }
  Map map;
  for (size_t i = 0; i + 1 < expr.children.size(); i += 2) {
    const Value key = evaluate(*expr.children[i]);
    R1_CHECK_INPUT(key.text(), "a map's key is ", key.type_name(), ", expected a string");
    map.set(*key.text(), evaluate(*expr.children[i + 1]));
  }
  return Value::map(std::move(map));
}

// As Python does: a method, or else an entry of a map.
Value Evaluator::attribute(const Value& of, const std::string& name) const {
  if (const auto* undefined = of.as<Undefined>())
    throw_error(Fault::kInput,
                concat("'", undefined->name, "' is undefined; asked for its '", name, "'"));
  if (!of.name_space())
    if (Value method = bound_method(of, name); !method.is_none()) return method;
  if (const Map* map = of.map())
    if (const Value* found = map->find(name)) return *found;
  return Undefined{name};
}

Value Evaluator::evaluate_item(const Expr& expr) {
  const Value of = evaluate(*expr.children[0]);
  const Value index = evaluate(*expr.children[1]);
  if (const auto* undefined = of.as<Undefined>())
    throw_error(Fault::kInput, concat("'", undefined->name, "' is undefined"));
  const Value found = item_of(of, index);
  return found.is_undefined() && index.text() ? attribute(of, *index.text()) : found;
}

Value Evaluator::evaluate_slice(const Expr& expr) {
  const Value of = evaluate(*expr.children[0]);
  Value parts[3];
  for (size_t i = 0; i < 3; ++i)
    if (expr.children[i + 1]) parts[i] = evaluate(*expr.children[i + 1]);
  const Value result = slice_of(of, parts[0], parts[1], parts[2]);
  budget_.bytes(result.text() ? result.text()->size()
                              : result.list()->items.size() * sizeof(Value));
  return result;
}

Arguments Evaluator::arguments_of(const Expr& expr, const char* function) {
  Arguments arguments;
  arguments.function = function;
  for (size_t i = 1; i < expr.children.size(); ++i)
    arguments.positional.push_back(evaluate(*expr.children[i]));
  for (const auto& [name, value] : expr.named) arguments.named.emplace_back(name, evaluate(*value));
  return arguments;
}

Value Evaluator::evaluate_call(const Expr& expr) {
  const Value callee = evaluate(*expr.children[0]);
  if (!callee.function()) {
    const Expr& named = *expr.children[0];
    throw_error(Fault::kInput, concat("'", named.name, "' is ", callee.type_name(),
                                      " and cannot be called; known functions: range, namespace, "
                                      "dict, raise_exception, and macros"));
  }
  Arguments arguments = arguments_of(expr, callee.function()->name.c_str());
  Value result = callee.function()->call(arguments);
  if (result.text()) budget_.bytes(result.text()->size());
  if (result.list()) budget_.bytes(result.list()->items.size() * sizeof(Value));
  return result;
}

Value Evaluator::evaluate_unary(const Expr& expr) {
  const Value value = evaluate(*expr.children[0]);
  if (expr.name == "not") return !value.truth();
  R1_CHECK_INPUT(value.is_number(), "the sign of ", value.type_name());
  if (expr.name == "+") return value;
  if (const auto* number = value.as<double>()) return -*number;
  const int64_t integer = value.as<bool>() ? *value.as<bool>() : *value.as<int64_t>();
  return apply_operator("-", Value(int64_t{0}), Value(integer), budget_);
}

Value Evaluator::evaluate_binary(const Expr& expr) {
  const Value left = evaluate(*expr.children[0]);
  if (expr.name == "and") return left.truth() ? evaluate(*expr.children[1]) : left;
  if (expr.name == "or") return left.truth() ? left : evaluate(*expr.children[1]);
  return apply_operator(expr.name, left, evaluate(*expr.children[1]), budget_);
}

// What is set in it is gone at its end.
std::string Evaluator::captured(const Body& body) {
  std::string text;
  write_apart(body, text);
  return text;
}

void Evaluator::define_macro(const Node& node) {
  R1_CHECK_INPUT(scopes_.size() == 1, "the macro '", node.text,
                 "' is defined within a loop, block or macro, which is not supported");
  scopes_.back()[node.text] =
      function(node.text.c_str(), [this, &node](Arguments& a) { return call_macro(node, a); });
}

// A macro sees its arguments, from left to right, and what the template itself has set.
Value Evaluator::call_macro(const Node& node, Arguments& arguments) {
  R1_CHECK_INPUT(calls_ < kDeepestCall, "macros call each other more than ", kDeepestCall, " deep");
  std::vector<Scope> outer(std::make_move_iterator(scopes_.begin() + 1),
                           std::make_move_iterator(scopes_.end()));
  scopes_.resize(1);
  scopes_.emplace_back();
  const size_t defaults = node.exprs.size(), required = node.names.size() - defaults;
  for (size_t i = 0; i < node.names.size(); ++i) {
    Value otherwise = Undefined{node.names[i]};
    if (i >= required) otherwise = evaluate(*node.exprs[i - required]);
    scopes_.back()[node.names[i]] = arguments.take(node.names[i].c_str(), std::move(otherwise));
  }
  arguments.end();
  ++calls_;
  std::string text = captured(node.bodies[0]);
  --calls_;
  scopes_.resize(1);
  for (Scope& each : outer) scopes_.push_back(std::move(each));
  return text;
}

}  // namespace r1::jinja
