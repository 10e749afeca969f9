// The statements of a template.
#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_evaluator.h"
#include "libr1/tokenizer/jinja_lexer.h"

namespace r1::jinja {
namespace {

// The variable "loop" of iteration idx.
Value loop_facts(const std::vector<Value>& items, size_t idx) {
  const auto count = static_cast<int64_t>(items.size()), at = static_cast<int64_t>(idx);
  Map loop;
  loop.items = {{"index", at + 1},
                {"index0", at},
                {"revindex", count - at},
                {"revindex0", count - at - 1},
                {"first", at == 0},
                {"last", at + 1 == count},
                {"length", count},
                {"previtem", at > 0 ? items[idx - 1] : Value(Undefined{"previtem"})},
                {"nextitem", at + 1 < count ? items[idx + 1] : Value(Undefined{"nextitem"})}};
  return Value::map(std::move(loop));
}

}  // namespace

Evaluator::Flow Evaluator::write(const Body& body, std::string& out) {
  for (const auto& node : body) {
    const size_t before = out.size();
    const Flow flow = write_node(*node, out);
    if (node->kind == NodeKind::kText || node->kind == NodeKind::kOutput)
      budget_.bytes(out.size() - before);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Evaluator::Flow Evaluator::write_node(const Node& node, std::string& out) {
  budget_.step();
  switch (node.kind) {
    case NodeKind::kText:
      out += node.text;
      break;
    case NodeKind::kOutput:
      out += to_text(evaluate(*node.exprs[0]));
      break;
    case NodeKind::kIf:
      return write_if(node, out);
    case NodeKind::kFor:
      return write_for(node, out);
    case NodeKind::kSet:
      assign(node);
      break;
    case NodeKind::kSetBlock:
      assign_one(node.names[0], captured(node.bodies[0]), node.line);
      break;
    case NodeKind::kMacro:
      define_macro(node);
      break;
    case NodeKind::kFilter: {
      Arguments arguments = arguments_of(*node.exprs[0], node.exprs[0]->name.c_str());
      out +=
          to_text(apply_filter(node.exprs[0]->name, captured(node.bodies[0]), arguments, budget_));
      break;
    }
    case NodeKind::kGroup:
      return write_apart(node.bodies[0], out);
    case NodeKind::kBreak:
      return Flow::kBreak;
    case NodeKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kOn;
}

Evaluator::Flow Evaluator::write_if(const Node& node, std::string& out) {
  for (size_t i = 0; i < node.exprs.size(); ++i)
    if (evaluate(*node.exprs[i]).truth()) return write(node.bodies[i], out);
  return node.bodies.size() > node.exprs.size() ? write(node.bodies.back(), out) : Flow::kOn;
}

Evaluator::Flow Evaluator::write_apart(const Body& body, std::string& out) {
  scopes_.emplace_back();
  const Flow flow = write(body, out);
  scopes_.pop_back();
  return flow;
}

// What a loop sets is gone at the end of the iteration.
Evaluator::Flow Evaluator::write_for(const Node& node, std::string& out) {
  std::vector<Value> items = items_of(evaluate(*node.exprs[0]));
  budget_.bytes(items.size() * sizeof(Value));
  if (node.exprs[1]) {
    std::vector<Value> kept;
    for (Value& item : items) {
      scopes_.emplace_back();
      bind(node.names, item, node.line);
      const bool keep = evaluate(*node.exprs[1]).truth();
      scopes_.pop_back();
      if (keep) kept.push_back(std::move(item));
    }
    items = std::move(kept);
  }
  if (items.empty() && node.bodies.size() > 1) return write_apart(node.bodies[1], out);
  for (size_t i = 0; i < items.size(); ++i) {
    scopes_.emplace_back();
    scopes_.back()["loop"] = loop_facts(items, i);
    bind(node.names, items[i], node.line);
    const Flow flow = write(node.bodies[0], out);
    scopes_.pop_back();
    if (flow == Flow::kBreak) break;
  }
  return Flow::kOn;
}

void Evaluator::bind(const std::vector<std::string>& names, const Value& value, int line) {
  if (names.size() == 1) return assign_one(names[0], value, line);
  if (!value.list() || value.list()->items.size() != names.size())
    fail_at(line, concat("found ", value.type_name(), ", expected ", names.size(), " values"));
  for (size_t i = 0; i < names.size(); ++i) assign_one(names[i], value.list()->items[i], line);
}

void Evaluator::assign(const Node& node) { bind(node.names, evaluate(*node.exprs[0]), node.line); }

void Evaluator::assign_one(const std::string& name, Value value, int line) {
  const size_t dot = name.find('.');
  if (dot == name.npos) {
    scopes_.back()[name] = std::move(value);
    return;
  }
  const Value* owner = find(name.substr(0, dot));
  if (!owner || !owner->name_space())
    fail_at(line, concat("'", name.substr(0, dot), "' is no namespace; its '", name.substr(dot + 1),
                         "' cannot be set"));
  if (value.depth() >= kDeepestValue)
    fail_at(line, concat("a namespace cannot hold a namespace, nor what is nested more than ",
                         kDeepestValue, " deep"));
  owner->name_space()->attributes.set(name.substr(dot + 1), std::move(value));
}

}  // namespace r1::jinja
