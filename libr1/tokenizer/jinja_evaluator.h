// Runs a parsed template. Work and memory are bounded by budgets: a template is a program from
// elsewhere, and may never end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libr1/tokenizer/jinja_tree.h"

namespace r1::jinja {

// What is left of a run. Fault::kInput when it is used up.
class Budget {
 public:
  void step();
  void bytes(size_t count);  // of a text or list that is made

 private:
  int64_t steps_ = 10'000'000;
  int64_t bytes_ = int64_t{1} << 30;
};

class Evaluator {
 public:
  // `variables` are what the template finds at its start.
  explicit Evaluator(Map variables);

  // The text that a template writes. Fault::kInput "the chat template, line N: ...".
  std::string run(const Body& body);

 private:
  using Scope = std::map<std::string, Value, std::less<>>;
  enum class Flow { kOn, kBreak, kContinue };

  Flow write(const Body& body, std::string& out);
  Flow write_node(const Node& node, std::string& out);
  Flow write_if(const Node& node, std::string& out);
  Flow write_for(const Node& node, std::string& out);
  Flow write_apart(const Body& body, std::string& out);  // in a scope of its own
  std::string captured(const Body& body);
  void assign(const Node& node);
  void assign_one(const std::string& name, Value value, int line);
  void bind(const std::vector<std::string>& names, const Value& value, int line);
  void define_macro(const Node& node);
  Value call_macro(const Node& node, Arguments& arguments);

  Value evaluate(const Expr& expr);
  Value evaluate_inner(const Expr& expr);
  Value evaluate_name(const Expr& expr) const;
  Value evaluate_container(const Expr& expr);
  Value evaluate_item(const Expr& expr);
  Value evaluate_slice(const Expr& expr);
  Value evaluate_call(const Expr& expr);
  Value evaluate_unary(const Expr& expr);
  Value evaluate_binary(const Expr& expr);
  Value attribute(const Value& of, const std::string& name) const;
  Arguments arguments_of(const Expr& expr, const char* function);
  const Value* find(std::string_view name) const;

  std::vector<Scope> scopes_;  // the template's first
  Budget budget_;
  int calls_ = 0;  // of macros, within each other
};

// jinja_operators.cpp. `budget` pays for texts and lists.
Value apply_operator(const std::string& op, const Value& a, const Value& b, Budget& budget);
bool contains(const Value& container, const Value& item);
Value item_of(const Value& of, const Value& index);
// `begin`, `end`, `step`: none where left out.
Value slice_of(const Value& of, const Value& begin, const Value& end, const Value& step);
// The items that a loop goes over: of a list; keys of a map; characters.
std::vector<Value> items_of(const Value& value);

// jinja_filters.cpp, jinja_methods.cpp. Fault::kInput for a name that is not known.
Value apply_filter(const std::string& name, const Value& input, Arguments& arguments,
                   Budget& budget);
bool apply_test(const std::string& name, const Value& value, Arguments& arguments);
// none when values of this type have no such method.
Value bound_method(const Value& of, const std::string& name);
std::string stripped(const std::string& text, const Value& characters, bool left, bool right);

}  // namespace r1::jinja
