#include "libr1/reward/language.h"

#include <utf8proc.h>

#include <cctype>

namespace r1 {
namespace {

enum class Script {
  kNone,
  kLatin,
  kGreek,
  kCyrillic,
  kArabic,
  kHebrew,
  kIndic,
  kHan,
  kKana,
  kHangul,
  kOther
};

struct Block {
  int32_t first, last;
  Script script;
};
constexpr Block kBlocks[] = {{0x41, 0x24f, Script::kLatin},     {0x370, 0x3ff, Script::kGreek},
                             {0x400, 0x52f, Script::kCyrillic}, {0x590, 0x5ff, Script::kHebrew},
                             {0x600, 0x77f, Script::kArabic},   {0x900, 0xdff, Script::kIndic},
                             {0x1100, 0x11ff, Script::kHangul}, {0x1e00, 0x1eff, Script::kLatin},
                             {0x3040, 0x30ff, Script::kKana},   {0x3400, 0x4dbf, Script::kHan},
                             {0x4e00, 0x9fff, Script::kHan},    {0xac00, 0xd7a3, Script::kHangul},
                             {0xf900, 0xfaff, Script::kHan},    {0x20000, 0x323af, Script::kHan}};

Script script_of(int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LO:
      break;
    default:
      return Script::kNone;
  }
  for (const Block& block : kBlocks)
    if (code >= block.first && code <= block.last) return block.script;
  return Script::kOther;
}

bool is_single(Script script) {
  return script == Script::kHan || script == Script::kKana || script == Script::kHangul;
}

bool is_of(Script script, std::string_view language) {
  if (language == "zh") return script == Script::kHan;
  if (language == "ja") return script == Script::kHan || script == Script::kKana;
  if (language == "ko") return script == Script::kHangul;
  if (language == "el") return script == Script::kGreek;
  if (language == "he") return script == Script::kHebrew;
  if (language == "ar" || language == "fa" || language == "ur") return script == Script::kArabic;
  if (language == "hi" || language == "bn" || language == "ta") return script == Script::kIndic;
  if (language == "ru" || language == "uk" || language == "bg" || language == "sr")
    return script == Script::kCyrillic;
  return script == Script::kLatin;
}

// What stands at the front and holds no words: its length, 0 when words may follow.
size_t passage_without_words(std::string_view text) {
  const auto until = [&](std::string_view open, std::string_view close) -> size_t {
    if (!text.starts_with(open)) return 0;
    const size_t end = text.find(close, open.size());
    return end == text.npos ? open.size() : end + close.size();
  };
  if (text[0] == '<') {
    const size_t end = text.substr(0, 40).find('>');
    return end == text.npos ? 1 : end + 1;
  }
  for (const auto& [open, close] : {std::pair<std::string_view, std::string_view>{"```", "```"},
                                    {"`", "`"},
                                    {"$$", "$$"},
                                    {"$", "$"},
                                    {"\\(", "\\)"},
                                    {"\\[", "\\]"}})
    if (const size_t length = until(open, close)) return length;
  if (text[0] != '\\') return 0;
  size_t length = 1;
  while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length]))) ++length;
  return length;
}

class Counter {
 public:
  explicit Counter(std::string_view language) : language_(language) {}
  void letter(Script script) {
    if (script != script_ || is_single(script)) end_of_run();
    script_ = script;
    ++length_;
  }
  void end_of_run() {
    if (script_ != Script::kNone && (length_ > 1 || is_single(script_))) {
      ++count_.words;
      count_.target += is_of(script_, language_);
    }
    script_ = Script::kNone;
    length_ = 0;
  }
  const LanguageCount& count() const { return count_; }

 private:
  std::string_view language_;
  LanguageCount count_;
  Script script_ = Script::kNone;
  int64_t length_ = 0;
};

}  // namespace

LanguageCount count_language(std::string_view text, std::string_view language) {
  Counter counter(language);
  while (!text.empty()) {
    size_t length = passage_without_words(text);
    if (length > 0) {
      counter.end_of_run();
    } else {
      int32_t code = 0;
      const auto read = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &code);
      length = read > 0 ? static_cast<size_t>(read) : 1;
      const Script script = read > 0 ? script_of(code) : Script::kNone;
      if (script == Script::kNone)
        counter.end_of_run();
      else
        counter.letter(script);
    }
    text.remove_prefix(length);
  }
  counter.end_of_run();
  return counter.count();
}

}  // namespace r1
