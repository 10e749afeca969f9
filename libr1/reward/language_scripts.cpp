#include "libr1/reward/language_scripts.h"

namespace r1 {
namespace {

struct Row {
  ScriptSet scripts;
  std::string_view languages;  // codes of two letters, a space between
};

// As customary today; a language with two scripts in use has a row of both.
constexpr Row kRows[] = {
    {script_bit(Script::kLatin),
     "en fr de es it pt nl sv da no nb nn fi is fo et lv lt pl cs sk sl hr bs hu ro sq mt tr tk vi "
     "id ms tl jv su sw so zu xh st tn ts ss rw rn sn ny lg ln wo yo ig ha af ca gl eu oc br cy ga "
     "gd lb fy la eo mg mi sm to fj ht gn qu ay rm co wa sc ia om kl se"},
    {script_bit(Script::kCyrillic), "ru uk be bg mk kk ky tg mn tt ba cv os ce ab"},
    {script_bit(Script::kLatin) | script_bit(Script::kCyrillic), "sr uz az"},
    {script_bit(Script::kGreek), "el"},
    {script_bit(Script::kArmenian), "hy"},
    {script_bit(Script::kHebrew), "he yi"},
    {script_bit(Script::kArabic), "ar fa ur ps sd ug"},
    {script_bit(Script::kArabic) | script_bit(Script::kLatin), "ku"},
    {script_bit(Script::kDevanagari), "hi mr ne sa"},
    {script_bit(Script::kBengali), "bn as"},
    {script_bit(Script::kGurmukhi), "pa"},
    {script_bit(Script::kGujarati), "gu"},
    {script_bit(Script::kOriya), "or"},
    {script_bit(Script::kTamil), "ta"},
    {script_bit(Script::kTelugu), "te"},
    {script_bit(Script::kKannada), "kn"},
    {script_bit(Script::kMalayalam), "ml"},
    {script_bit(Script::kSinhala), "si"},
    {script_bit(Script::kThai), "th"},
    {script_bit(Script::kLao), "lo"},
    {script_bit(Script::kTibetan), "bo dz"},
    {script_bit(Script::kMyanmar), "my"},
    {script_bit(Script::kGeorgian), "ka"},
    {script_bit(Script::kEthiopic), "am ti"},
    {script_bit(Script::kKhmer), "km"},
    {script_bit(Script::kHangul), "ko"},
    {script_bit(Script::kHan) | script_bit(Script::kKana), "ja"},
    {script_bit(Script::kHan) | script_bit(Script::kBopomofo), "zh"},
};

}  // namespace

ScriptSet scripts_of(std::string_view language) {
  if (language.size() != 2) return 0;
  for (const Row& row : kRows)
    for (size_t at = 0; at < row.languages.size(); at += 3)
      if (row.languages.substr(at, 2) == language) return row.scripts;
  return 0;
}

}  // namespace r1
