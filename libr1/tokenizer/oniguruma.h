// The regular expressions of tokenizer.json are Oniguruma's (Ruby syntax); ours are matched by
// PCRE2. This turns one dialect into the other, and refuses what means something else or has no
// counterpart rather than splitting text a little differently.
#pragma once

#include <string>
#include <string_view>

namespace r1::tokenizer {

struct TranslatedRegex {
  std::string pcre2;    // for PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, newline is LF
  std::string refusal;  // why not, empty when translated
};

// `pattern` is valid UTF-8. Syntax errors that both dialects share are left to PCRE2.
TranslatedRegex pcre2_from_oniguruma(std::string_view pattern);

}  // namespace r1::tokenizer
