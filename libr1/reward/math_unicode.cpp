#include "libr1/reward/math_unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace r1 {
namespace {

struct Sign {
  char32_t character;
  std::string_view formula;
};

// In order.
constexpr Sign kSigns[] = {
    {0x00A0, " "},
    {0x00A2, " cents "},
    {0x00A3, "\\pounds "},
    {0x00A5, "\\yen "},
    {0x00AC, "\\neg "},
    {0x00AD, ""},
    {0x00B0, "^\\circ "},
    {0x00B1, "\\pm "},
    {0x00B7, "\\cdot "},
    {0x00BC, "\\frac{1}{4}"},
    {0x00BD, "\\frac{1}{2}"},
    {0x00BE, "\\frac{3}{4}"},
    {0x00D7, "\\times "},
    {0x00F7, "\\div "},
    {0x2010, "-"},
    {0x2011, "-"},
    {0x2012, "-"},
    {0x2013, "-"},
    {0x2018, "'"},
    {0x2019, "'"},
    {0x201C, "\""},
    {0x201D, "\""},
    {0x2026, "..."},
    {0x2032, "'"},
    {0x2044, "/"},
    {0x20AC, "\\euro "},
    {0x2102, "\\mathbb{C}"},
    {0x2103, "^\\circ C"},
    {0x2115, "\\mathbb{N}"},
    {0x211A, "\\mathbb{Q}"},
    {0x211D, "\\mathbb{R}"},
    {0x2124, "\\mathbb{Z}"},
    {0x2148, "i"},
    {0x2153, "\\frac{1}{3}"},
    {0x2154, "\\frac{2}{3}"},
    {0x2155, "\\frac{1}{5}"},
    {0x2156, "\\frac{2}{5}"},
    {0x2157, "\\frac{3}{5}"},
    {0x2158, "\\frac{4}{5}"},
    {0x2159, "\\frac{1}{6}"},
    {0x215A, "\\frac{5}{6}"},
    {0x215B, "\\frac{1}{8}"},
    {0x215C, "\\frac{3}{8}"},
    {0x215D, "\\frac{5}{8}"},
    {0x215E, "\\frac{7}{8}"},
    {0x2205, "\\emptyset "},
    {0x2208, "\\in "},
    {0x2212, "-"},
    {0x2213, "\\mp "},
    {0x2215, "/"},
    {0x2216, "\\setminus "},
    {0x2217, "*"},
    {0x2219, "\\cdot "},
    {0x221A, "\\sqrt "},
    {0x221B, "\\sqrt[3]"},
    {0x221C, "\\sqrt[4]"},
    {0x221E, "\\infty "},
    {0x2220, "\\angle "},
    {0x2229, "\\cap "},
    {0x222A, "\\cup "},
    {0x2236, ":"},
    {0x2248, "\\approx "},
    {0x2260, "\\neq "},
    {0x2261, "\\equiv "},
    {0x2264, "\\le "},
    {0x2265, "\\ge "},
    {0x2266, "\\le "},
    {0x2267, "\\ge "},
    {0x22C5, "\\cdot "},
    {0x2329, "\\langle "},
    {0x232A, "\\rangle "},
    {0x25B3, "\\triangle "},
    {0x27E8, "\\langle "},
    {0x27E9, "\\rangle "},
    {0x2A7D, "\\le "},
    {0x2A7E, "\\ge "},
    {0x3001, ","},
    {0x3002, "."},
    {0x3008, "\\langle "},
    {0x3009, "\\rangle "},
    {0x300A, "\""},
    {0x300B, "\""},
    {0x300C, "\""},
    {0x300D, "\""},
    {0x3010, "["},
    {0x3011, "]"},
    {0xFFE1, "\\pounds "},
    {0xFFE5, "\\yen "},
};

constexpr std::string_view kGreek[] = {
    "alpha", "beta",   "gamma",   "delta", "epsilon", "zeta",    "eta",  "theta", "iota",
    "kappa", "lambda", "mu",      "nu",    "xi",      "omicron", "pi",   "rho",   "sigma",
    "sigma", "tau",    "upsilon", "phi",   "chi",     "psi",     "omega"};

// What ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ and ₀₁₂₃₄₅₆₇₈₉ stand for; 0 for other characters.
char superscript(char32_t c) {
  if (c == 0xB2) return '2';
  if (c == 0xB3) return '3';
  if (c == 0xB9) return '1';
  if (c < 0x2070 || c > 0x207F) return 0;
  constexpr char kRaised[] = {'0', 'i', 0,   0,   '4', '5', '6', '7',
                              '8', '9', '+', '-', '=', '(', ')', 'n'};
  return kRaised[c - 0x2070];
}
char subscript(char32_t c) {
  return c >= 0x2080 && c <= 0x2089 ? static_cast<char>('0' + (c - 0x2080)) : '\0';
}

// A plain ASCII stand-in, for full-width forms and spaces; 0 when there is none.
char stand_in(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return static_cast<char>(c - 0xFF01 + '!');
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
                 category == UTF8PROC_CATEGORY_ZP
             ? ' '
             : '\0';
}

class Rewriter {
 public:
  void add(char32_t c, std::string_view bytes) {
    if (const char raised = superscript(c)) return add_script('^', raised);
    if (const char lowered = subscript(c)) return add_script('_', lowered);
    close_script();
    const Sign* sign =
        std::lower_bound(std::begin(kSigns), std::end(kSigns), c,
                         [](const Sign& s, char32_t character) { return s.character < character; });
    if (sign != std::end(kSigns) && sign->character == c)
      out_ += sign->formula;
    else if (c >= 0x3B1 && c <= 0x3C9)
      out_ += "\\" + std::string(kGreek[c - 0x3B1]) + " ";
    else if (const char plain = stand_in(c))
      out_ += plain;
    else if (utf8proc_category(static_cast<utf8proc_int32_t>(c)) != UTF8PROC_CATEGORY_CF)
      out_ += bytes;
  }
  void add_byte(char c) {
    close_script();
    out_ += c;
  }
  std::string finish() {
    close_script();
    return std::move(out_);
  }

 private:
  void add_script(char mark, char c) {
    if (script_ != mark) {
      close_script();
      out_ += mark;
      out_ += '{';
      script_ = mark;
    }
    out_ += c;
  }
  void close_script() {
    if (script_ != 0) out_ += '}';
    script_ = 0;
  }

  std::string out_;
  char script_ = 0;  // the mark of the raised or lowered run that is open
};

}  // namespace

std::string ascii_formula(std::string_view text) {
  Rewriter out;
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t size = 0;
    if (static_cast<unsigned char>(text[at]) >= 0x80)
      size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                              static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    if (size <= 0) {
      out.add_byte(text[at++]);
      continue;
    }
    out.add(static_cast<char32_t>(c), text.substr(at, static_cast<size_t>(size)));
    at += static_cast<size_t>(size);
  }
  return out.finish();
}

}  // namespace r1
