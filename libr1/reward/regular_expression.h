// A regular expression of references (PCRE2's syntax, UTF-8).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

namespace r1 {

// Immutable, thread-safe.
class RegularExpression {
 public:
  static std::optional<RegularExpression> parse(std::string_view expression);
  // The whole text; false as well when matching takes more than a counted number of steps.
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  explicit RegularExpression(std::shared_ptr<const Compiled> compiled)
      : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace r1
