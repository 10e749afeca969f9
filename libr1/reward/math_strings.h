// Comparison of answers as texts, as published recipes do it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace r1 {

// An integer's digits and sign, without leading zeros, "$" and \boxed{} around; nothing for any
// other text. DAPO (arXiv 2503.14476, section 3.5) turns its answers into integers for that.
std::optional<std::string> integer_text(std::string_view text);

// The normalisation of Minerva (Lewkowycz et al., arXiv 2206.14858, appendix D.1): units, dollar
// signs, text commands and spaces go, \frac12 becomes \frac{1}{2}, 1,000 becomes 1000.
std::string minerva_text(std::string_view text);

}  // namespace r1
