#include "stages/part.h"

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

// -1 for what is none.
int64_t whole_number(std::string_view text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != text.npos)
    return -1;
  return std::stoll(std::string(text));
}

}  // namespace

Part parse_part(const std::string& text, const std::string& key) {
  if (text.empty()) return {};
  const size_t slash = text.find('/');
  const int64_t index = whole_number(std::string_view(text).substr(0, slash));
  const int64_t count =
      slash == text.npos ? 0 : whole_number(std::string_view(text).substr(slash + 1));
  R1_CHECK_INPUT(index >= 1 && index <= count, key, ": found '", text,
                 "', expected \"i/n\" with i from 1 to n; of a job array: --array=1-n");
  return {index, count};
}

std::string folder_suffix(const Part& part) { return concat("-", part.index, "-of-", part.count); }

void check_finished_part(const std::string& folder) {
  R1_CHECK_INPUT(file_exists(folder + "/DONE"), folder,
                 " is not a finished part; run it (again) before parts are joined");
}

Part part_of(const PartSettings& settings, const std::string& stage) {
  R1_CHECK_INPUT(settings.part.empty() || settings.join == 0, stage, ".part and ", stage,
                 ".join are both set: a job does a part or joins all");
  return parse_part(settings.part, stage + ".part");
}

}  // namespace r1
