// Words by which a text goes back on itself. DeepSeek-R1 counts them over training (supplement
// C.2): wait, mistake, however, but, retry, error, verify, wrong, evaluate, check.
#pragma once

#include <cstdint>
#include <string_view>

namespace r1 {

// English words whatever their case, and Chinese ones of the same meanings. Linear in the text.
int64_t count_reflections(std::string_view text);

}  // namespace r1
