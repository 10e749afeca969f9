#include "stages/tools/chat_terminal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "libr1/core/error.h"

namespace r1 {
namespace {

volatile std::sig_atomic_t interrupted = 0;  // a signal handler can reach nothing else

constexpr const char* kDim = "\033[2m";
constexpr const char* kPlain = "\033[0m";

// How many bytes at the end of the text may be the start of the tag.
size_t overlap(std::string_view text, std::string_view tag) {
  size_t length = std::min(text.size(), tag.size() - 1);
  while (length > 0 && !tag.starts_with(text.substr(text.size() - length))) --length;
  return length;
}

void put(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

void listen_for_interrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESTART;  // poll() is interrupted all the same
  sigaction(SIGINT, &action, nullptr);
}

bool take_interrupt() {
  const bool came = interrupted != 0;
  interrupted = 0;
  return came;
}

LineReader::LineReader(std::string mark)
    : mark_(std::move(mark)), terminal_(::isatty(STDIN_FILENO) == 1) {}

void LineReader::show_mark() const {
  if (!terminal_) return;
  std::fputs(mark_.c_str(), stderr);
  std::fflush(stderr);
}

bool LineReader::fill() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (::poll(&input, 1, -1) < 0) {
    R1_CHECK(errno == EINTR, "cannot wait for standard input: ", std::strerror(errno));
    if (!take_interrupt() || !terminal_) continue;
    std::fputs("\n(/quit or Ctrl-D ends)\n", stderr);
    show_mark();
  }
  char bytes[4096];
  const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
  R1_CHECK(count >= 0 || errno == EINTR || errno == EAGAIN,
           "cannot read standard input: ", std::strerror(errno));
  if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
  return count != 0;
}

std::optional<std::string> LineReader::next() {
  show_mark();
  size_t end = 0;
  while ((end = buffer_.find('\n')) == buffer_.npos) {
    if (fill()) continue;
    if (buffer_.empty()) return std::nullopt;
    buffer_ += '\n';  // the last line has no end
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

AnswerPrinter::AnswerPrinter(bool thoughts_open)
    : terminal_(::isatty(STDOUT_FILENO) == 1), in_thoughts_(thoughts_open) {
  if (terminal_ && in_thoughts_) put(kDim);
}

void AnswerPrinter::print(std::string_view piece) {
  if (terminal_) {
    for (const char c : piece)
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') held_ += c;
    print_styled();
  } else {
    put(piece);
  }
  std::fflush(stdout);
}

void AnswerPrinter::print_styled() {
  for (;;) {
    const std::string_view tag = in_thoughts_ ? "</think>" : "<think>";
    const size_t at = held_.find(tag);
    if (at == held_.npos) {
      const size_t sure = held_.size() - overlap(held_, tag);
      put(std::string_view(held_).substr(0, sure));
      held_.erase(0, sure);
      return;
    }
    put(std::string_view(held_).substr(0, at));
    if (!in_thoughts_) put(kDim);
    put(tag);
    if (in_thoughts_) put(kPlain);
    held_.erase(0, at + tag.size());
    in_thoughts_ = !in_thoughts_;
  }
}

void AnswerPrinter::finish() {
  put(held_);
  held_.clear();
  if (terminal_ && in_thoughts_) put(kPlain);
  put("\n");
  std::fflush(stdout);
}

}  // namespace r1
