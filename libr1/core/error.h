// The one exception of the library, and the checks that throw it. A message says what was found,
// what was expected and what to do. run_stage, or run_tool, ends with it; what else catches it says
// more and throws on, or has an answer without what failed.
#pragma once

#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>

namespace r1 {

// Whose fault it is decides the exit code of a stage (sysexits.h): 64 or 70.
enum class Fault {
  kInput,  // the user's: config, command line, a file; exit code 64
  kRun,    // ours or the world's: a broken invariant, a dead rank, a full disk; exit code 70
};

class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message, std::source_location where);
  // The location is appended for Fault::kRun only: a user's mistake is not in our source.
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

// Everything streamed into one string: concat("found ", n, " rows"). A call, so that checks in
// small functions cost these neither code nor stack.
template <class... Parts>
[[gnu::noinline]] std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

[[noreturn]] void throw_error(Fault fault, const std::string& message,
                              std::source_location where = std::source_location::current());

}  // namespace r1

// Checks stay on in release builds.
#define R1_CHECK(condition, ...)                                       \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::r1::throw_error(::r1::Fault::kRun, ::r1::concat(__VA_ARGS__)); \
  } while (false)

#define R1_CHECK_INPUT(condition, ...)                                   \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::r1::throw_error(::r1::Fault::kInput, ::r1::concat(__VA_ARGS__)); \
  } while (false)
