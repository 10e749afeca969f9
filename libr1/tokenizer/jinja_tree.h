// A parsed template.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libr1/tokenizer/jinja_value.h"

namespace r1::jinja {

enum class ExprKind {
  kLiteral,
  kName,
  kList,         // children: items
  kMap,          // children: key, value, key, value ...
  kAttribute,    // of children[0]
  kItem,         // children[0] [children[1]]
  kSlice,        // children[0] [begin:end:step], null where left out
  kCall,         // children[0] (the other children, named)
  kFilter,       // children[0] | name (the other children, named)
  kTest,         // children[0] is name (the other children)
  kUnary,        // name: not, -, +
  kBinary,       // name: the operator
  kConditional,  // children[0] if children[1] else children[2], which may be null
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  ExprKind kind = ExprKind::kLiteral;
  int line = 0;
  std::string name;
  Value literal;
  std::vector<ExprPtr> children;
  std::vector<std::pair<std::string, ExprPtr>> named;
  int depth = 1;  // of the tree; bounded, so that evaluating it is too
};

enum class NodeKind {
  kText,      // text
  kOutput,    // exprs[0]
  kIf,        // exprs[i] decides bodies[i]; one body more: else
  kFor,       // names in exprs[0], if exprs[1], which may be null; bodies: loop, else
  kSet,       // names = exprs[0]; "ns.x" is an attribute
  kSetBlock,  // names[0] = what bodies[0] writes
  kMacro,     // text (names, of which the last exprs.size() have defaults)
  kFilter,    // filters what bodies[0] writes; exprs[0] has the filter, its input null
  kGroup,     // bodies[0]
  kBreak,
  kContinue,
};

struct Node;
using Body = std::vector<std::unique_ptr<Node>>;

struct Node {
  NodeKind kind = NodeKind::kText;
  int line = 0;
  std::string text;
  std::vector<std::string> names;
  std::vector<ExprPtr> exprs;
  std::vector<Body> bodies;
};

// Fault::kInput "the chat template, line N: ..." naming what is wrong, or not supported.
Body parse_template(std::string_view text);

}  // namespace r1::jinja
