// Cuts a template into text, outputs {{ }} and statements {% %}, and these into tokens. White space
// around tags goes as in the environment of Hugging Face: trim_blocks and lstrip_blocks are on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace r1::jinja {

enum class TokenKind { kName, kInteger, kFloat, kString, kOperator, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // of a string: what it stands for
  int line = 0;
};

enum class PieceKind { kText, kOutput, kStatement };

struct Piece {
  PieceKind kind = PieceKind::kText;
  std::string text;           // kText
  std::vector<Token> tokens;  // otherwise; the last one is kEnd
  int line = 0;
};

// Fault::kInput "the chat template, line N: ..." for what is no template.
std::vector<Piece> cut_template(std::string_view text);

[[noreturn]] void fail_at(int line, const std::string& what);

}  // namespace r1::jinja
