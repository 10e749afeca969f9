#include "libr1/reward/script.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace r1 {
namespace {

struct Block {
  char32_t first, last;
  Script script;
};

// Blocks of the Unicode Character Database (Blocks.txt), neighbours of one script joined; in order.
constexpr Block kBlocks[] = {
    {0x0041, 0x024F, Script::kLatin},      {0x0250, 0x02AF, Script::kLatin},
    {0x0370, 0x03FF, Script::kGreek},      {0x0400, 0x052F, Script::kCyrillic},
    {0x0530, 0x058F, Script::kArmenian},   {0x0590, 0x05FF, Script::kHebrew},
    {0x0600, 0x06FF, Script::kArabic},     {0x0750, 0x077F, Script::kArabic},
    {0x0870, 0x08FF, Script::kArabic},     {0x0900, 0x097F, Script::kDevanagari},
    {0x0980, 0x09FF, Script::kBengali},    {0x0A00, 0x0A7F, Script::kGurmukhi},
    {0x0A80, 0x0AFF, Script::kGujarati},   {0x0B00, 0x0B7F, Script::kOriya},
    {0x0B80, 0x0BFF, Script::kTamil},      {0x0C00, 0x0C7F, Script::kTelugu},
    {0x0C80, 0x0CFF, Script::kKannada},    {0x0D00, 0x0D7F, Script::kMalayalam},
    {0x0D80, 0x0DFF, Script::kSinhala},    {0x0E00, 0x0E7F, Script::kThai},
    {0x0E80, 0x0EFF, Script::kLao},        {0x0F00, 0x0FFF, Script::kTibetan},
    {0x1000, 0x109F, Script::kMyanmar},    {0x10A0, 0x10FF, Script::kGeorgian},
    {0x1100, 0x11FF, Script::kHangul},     {0x1200, 0x139F, Script::kEthiopic},
    {0x1780, 0x17FF, Script::kKhmer},      {0x1800, 0x18AF, Script::kMongolian},
    {0x1C80, 0x1C8F, Script::kCyrillic},   {0x1C90, 0x1CBF, Script::kGeorgian},
    {0x1D00, 0x1D25, Script::kLatin},      {0x1D26, 0x1D2A, Script::kGreek},
    {0x1D2B, 0x1D2B, Script::kCyrillic},   {0x1D2C, 0x1DBF, Script::kLatin},
    {0x1E00, 0x1EFF, Script::kLatin},      {0x1F00, 0x1FFF, Script::kGreek},
    {0x2100, 0x214F, Script::kNone},       {0x2C60, 0x2C7F, Script::kLatin},
    {0x2D00, 0x2D2F, Script::kGeorgian},   {0x2D80, 0x2DDF, Script::kEthiopic},
    {0x2DE0, 0x2DFF, Script::kCyrillic},   {0x2E80, 0x2FDF, Script::kHan},
    {0x3005, 0x3007, Script::kHan},        {0x3021, 0x3029, Script::kHan},
    {0x3038, 0x303B, Script::kHan},        {0x3041, 0x30FF, Script::kKana},
    {0x3105, 0x312F, Script::kBopomofo},   {0x3131, 0x318F, Script::kHangul},
    {0x31A0, 0x31BF, Script::kBopomofo},   {0x31F0, 0x31FF, Script::kKana},
    {0x3400, 0x4DBF, Script::kHan},        {0x4E00, 0x9FFF, Script::kHan},
    {0xA640, 0xA69F, Script::kCyrillic},   {0xA720, 0xA7FF, Script::kLatin},
    {0xA8E0, 0xA8FF, Script::kDevanagari}, {0xA960, 0xA97F, Script::kHangul},
    {0xA9E0, 0xA9FF, Script::kMyanmar},    {0xAA60, 0xAA7F, Script::kMyanmar},
    {0xAB00, 0xAB2F, Script::kEthiopic},   {0xAB30, 0xAB6F, Script::kLatin},
    {0xAC00, 0xD7FF, Script::kHangul},     {0xF900, 0xFAFF, Script::kHan},
    {0xFB00, 0xFB06, Script::kLatin},      {0xFB13, 0xFB17, Script::kArmenian},
    {0xFB1D, 0xFB4F, Script::kHebrew},     {0xFB50, 0xFDFF, Script::kArabic},
    {0xFE70, 0xFEFE, Script::kArabic},     {0xFF21, 0xFF5A, Script::kLatin},
    {0xFF66, 0xFF9F, Script::kKana},       {0xFFA0, 0xFFDC, Script::kHangul},
    {0x1AFF0, 0x1B16F, Script::kKana},     {0x1D400, 0x1D7FF, Script::kNone},
    {0x1EE00, 0x1EEFF, Script::kNone},     {0x20000, 0x323AF, Script::kHan},
};

Script script_of(char32_t letter) {
  if (letter == 0xAA || letter == 0xB5 || letter == 0xBA) return Script::kNone;  // ª µ º
  const Block* block = std::upper_bound(std::begin(kBlocks), std::end(kBlocks), letter,
                                        [](char32_t c, const Block& b) { return c < b.first; });
  if (block == std::begin(kBlocks)) return Script::kOther;
  --block;
  return letter <= block->last ? block->script : Script::kOther;
}

CharKind kind_of(char32_t c) {
  if (c == U'〇') return CharKind::kLetter;
  if (c == U'ー' || c == U'ｰ' || c == U'\u200c' || c == U'\u200d') return CharKind::kMark;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharKind::kLetter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return CharKind::kMark;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharKind::kNumber;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return CharKind::kSpace;
    default:
      return CharKind::kOther;
  }
}

ScriptChar ascii_char(char32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
    return {c, 1, CharKind::kLetter, Script::kLatin};
  if (c >= '0' && c <= '9') return {c, 1, CharKind::kNumber};
  return {c, 1, c == ' ' || (c >= '\t' && c <= '\r') ? CharKind::kSpace : CharKind::kOther};
}

}  // namespace

ScriptChar script_char_at(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return ascii_char(first);
  utf8proc_int32_t c = -1;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                      static_cast<utf8proc_ssize_t>(text.size() - at), &c);
  if (bytes <= 0 || c < 0) return {first};
  ScriptChar result{static_cast<char32_t>(c), static_cast<uint8_t>(bytes)};
  result.kind = kind_of(result.value);
  if (result.kind == CharKind::kLetter) {
    result.script = script_of(result.value);
    if (result.script == Script::kNone) result.kind = CharKind::kOther;
  }
  return result;
}

}  // namespace r1
