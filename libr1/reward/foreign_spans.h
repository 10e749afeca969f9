// Passages in another language of the same script, by CLD2 (Compact Language Detector 2).
#pragma once

#include <string_view>
#include <vector>

namespace r1 {

struct ByteSpan {
  size_t begin, end;
};

// Passages of `prose`, at least `least_bytes` long, that CLD2 takes for a language other than
// `language` twice: as it cuts the text into passages, and reliably when it reads the passage
// alone. In order, none overlapping. Languages that CLD2 itself cannot keep apart (Danish and
// Norwegian, Malay and Indonesian, ...) are one. `prose` is valid UTF-8: letters and spaces.
// Linear.
std::vector<ByteSpan> foreign_spans(std::string_view prose, std::string_view language,
                                    size_t least_bytes);

}  // namespace r1
