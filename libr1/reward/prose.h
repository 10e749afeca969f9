// What of a text is language: the rest is notation, the same in every language. Notation is Latin
// and Greek; words of other scripts are language wherever they stand, or thoughts in another
// language would only need a fence around them.
#pragma once

#include <string>
#include <string_view>

namespace r1 {

// A copy of the same length with spaces in place of
//   markup tags (<think>, </answer>, <br/>; a name of at most 24 characters, no attributes),
//   LaTeX commands (\frac; \begin{name} and \end{name} with the name), and formulas with all they
//   hold: $...$, $$...$$, \(...\), \[...\],
//   ```code blocks``` and `inline code`,
//   URLs (http://, https://, ftp://, www.; up to white space, a quote, <, > or a byte above ASCII).
// $...$, \(...\) and inline code end within their paragraph; as in Pandoc's Markdown the first $
// has no white space after it, the second none before it and no digit after it, so "$5 and $6" is
// money. What is never closed is no formula and no code: one mark cannot hide the rest of a text.
// Of notation remain letters, with their marks, of the scripts that script.h names other than Latin
// and Greek. Linear.
std::string prose_of(std::string_view text);

}  // namespace r1
