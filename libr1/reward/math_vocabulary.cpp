#include "libr1/reward/math_vocabulary.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "libr1/reward/math_unit.h"
#include "libr1/reward/number_words.h"

namespace r1 {
namespace {

using enum MathTokenKind;

struct Entry {
  std::string_view name;
  MathWord word;
};

constexpr Entry kCommands[] = {
    {"boxed", {kMark, "boxed"}},
    {"fbox", {kMark, "boxed"}},
    {"frac", {kCommand, "frac"}},
    {"dfrac", {kCommand, "frac"}},
    {"tfrac", {kCommand, "frac"}},
    {"cfrac", {kCommand, "frac"}},
    {"sqrt", {kCommand, "sqrt"}},
    {"binom", {kCommand, "binom"}},
    {"dbinom", {kCommand, "binom"}},
    {"tbinom", {kCommand, "binom"}},
    {"text", {kText, ""}},
    {"mbox", {kText, ""}},
    {"textnormal", {kText, ""}},
    {"textrm", {kText, ""}},
    {"textit", {kText, ""}},
    {"textbf", {kText, ""}},
    {"texttt", {kText, ""}},
    {"mathrm", {kText, ""}},
    {"mathsf", {kText, ""}},
    {"operatorname", {kText, ""}},
    {"emph", {kText, ""}},
    {"times", {kMark, "*"}},
    {"cdot", {kMark, "*"}},
    {"ast", {kMark, "*"}},
    {"div", {kMark, "/"}},
    {"pm", {kMark, "pm"}},
    {"mp", {kMark, "mp"}},
    {"le", {kMark, "<="}},
    {"leq", {kMark, "<="}},
    {"leqslant", {kMark, "<="}},
    {"ge", {kMark, ">="}},
    {"geq", {kMark, ">="}},
    {"geqslant", {kMark, ">="}},
    {"lt", {kMark, "<"}},
    {"gt", {kMark, ">"}},
    {"ne", {kMark, "!="}},
    {"neq", {kMark, "!="}},
    {"approx", {kMark, "approx"}},
    {"approxeq", {kMark, "approx"}},
    {"simeq", {kMark, "approx"}},
    {"equiv", {kMark, "="}},
    {"in", {kMark, "in"}},
    {"cup", {kMark, "cup"}},
    {"bigcup", {kMark, "cup"}},
    {"cap", {kMark, "cap"}},
    {"setminus", {kMark, "setminus"}},
    {"backslash", {kMark, "setminus"}},
    {"mid", {kMark, "|"}},
    {"vert", {kMark, "|"}},
    {"lvert", {kMark, "|"}},
    {"rvert", {kMark, "|"}},
    {"colon", {kMark, ":"}},
    {"langle", {kMark, "langle"}},
    {"rangle", {kMark, "rangle"}},
    {"lfloor", {kMark, "lfloor"}},
    {"rfloor", {kMark, "rfloor"}},
    {"lceil", {kMark, "lceil"}},
    {"rceil", {kMark, "rceil"}},
    {"lbrace", {kMark, "\\{"}},
    {"rbrace", {kMark, "\\}"}},
    {"lbrack", {kMark, "["}},
    {"rbrack", {kMark, "]"}},
    {"circ", {kMark, "circ"}},
    {"degree", {kMark, "degree"}},
    {"prime", {kMark, "'"}},
    {"lor", {kMark, "lor"}},
    {"vee", {kMark, "lor"}},
    {"land", {kMark, "land"}},
    {"wedge", {kMark, "land"}},
    {"euro", {kMark, "\\euro"}},
    {"pounds", {kMark, "\\pounds"}},
    {"yen", {kMark, "\\yen"}},
    {"infty", {kName, "infinity"}},
    {"pi", {kName, "pi"}},
    {"imath", {kName, "i"}},
    {"varnothing", {kName, "emptyset"}},
    {"emptyset", {kName, "emptyset"}},
    {"ldots", {kName, "dots"}},
    {"cdots", {kName, "dots"}},
    {"dots", {kName, "dots"}},
    {"ell", {kName, "ell"}},
    {"aleph", {kName, "aleph"}},
    {"top", {kName, "top"}},
    {"hbar", {kName, "hbar"}},
    {"pmod", {kMark, "pmod"}},
    {"mod", {kMark, "pmod"}},
    {"bmod", {kMark, "pmod"}},
    {"sum", {kFunction, "sum"}},
    {"int", {kFunction, "int"}},
    {"prod", {kFunction, "prod"}},
    {"arcsin", {kFunction, "asin"}},
    {"arccos", {kFunction, "acos"}},
    {"arctan", {kFunction, "atan"}},
};

// Commands that change how their braces, or what follows, look; and white space.
constexpr std::string_view kShapes[] = {
    "left",         "right",      "big",    "Big",       "bigg",      "Bigg",     "bigl",
    "bigr",         "Bigl",       "Bigr",   "biggl",     "biggr",     "Biggl",    "Biggr",
    "displaystyle", "textstyle",  "limits", "nolimits",  "quad",      "qquad",    "mathbf",
    "mathit",       "boldsymbol", "bm",     "underline", "mathcal",   "mathbb",   "mathfrak",
    "ensuremath",   "thinspace",  "bf",     "rm",        "it",        "hfill",    "nonumber",
    "scriptstyle",  "large",      "Large",  "therefore", "centering", "noindent", "medspace",
    "enspace",      "middle"};

// A mark over letters makes other letters of them; commands of one meaning have one name.
constexpr std::pair<std::string_view, std::string_view> kMarks[] = {{"bar", "bar"},
                                                                    {"overline", "bar"},
                                                                    {"hat", "hat"},
                                                                    {"widehat", "hat"},
                                                                    {"tilde", "tilde"},
                                                                    {"widetilde", "tilde"},
                                                                    {"dot", "dot"},
                                                                    {"ddot", "ddot"},
                                                                    {"vec", "arrow"},
                                                                    {"angle", "angle"},
                                                                    {"overrightarrow", "arrow"},
                                                                    {"measuredangle", "angle"},
                                                                    {"triangle", "triangle"}};

constexpr std::string_view kUnprinted[] = {"phantom", "hphantom", "vphantom", "hspace",
                                           "vspace",  "color",    "textcolor"};

constexpr std::string_view kGreek[] = {
    "alpha",   "beta",  "gamma",  "delta", "epsilon", "varepsilon", "zeta",  "eta",   "theta",
    "iota",    "kappa", "lambda", "mu",    "nu",      "xi",         "rho",   "sigma", "tau",
    "upsilon", "phi",   "varphi", "chi",   "psi",     "omega",      "Gamma", "Delta", "Theta",
    "Lambda",  "Xi",    "Pi",     "Sigma", "Upsilon", "Phi",        "Psi",   "Omega", "vartheta"};

constexpr std::string_view kFunctions[] = {
    "sin",    "cos",  "tan",  "cot",   "sec",  "csc", "asin", "acos", "atan", "arcsin", "arccos",
    "arctan", "sinh", "cosh", "tanh",  "coth", "ln",  "log",  "lg",   "exp",  "max",    "min",
    "gcd",    "lcm",  "abs",  "floor", "ceil", "det", "Re",   "Im",   "arg",  "deg",    "dim",
    "ker",    "Tr",   "tr",   "rank",  "sgn",  "erf", "lim",  "sup",  "inf",  "Var",    "Li"};

// A word of letters that stand for quantities of one kind is a product of them: xyz, abc.
bool is_product(std::string_view letters) {
  if (letters == "day") return false;
  for (const std::string_view family : {"abcdxyz", "klmnpqr", "pqrstuvw", "mgh"})
    if (letters.find_first_not_of(family) == letters.npos) return true;
  return false;
}

// Runs of up to four letters that are words behind a number or in a sentence.
constexpr std::string_view kWords[] = {
    "th",   "st",   "nd",   "rd",   "am",   "pm",    "no",   "No",   "NO",   "is",
    "of",   "so",   "to",   "if",   "by",   "for",   "all",  "and",  "the",  "when",
    "then", "than", "with", "from", "are",  "not",   "mod",  "yes",  "Yes",  "any",
    "some", "true", "True", "None", "none", "where", "only", "each", "that", "per"};

bool is_in(std::string_view name, const auto& table) {
  return std::find(std::begin(table), std::end(table), name) != std::end(table);
}

std::string_view function_name(std::string_view name) {
  if (name == "arcsin") return "asin";
  if (name == "arccos") return "acos";
  if (name == "arctan") return "atan";
  return name;
}

}  // namespace

std::optional<MathWord> command_word(std::string_view name) {
  for (const Entry& entry : kCommands)
    if (entry.name == name) return entry.word;
  if (is_in(name, kShapes)) return MathWord{kMark, ""};
  if (is_in(name, kGreek)) return MathWord{kName, name.starts_with("var") ? name.substr(3) : name};
  if (is_in(name, kFunctions)) return MathWord{kFunction, name};
  return std::nullopt;
}

std::optional<MathWord> letters_word(std::string_view letters) {
  if (letters == "sqrt") return MathWord{kCommand, "sqrt"};
  if (letters == "pi") return MathWord{kName, "pi"};
  if (letters == "infinity" || letters == "inf" || letters == "oo")
    return MathWord{kName, "infinity"};
  if (letters == "or" || letters == "and") return MathWord{kMark, letters};
  if (is_in(letters, kFunctions) && letters != "deg")
    return MathWord{kFunction, function_name(letters)};
  if (is_in(letters, kGreek)) return MathWord{kName, letters};
  if (letters.size() == 1) return MathWord{kName, letters};
  constexpr std::string_view kShortWords[] = {"no", "No", "NO", "cm", "mm", "km", "kg", "mg", "ml",
                                              "mL", "ft", "in", "mi", "lb", "oz", "hr", "Hz", "is",
                                              "of", "so", "to", "an", "if", "at", "by", "am", "pm",
                                              "th", "st", "nd", "rd", "sq", "sq"};
  const bool short_word = letters.size() == 2 && is_in(letters, kShortWords);
  if (!short_word && (letters.size() == 2 || is_product(letters))) return std::nullopt;
  return MathWord{kWord, letters};
}

bool may_be_product(std::string_view letters) {
  return letters.size() <= 4 && !is_in(letters, kWords) && !changes_number(letters) &&
         !unit_of(std::string(letters));
}

std::optional<std::string_view> mark_of_command(std::string_view name) {
  for (const auto& [command, mark] : kMarks)
    if (command == name) return mark;
  return std::nullopt;
}

bool is_unprinted(std::string_view name) { return is_in(name, kUnprinted); }

}  // namespace r1
