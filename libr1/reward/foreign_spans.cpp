#include "libr1/reward/foreign_spans.h"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include <algorithm>
#include <string>

namespace r1 {
namespace {

// CLD2 reads no more than 160 kB at once.
constexpr size_t kBlockBytes = 64 * 1024;
// Of the passage read alone that is in its language.
constexpr int kLeastPercent = 80;

// One code for languages that are told apart badly, and for the codes that CLD2 calls otherwise.
std::string_view family(std::string_view code) {
  struct Family {
    std::string_view name, members;
  };
  constexpr Family kFamilies[] = {
      {"zh", "zh zh-Hant"},  {"he", "he iw"},       {"jv", "jv jw"},  {"ms", "ms id"},
      {"da", "da no nb nn"}, {"hr", "hr bs sr sh"}, {"cs", "cs sk"},  {"gl", "gl pt"},
      {"zu", "zu xh"},       {"rw", "rw rn"},       {"tl", "tl fil"}, {"hi", "hi ne mr bh"}};
  for (const Family& f : kFamilies) {
    const size_t at = f.members.find(code);
    if (at == f.members.npos || code.empty()) continue;
    const size_t end = at + code.size();
    if ((at == 0 || f.members[at - 1] == ' ') && (end == f.members.size() || f.members[end] == ' '))
      return f.name;
  }
  return code;
}

bool is_other(CLD2::Language found, std::string_view language) {
  return found != CLD2::UNKNOWN_LANGUAGE && found != CLD2::TG_UNKNOWN_LANGUAGE &&
         family(CLD2::LanguageCode(found)) != family(language);
}

struct Detection {
  CLD2::Language language = CLD2::UNKNOWN_LANGUAGE;
  bool reliable = false;
  CLD2::ResultChunkVector chunks;
};

Detection detect(std::string_view text) {
  const CLD2::CLDHints no_hints{nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3];
  int percents[3] = {}, text_bytes = 0;
  double scores[3] = {};
  // Room behind the text: CLD2 does not promise to leave it unread.
  const std::string padded = std::string(text) + std::string(16, ' ');
  Detection found;
  found.language = CLD2::ExtDetectLanguageSummary(
      padded.data(), static_cast<int>(text.size()), /*is_plain_text=*/true, &no_hints, /*flags=*/0,
      languages, percents, scores, &found.chunks, &text_bytes, &found.reliable);
  found.reliable &= languages[0] == found.language && percents[0] >= kLeastPercent;
  return found;
}

// The end of a block that begins at `begin`: after a space, or else between two characters.
size_t block_end(std::string_view prose, size_t begin) {
  if (prose.size() - begin <= kBlockBytes) return prose.size();
  const size_t limit = begin + kBlockBytes;
  const size_t space = prose.rfind(' ', limit - 1);
  if (space != prose.npos && space >= begin + kBlockBytes / 2) return space + 1;
  size_t end = limit;
  while ((static_cast<unsigned char>(prose[end]) & 0xC0) == 0x80) --end;
  return end;
}

}  // namespace

std::vector<ByteSpan> foreign_spans(std::string_view prose, std::string_view language,
                                    size_t least_bytes) {
  std::vector<ByteSpan> spans;
  for (size_t begin = 0, end; begin < prose.size(); begin = end) {
    end = block_end(prose, begin);
    if (end - begin < least_bytes) continue;
    const std::string_view block = prose.substr(begin, end - begin);
    for (const CLD2::ResultChunk& chunk : detect(block).chunks) {
      const auto bytes = static_cast<size_t>(chunk.bytes), at = static_cast<size_t>(chunk.offset);
      if (bytes < least_bytes || !is_other(static_cast<CLD2::Language>(chunk.lang1), language))
        continue;
      const Detection alone = detect(block.substr(at, bytes));
      if (alone.reliable && is_other(alone.language, language))
        spans.push_back({begin + at, begin + at + bytes});
    }
  }
  return spans;
}

}  // namespace r1
