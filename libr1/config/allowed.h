// Which values a field of a config takes.
#pragma once

#include <limits>
#include <string>
#include <string_view>

namespace r1 {

// Numbers.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open_low = false;   // low itself is refused
  bool open_high = false;  // high itself is

  bool contains(double x) const {
    return (open_low ? x > low : x >= low) && (open_high ? x < high : x <= high);
  }
  std::string to_string() const;  // "at least 1"
};
inline Range at_least(double low) { return {.low = low}; }
inline Range positive() { return {.low = 0, .open_low = true}; }
inline Range between(double low, double high) { return {.low = low, .high = high}; }
inline Range half_open(double low, double high) {  // high itself is refused
  return {.low = low, .high = high, .open_high = true};
}

// What a text says: anything, or where a file or folder is, alone or as "name=path".
enum class TextForm { kAny, kPath, kNamedPath };
// Begins a path in the folder of the run: {run}/JOB is what that job has made.
inline constexpr std::string_view kInRun = "{run}/";

}  // namespace r1
