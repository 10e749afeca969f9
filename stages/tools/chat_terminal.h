// The user's side of a conversation: lines in, text out, and the interrupt key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace r1 {

// From now on Ctrl-C (SIGINT) does not end the program.
void listen_for_interrupt();
// Whether it came since the last call.
bool take_interrupt();

// Lines of standard input. Between lines of a terminal an interrupt starts the line anew.
class LineReader {
 public:
  // `mark` stands before each line, on a terminal only.
  explicit LineReader(std::string mark);
  bool is_terminal() const { return terminal_; }
  // Without its line end; nothing at the end of the input.
  std::optional<std::string> next();

 private:
  bool fill();  // false at the end
  void show_mark() const;

  std::string mark_, buffer_;
  bool terminal_;
};

// Text to standard output as it comes. On a terminal the thoughts, from <think> to </think>, are
// dimmed and control characters left out; elsewhere nothing is added or taken away.
class AnswerPrinter {
 public:
  // thoughts_open: the prompt has opened them already.
  explicit AnswerPrinter(bool thoughts_open);
  void print(std::string_view piece);
  void finish();  // a line end, and what was held back

 private:
  void print_styled();

  bool terminal_;
  bool in_thoughts_;
  std::string held_;  // may be the start of a tag
};

}  // namespace r1
