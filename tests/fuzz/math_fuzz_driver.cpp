// Feeds math_fuzz.cpp without libFuzzer: formulas from a grammar, mutated, from a fixed seed.
//   math_many [INPUTS [SEED]]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

class Formulas {
 public:
  explicit Formulas(uint64_t seed) : random_(seed) {}

  std::string input() {
    std::string reference = formula(pick(5)), answer = pick(3) == 0 ? reference : formula(pick(5));
    mutate(reference);
    mutate(answer);
    return reference + '\0' + answer;
  }

 private:
  size_t pick(size_t count) { return random_() % count; }

  template <size_t kSize>
  std::string one_of(const char* const (&choices)[kSize]) {
    return choices[pick(kSize)];
  }

  // %: a formula one level lower.
  std::string formula(size_t depth) {
    static constexpr const char* kAtoms[] = {"0",
                                             "1",
                                             "2",
                                             "7",
                                             "12",
                                             "0.5",
                                             "1,234",
                                             "10",
                                             "x",
                                             "y",
                                             "n",
                                             "a_1",
                                             "\\pi",
                                             "e",
                                             "i",
                                             "\\infty",
                                             "\\text{cm}",
                                             "B",
                                             "\\frac12",
                                             "1/3",
                                             "3.14",
                                             "1e5",
                                             "\\{\\}",
                                             "三分之二",
                                             "½",
                                             "\\mathbb{R}",
                                             "0.\\overline{3}",
                                             "1 000",
                                             "99999999999999999999",
                                             "-1",
                                             "\\ldots",
                                             "yes"};
    static constexpr const char* kForms[] = {"%+%",
                                             "%-%",
                                             "%*%",
                                             "%/%",
                                             "%^{%}",
                                             "%^%",
                                             "(%)",
                                             "-%",
                                             "\\frac{%}{%}",
                                             "\\sqrt{%}",
                                             "\\sqrt[%]{%}",
                                             "%!",
                                             "%\\%",
                                             "\\sin %",
                                             "\\ln(%)",
                                             "\\log_{%} %",
                                             "|%|",
                                             "(%,%)",
                                             "[%,%)",
                                             "\\{%,%\\}",
                                             "%,%",
                                             "%;%",
                                             "%=%",
                                             "%<%",
                                             "%\\le %",
                                             "%\\ne %",
                                             "%\\cup %",
                                             "%\\cap %",
                                             "%\\setminus %",
                                             "x\\in %",
                                             "\\begin{pmatrix}%&%\\\\%&%\\end{pmatrix}",
                                             "%_%",
                                             "%:%",
                                             "%%",
                                             "\\pm %",
                                             "%^\\circ",
                                             "\\$%",
                                             "% cm",
                                             "%\\text{ or }%",
                                             "\\boxed{%}",
                                             "\\binom{%}{%}",
                                             "\\sum_{k=%}^{%} %",
                                             "f(%)",
                                             "\\lfloor %\\rfloor",
                                             "x=%",
                                             "\\left(%\\right)",
                                             "%!!",
                                             "\\exp{%}",
                                             "\\tan^{-1} %",
                                             "{%}",
                                             "\\gcd(%,%)",
                                             "\\max(%,%)",
                                             "%\\approx %",
                                             "\\{x\\mid %\\}",
                                             "\\arcsin %",
                                             "% million",
                                             "%'",
                                             "\\cosh %",
                                             "\\langle %,%\\rangle"};
    if (depth == 0) return one_of(kAtoms);
    std::string result;
    for (const char c : one_of(kForms)) {
      if (c == '%' && (result.empty() || result.back() != '\\'))
        result += formula(pick(depth));
      else
        result += c;
    }
    return result;
  }

  void mutate(std::string& text) {
    static constexpr const char* kPieces[] = {"{",
                                              "}",
                                              "(",
                                              ")",
                                              "[",
                                              "]",
                                              "\\",
                                              "^",
                                              "_",
                                              "|",
                                              "$",
                                              ",",
                                              ".",
                                              "\\\\",
                                              "&",
                                              "%",
                                              "!",
                                              "=",
                                              "<",
                                              " ",
                                              "9^9^9^9",
                                              "\\frac",
                                              "\\sqrt",
                                              "\\text{",
                                              "\\begin{matrix}",
                                              "\\end{matrix}",
                                              "\\left",
                                              "\xff",
                                              "\xc2",
                                              "\u221a",
                                              "\u00b2",
                                              "\u4e07",
                                              "\u534a",
                                              "-",
                                              "/",
                                              "0",
                                              "'",
                                              "\"",
                                              "\\boxed{",
                                              "or",
                                              "\\cup",
                                              "in",
                                              ":",
                                              ";",
                                              "\t",
                                              "\f",
                                              "e",
                                              "1e99",
                                              "\\%"};
    for (size_t count = pick(4); count > 0 && pick(2) == 0; --count) {
      const size_t at = pick(text.size() + 1);
      const size_t length = std::min(pick(6), text.size() - at);
      switch (pick(4)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, one_of(kPieces));
          break;
        case 2:
          text.insert(at, text.substr(at, length));
          break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(1 + pick(255));
      }
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  const int64_t inputs = argc > 1 ? std::atoll(argv[1]) : 1000000;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  Formulas formulas(seed);
  double worst = 0;
  std::string slowest;
  for (int64_t i = 0; i < inputs; ++i) {
    const std::string input = formulas.input();
    const auto start = std::chrono::steady_clock::now();
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (spent.count() > worst) {
      worst = spent.count();
      slowest = input;
    }
  }
  for (char& c : slowest)
    if (c == '\0') c = '\t';
  std::printf("%lld inputs, seed %llu: no fault; the slowest took %.1f ms: %s\n",
              static_cast<long long>(inputs), static_cast<unsigned long long>(seed), worst * 1e3,
              slowest.c_str());
  return 0;
}
