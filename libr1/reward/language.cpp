#include "libr1/reward/language.h"

#include <string>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/reward/foreign_spans.h"
#include "libr1/reward/language_scripts.h"
#include "libr1/reward/prose.h"
#include "libr1/reward/script.h"

namespace r1 {
namespace {

constexpr size_t kLeastWords = 40, kLeastBytes = 200;  // of a passage that CLD2 is believed on
constexpr size_t kMostWordBytes = 64;                  // of one word, that CLD2 is shown
constexpr size_t kLeastKana = 10;  // one character of so many in what may be Japanese

bool is_apostrophe(char32_t c) { return c == U'\'' || c == U'\u2019'; }

// Takes a text's characters one after the other.
class WordCounter {
 public:
  explicit WordCounter(ScriptSet target) : target_(target) {
    // Kana tells Japanese from Chinese, so the detector is shown it with Han.
    shown_ = target & script_bit(Script::kHan) ? target | script_bit(Script::kKana) : target;
  }

  void take(const ScriptChar& c, std::string_view bytes) {
    const bool after_apostrophe = apostrophe_;
    apostrophe_ = false;
    if (c.kind == CharKind::kMark) return show(bytes);
    if (c.kind != CharKind::kLetter) {
      if (is_apostrophe(c.value) && !after_apostrophe && letters_ > 0)
        apostrophe_ = true;
      else
        end_word(false);
    } else if (is_a_word_each(c.script)) {
      end_word(false);
      begin_word(c.script, bytes, false);
      end_word(false);
    } else if (letters_ > 0 && c.script == script_) {
      ++letters_;
      if (after_apostrophe) show("'");
      show(bytes);
    } else {
      const bool touches = letters_ > 0 && !after_apostrophe;
      end_word(touches);
      begin_word(c.script, bytes, touches);
    }
  }

  LanguageCount finish(std::string_view language) {
    end_word(false);
    count_.target -= foreign_words(language);
    count_.other = count_.words - count_.target;
    return count_;
  }

 private:
  void begin_word(Script script, std::string_view bytes, bool touches) {
    script_ = script;
    letters_ = 1;
    touches_ = touches;
    begin_ = prose_.size();
    show(bytes);
  }

  void show(std::string_view bytes) {
    if (letters_ == 0 || !(shown_ & script_bit(script_))) return;
    if (prose_.size() - begin_ + bytes.size() <= kMostWordBytes) prose_ += bytes;
  }

  // `touches`: the next letter follows at once and is of another alphabet.
  void end_word(bool touches) {
    if (letters_ == 0) return;
    const bool variable = letters_ == 1 && !touches && !touches_ &&
                          (script_ == Script::kLatin || script_ == Script::kGreek);
    letters_ = 0;
    if (shown_ & script_bit(script_) && !is_a_word_each(script_)) prose_ += ' ';
    if (variable) return;
    ++count_.words;
    if (!(target_ & script_bit(script_))) return;
    ++count_.target;
    begins_.push_back(begin_);
  }

  int64_t foreign_words(std::string_view language) const {
    int64_t words = 0;
    if (begins_.size() < kLeastWords) return 0;
    auto word = begins_.begin();
    for (const ByteSpan& span : foreign_spans(prose_, language, kLeastBytes)) {
      while (word != begins_.end() && *word < span.begin) ++word;
      const auto first = word;
      while (word != begins_.end() && *word < span.end) ++word;
      const auto count = static_cast<size_t>(word - first);
      if (count >= kLeastWords && !is_plain_han(span, count)) words += word - first;
    }
    return words;
  }

  // Of Chinese: CLD2 takes one passage of Han alone in fifty for Japanese, which is not written
  // without kana. Han and kana have three bytes each, but for rare ones.
  bool is_plain_han(const ByteSpan& span, size_t han) const {
    const size_t characters = (span.end - span.begin) / 3;
    return target_ != shown_ && characters < han + characters / kLeastKana;
  }

  ScriptSet target_, shown_;
  LanguageCount count_;
  Script script_ = Script::kNone;  // of the word that is open
  size_t letters_ = 0;             // of it; 0 when none is open
  bool touches_ = false;           // a letter of another alphabet stands right before it
  bool apostrophe_ = false;        // one follows its last letter
  size_t begin_ = 0;               // of it in prose_
  std::string prose_;              // the words of the scripts shown to the detector
  std::vector<size_t> begins_;     // in prose_, of the words counted as target
};

}  // namespace

bool is_known_language(std::string_view language) { return scripts_of(language) != 0; }

LanguageCount count_language(std::string_view text, std::string_view language) {
  R1_CHECK_INPUT(is_known_language(language), "the language \"", language,
                 "\" is not known; expected an ISO 639-1 code such as \"en\" or \"zh\"");
  const std::string prose = prose_of(text);
  WordCounter counter(scripts_of(language));
  for (size_t at = 0; at < prose.size();) {
    const ScriptChar c = script_char_at(prose, at);
    if (c.kind != CharKind::kInvalid) counter.take(c, std::string_view(prose).substr(at, c.bytes));
    at += c.bytes;
  }
  return counter.finish(language);
}

}  // namespace r1
