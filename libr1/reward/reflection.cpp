#include "libr1/reward/reflection.h"

#include <algorithm>
#include <string>

#include "libr1/reward/ascii.h"

namespace r1 {
namespace {

constexpr std::string_view kEnglish[] = {"wait",  "mistake", "however", "but",      "retry",
                                         "error", "verify",  "wrong",   "evaluate", "check"};
constexpr std::string_view kChinese[] = {"等", "错", "但", "检查", "验证", "重试"};

bool is_english_reflection(std::string_view word) {
  std::string folded(word);
  for (char& c : folded) c = static_cast<char>(c | 0x20);
  return std::find(std::begin(kEnglish), std::end(kEnglish), folded) != std::end(kEnglish);
}

}  // namespace

int64_t count_reflections(std::string_view text) {
  constexpr size_t kLongestWord = 8;
  int64_t count = 0;
  while (!text.empty()) {
    size_t length = 0;
    while (length < text.size() && is_letter(text[length])) ++length;
    if (length > 0) {
      count += length <= kLongestWord && is_english_reflection(text.substr(0, length));
    } else {
      length = 1;
      for (const std::string_view word : kChinese)
        if (text.starts_with(word)) {
          ++count;
          length = word.size();
        }
    }
    text.remove_prefix(length);
  }
  return count;
}

}  // namespace r1
