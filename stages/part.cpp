#include "stages/part.h"

#include <charconv>

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

constexpr int64_t kMostParts = 999'999'999;  // so that shares of the work can be counted

}  // namespace
int64_t whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) return 0;
  return value;
}

Part parse_part(const std::string& text, const std::string& key) {
  if (text.empty()) return {};
  const size_t slash = text.find('/');
  const int64_t index = whole_number(std::string_view(text).substr(0, slash));
  const int64_t count =
      slash == text.npos ? 0 : whole_number(std::string_view(text).substr(slash + 1));
  R1_CHECK_INPUT(index >= 1 && index <= count && count <= kMostParts, key, ": found '", text,
                 "', expected \"i/n\" with i from 1 to n; of a job array: --array=1-n");
  return {index, count};
}

std::string folder_suffix(const Part& part) { return concat("-", part.index, "-of-", part.count); }

void check_finished_part(const std::string& folder) {
  R1_CHECK_INPUT(file_exists(folder + "/DONE"), folder,
                 " is not a finished part; run it (again) before parts are joined");
}

void PartSettings::check() const {
  R1_CHECK_INPUT(part.empty() || join == 0,
                 "part and join are both set: a job does a part or joins all");
  part_of(*this);
}

Part part_of(const PartSettings& settings) { return parse_part(settings.part, "part"); }

}  // namespace r1
