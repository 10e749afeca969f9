// Reads the statements of a template.
#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_expressions.h"
#include "libr1/tokenizer/jinja_lexer.h"
#include "libr1/tokenizer/jinja_tree.h"

namespace r1::jinja {
namespace {

constexpr int kDeepestBlock = 100;
using NodePtr = std::unique_ptr<Node>;

class Parser {
 public:
  explicit Parser(std::string_view text) : pieces_(cut_template(text)) {}

  Body run() {
    Body body = take_body({});
    return body;
  }

 private:
  // Up to a statement that begins with one of `ends`, which is the current piece then.
  Body take_body(std::initializer_list<std::string_view> ends) {
    if (++depth_ > kDeepestBlock)
      fail_at(line(), concat("more than ", kDeepestBlock, " blocks within each other"));
    Body body;
    const int begin = line();
    for (; at_ < pieces_.size(); ++at_) {
      const Piece& piece = pieces_[at_];
      if (piece.kind == PieceKind::kStatement && ends.size() > 0 &&
          std::ranges::find(ends, piece.tokens.front().text) != ends.end()) {
        --depth_;
        return body;
      }
      body.push_back(take_node(piece));
    }
    if (ends.size() > 0) fail_at(begin, concat("a block without its '", *(ends.end() - 1), "'"));
    --depth_;
    return body;
  }

  int line() const { return at_ < pieces_.size() ? pieces_[at_].line : 0; }

  static NodePtr make(NodeKind kind, int at_line) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = at_line;
    return node;
  }

  NodePtr take_node(const Piece& piece) {
    if (piece.kind == PieceKind::kStatement) return take_statement(piece);
    NodePtr node =
        make(piece.kind == PieceKind::kText ? NodeKind::kText : NodeKind::kOutput, piece.line);
    if (piece.kind == PieceKind::kText) {
      node->text = piece.text;
      return node;
    }
    ExpressionParser parser(piece.tokens);
    node->exprs.push_back(parser.expression());
    parser.require_end();
    return node;
  }

  // Leaves the statement's last piece as the current one.
  NodePtr take_statement(const Piece& piece) {
    ExpressionParser parser(piece.tokens);
    const std::string name = parser.take_name();
    if (name == "if") return take_if(parser, piece.line);
    if (name == "for") return take_for(parser, piece.line);
    if (name == "set") return take_set(parser, piece.line);
    if (name == "macro") return take_macro(parser, piece.line);
    if (name == "filter") return take_filter(parser, piece.line);
    if (name == "generation") return take_group(parser, piece.line, "endgeneration");
    if (name != "break" && name != "continue")
      parser.fail(concat("the statement '", name, "' is not supported"));
    if (loops_ == 0) parser.fail(concat("'", name, "' outside of a loop"));
    parser.require_end();
    return make(name == "break" ? NodeKind::kBreak : NodeKind::kContinue, piece.line);
  }

  Body next_body(std::initializer_list<std::string_view> ends) {
    ++at_;
    return take_body(ends);
  }

  void require_plain_end() const {
    ExpressionParser parser(pieces_[at_].tokens);
    parser.take_name();
    parser.require_end();
  }

  NodePtr take_if(ExpressionParser& parser, int at_line) {
    NodePtr node = make(NodeKind::kIf, at_line);
    node->exprs.push_back(parser.expression());
    parser.require_end();
    node->bodies.push_back(next_body({"elif", "else", "endif"}));
    for (;;) {
      ExpressionParser next(pieces_[at_].tokens);
      const std::string name = next.take_name();
      if (name == "elif") {
        node->exprs.push_back(next.expression());
        next.require_end();
        node->bodies.push_back(next_body({"elif", "else", "endif"}));
        continue;
      }
      next.require_end();
      if (name == "endif") return node;
      node->bodies.push_back(next_body({"endif"}));
    }
  }

  NodePtr take_for(ExpressionParser& parser, int at_line) {
    NodePtr node = make(NodeKind::kFor, at_line);
    do {
      node->names.push_back(parser.take_name());
    } while (parser.take(","));
    parser.require("in");
    node->exprs.push_back(parser.condition());
    node->exprs.push_back(parser.take("if") ? parser.expression() : nullptr);
    if (parser.is("recursive")) parser.fail("recursive loops are not supported");
    parser.require_end();
    ++loops_;
    node->bodies.push_back(next_body({"else", "endfor"}));
    --loops_;
    require_plain_end();
    if (pieces_[at_].tokens.front().text == "else") {
      node->bodies.push_back(next_body({"endfor"}));
      require_plain_end();
    }
    return node;
  }

  NodePtr take_set(ExpressionParser& parser, int at_line) {
    NodePtr node = make(NodeKind::kSet, at_line);
    do {
      std::string name = parser.take_name();
      if (parser.take(".")) name += "." + parser.take_name();
      node->names.push_back(std::move(name));
    } while (parser.take(","));
    if (parser.take("=")) {
      node->exprs.push_back(parser.expression_or_list());
      parser.require_end();
      return node;
    }
    if (node->names.size() != 1 || !parser.at_end()) parser.fail("expected '=' and a value");
    node->kind = NodeKind::kSetBlock;
    node->bodies.push_back(next_body({"endset"}));
    require_plain_end();
    return node;
  }

  NodePtr take_macro(ExpressionParser& parser, int at_line) {
    NodePtr node = make(NodeKind::kMacro, at_line);
    node->text = parser.take_name();
    parser.require("(");
    while (!parser.take(")")) {
      node->names.push_back(parser.take_name());
      if (parser.take("="))
        node->exprs.push_back(parser.expression());
      else if (!node->exprs.empty())
        parser.fail("an argument without a default after one that has one");
      if (!parser.is(")")) parser.require(",");
    }
    parser.require_end();
    const int loops = std::exchange(loops_, 0);
    node->bodies.push_back(next_body({"endmacro"}));
    loops_ = loops;
    return node;
  }

  NodePtr take_filter(ExpressionParser& parser, int at_line) {
    NodePtr node = make(NodeKind::kFilter, at_line);
    node->exprs.push_back(parser.filter_call());
    parser.require_end();
    node->bodies.push_back(next_body({"endfilter"}));
    require_plain_end();
    return node;
  }

  NodePtr take_group(ExpressionParser& parser, int at_line, std::string_view end) {
    parser.require_end();
    NodePtr node = make(NodeKind::kGroup, at_line);
    node->bodies.push_back(next_body({end}));
    require_plain_end();
    return node;
  }

  std::vector<Piece> pieces_;
  size_t at_ = 0;
  int depth_ = 0;
  int loops_ = 0;
};

}  // namespace

Body parse_template(std::string_view text) { return Parser(text).run(); }

}  // namespace r1::jinja
