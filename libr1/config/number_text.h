// Numbers as people type them: on a command line, or at a prompt.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <type_traits>

#include "libr1/config/field.h"
#include "libr1/core/error.h"

namespace r1 {

// Reads all of the text as a number of the range. Returns what is wrong with it, 'found "x",
// expected a number, more than 0'; empty when nothing is, and only then is *number set.
template <class T>
std::string read_number(const std::string& text, const Range& range, T* number) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  const auto as_double = static_cast<double>(value);
  const bool is_number = error == std::errc() && at == end && std::isfinite(as_double);
  if (is_number && range.contains(as_double)) {
    *number = value;
    return "";
  }
  const std::string limits = range.to_string();
  return concat("found \"", text, "\", expected ",
                std::is_floating_point_v<T> ? "a number" : "a whole number",
                limits == "any number" ? "" : ", " + limits);
}

// The check of a command line's option that is a T.
template <class T>
struct NumberIn {
  Range range;

  std::string operator()(const std::string& text) const {
    T number{};
    return read_number(text, range, &number);
  }
};

}  // namespace r1
