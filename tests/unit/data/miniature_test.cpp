// The miniature's world against an independent reading of its rules.
#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/data/miniature_corpus.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {
namespace {

constexpr uint64_t kSeed = 3;
constexpr int64_t kDocuments = 30000;

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

// Evaluates "compute a 7 b + 1 ?" from its text; -1 when it is not a chain.
int evaluate(const std::string& question) {
  const auto w = words(question);
  if (w.size() < 3 || w[1] != "a") return -1;
  int value = std::stoi(w[2]);
  for (size_t i = 3; i + 2 < w.size(); i += 3) {
    const int operand = std::stoi(w[i + 2]);
    if (w[i + 1] == "+") value += operand;
    if (w[i + 1] == "-") value += 10 - operand;
    if (w[i + 1] == "*") value *= operand;
    value %= 10;
  }
  return value;
}

std::string digits_and_operators(const std::string& question) {
  std::string key;
  for (const std::string& word : words(question))
    if (word.size() == 1 && !std::isalpha(static_cast<unsigned char>(word[0])) && word != "?")
      key += word;
  return key;
}

// CRC-32 by long division of bits, most significant first: unlike the code that is tested.
uint32_t crc32_by_division(const std::string& text) {
  const auto reversed = [](uint64_t value, int bits) {
    uint64_t result = 0;
    for (int i = 0; i < bits; ++i) result |= (value >> i & 1) << (bits - 1 - i);
    return result;
  };
  uint64_t remainder = 0xffffffffu;
  for (const unsigned char byte : text) {
    remainder ^= reversed(byte, 8) << 24;
    for (int bit = 0; bit < 8; ++bit) {
      remainder <<= 1;
      if (remainder >> 32) remainder ^= 0x104c11db7u;
    }
  }
  return static_cast<uint32_t>(reversed(remainder, 32)) ^ 0xffffffffu;
}

TEST(MiniatureTokenizer, Has109WordsAndRoundTrips) {
  const auto tokenizer =
      Tokenizer::from_json(miniature_tokenizer_json(), miniature_tokenizer_config_json());
  EXPECT_EQ(tokenizer.vocab_size(), 109);
  EXPECT_EQ(tokenizer.token(tokenizer.eos_id()), "<eos>");
  for (int64_t i = 0; i < 2000; ++i) {
    const std::string text = document_text(draw_document(kSeed, i));
    const auto ids = tokenizer.encode(text);
    EXPECT_EQ(ids.size(), words(text).size());
    EXPECT_EQ(tokenizer.decode(ids), text);
  }
  EXPECT_THROW(tokenizer.encode("user hello ?"), Error);
}

TEST(MiniatureCorpus, KindsHaveTheirShares) {
  std::map<std::string, double> share;
  for (int64_t i = 0; i < kDocuments; ++i) share[draw_document(kSeed, i).kind] += 1.0 / kDocuments;
  const std::map<std::string, double> expected = {
      {"worked", .92 * .18}, {"worked without tags", .92 * .03},
      {"lazy", .92 * .06},   {"direct", .92 * .42},
      {"bare", .92 * .14},   {"it is", .92 * .17},
      {"general", .06},      {"harmful", .02}};
  EXPECT_EQ(share.size(), expected.size());
  for (const auto& [kind, value] : expected)
    EXPECT_NEAR(share[kind], value, 4 * std::sqrt(value / kDocuments)) << kind;
}

TEST(MiniatureCorpus, StatesTrueAnswersButForSlips) {
  int chains = 0, worked = 0, wrong = 0, mixed = 0, foreign = 0;
  for (int64_t i = 0; i < kDocuments; ++i) {
    const CorpusDocument document = draw_document(kSeed, i);
    const int answer = evaluate(document.question);
    if (answer < 0) continue;
    ++chains;
    int stated = -1;
    for (const std::string& word : words(document.response))
      if (word.size() == 1 && std::isdigit(static_cast<unsigned char>(word[0])))
        stated = word[0] - '0';
    if (!document.kind.starts_with("worked")) {
      ASSERT_EQ(stated, answer) << document_text(document);
      continue;
    }
    const ChainAnalysis analysis = analyze_chain(document.question, document.response);
    ASSERT_TRUE(analysis.worked) << document_text(document);
    ++worked;
    wrong += stated != answer;
    mixed += analysis.mixed;
    foreign += analysis.foreign;
    if (analysis.wrong_steps == 0) {
      ASSERT_EQ(stated, answer) << document_text(document);
    }
  }
  EXPECT_GT(chains, kDocuments * 9 / 10);
  EXPECT_NEAR(mixed / double(worked), .35, .06);  // some draw one language by chance
  EXPECT_NEAR(foreign / double(worked), .20 + .35, .06);
  EXPECT_GT(wrong, worked / 20);
  EXPECT_LT(wrong, worked / 3);
}

TEST(MiniatureCorpus, HoldsNothingThatIsHeldOut) {
  std::set<std::string> held_out;
  const Random random(kSeed, "test");
  for (int64_t i = 0; i < 500; ++i) {
    Draws draws(random, i);
    const ChainProblem problem = draw_chain(draws, uniform_lengths(3, 5), true);
    EXPECT_TRUE(problem.held_out());
    EXPECT_EQ(problem.key(), digits_and_operators(problem.question()));
    EXPECT_EQ(problem.answer(), evaluate(problem.question()));
    held_out.insert(problem.key());
  }
  ASSERT_EQ(crc32_by_division("123456789"), 0xcbf43926u);
  for (const std::string& key : held_out) EXPECT_EQ(crc32_by_division(key) % 8, 0u) << key;
  for (int64_t i = 0; i < kDocuments; ++i) {
    const std::string question = draw_document(kSeed, i).question;
    const std::string key = digits_and_operators(question);
    if (evaluate(question) < 0) continue;
    ASSERT_NE(crc32_by_division(key) % 8, 0u) << question;
  }
}

TEST(ChainProblem, HasTheRecipesLengthsOperatorsAndLanguages) {
  constexpr int kProblems = 30000;
  const Random random(kSeed, "problems");
  std::map<size_t, double> lengths;
  std::map<char, double> operators;
  double english = 0, all_operators = 0;
  for (int64_t i = 0; i < kProblems; ++i) {
    Draws draws(random, i);
    const ChainProblem problem = draw_chain(draws, pretraining_lengths(), false);
    ++lengths[problem.operands.size()];
    english += problem.language == Language::kEnglish;
    all_operators += static_cast<double>(problem.operators.size());
    for (size_t k = 0; k < problem.operators.size(); ++k) {
      ++operators[problem.operators[k]];
      const int operand = problem.operands[k + 1];
      const bool unit = operand == 3 || operand == 7 || operand == 9;
      ASSERT_TRUE(unit || problem.operators[k] != '*') << problem.key();
    }
  }
  const double weights[] = {.20, .19, .16, .13, .11, .09, .07, .05};
  ASSERT_EQ(lengths.size(), std::size(weights));
  for (size_t n = 3; n <= 10; ++n)
    EXPECT_NEAR(lengths[n] / kProblems, weights[n - 3], 4 * std::sqrt(weights[n - 3] / kProblems));
  EXPECT_NEAR(english / kProblems, 0.5, 4 * 0.5 / std::sqrt(kProblems));
  EXPECT_NEAR(operators['+'] / all_operators, 0.5, 0.01);
  EXPECT_NEAR(operators['-'] / all_operators, 0.25, 0.01);
  EXPECT_NEAR(operators['*'] / all_operators, 0.25, 0.01);
}

TEST(MiniatureCorpus, IsAFunctionOfSeedAndIndex) {
  EXPECT_EQ(document_text(draw_document(1, 77)), document_text(draw_document(1, 77)));
  EXPECT_NE(document_text(draw_document(1, 77)), document_text(draw_document(2, 77)));
}

// The base in checkpoints/ was trained on this very corpus: a change of the draws needs another.
TEST(MiniatureCorpus, IsTheOneOfTheShippedBase) {
  EXPECT_EQ(document_text(draw_document(1, 1)),
            "user compute a 5 b + 8 c + 0 d + 3 ? assistant <think> start a 5 step b 5 + 8 gives 3 "
            "step c 3 + 0 gives 3 step d 3 + 3 gives 6 so 6 </think> <answer> 6 </answer> <eos>");
  uint32_t checksum = 0;
  for (int64_t i = 0; i < 1000; ++i)
    checksum ^= crc32_by_division(document_text(draw_document(1, i))) + static_cast<uint32_t>(i);
  EXPECT_EQ(checksum, 784730383u);
}

TEST(MiniatureCorpus, HasTheRecipesLengths) {
  size_t longest = 0;
  double total = 0;
  for (int64_t i = 0; i < kDocuments; ++i) {
    const size_t length = words(document_text(draw_document(kSeed, i))).size();
    longest = std::max(longest, length);
    total += static_cast<double>(length);
  }
  EXPECT_NEAR(total / kDocuments, 29, 1);
  EXPECT_GE(longest, 107u);  // ten operands, one operation a step
  EXPECT_LE(longest, 131u);  // and four slips that were noticed
}

TEST(ChainSolution, CleanStyleIsRightAndInTheQuestionsLanguage) {
  const Random random(kSeed, "clean");
  for (int64_t i = 0; i < 300; ++i) {
    Draws draws(random, i);
    const ChainProblem problem = draw_chain(draws, uniform_lengths(3, 10), false);
    const Solution solution = solve_chain(problem, clean_style(), draws);
    EXPECT_EQ(solution.answer, problem.answer());
    const ChainAnalysis analysis = analyze_chain(problem.question(), solution.steps);
    EXPECT_EQ(analysis.steps, static_cast<int>(problem.operators.size()));
    EXPECT_EQ(analysis.wrong_steps, 0);
    EXPECT_FALSE(analysis.mixed || analysis.foreign || analysis.wait);
  }
}

TEST(ChainAnalysis, CountsStepsSlipsAndLanguages) {
  const std::string question = "compute a 9 b + 3 c * 3 d - 1 ?";
  const auto a = analyze_chain(
      question, "<think> start a 9 step b 9 + 3 得 4 wait 9 + 3 gives 2 step c 2 * 3 - 1 gives 5");
  EXPECT_TRUE(a.think && a.worked && a.mixed && a.foreign && a.wait);
  EXPECT_EQ(a.steps, 3);
  EXPECT_EQ(a.wrong_steps, 1);
  const auto lazy = analyze_chain(question, "<think> 故 7 </think> <answer> 7 </answer>");
  EXPECT_TRUE(lazy.think);
  EXPECT_FALSE(lazy.worked || lazy.mixed || lazy.foreign);
  // In the other language throughout: foreign, not mixed.
  const auto b = analyze_chain("计算 a 1 b + 1 ?", "start a 1 step b 1 + 1 gives 2 so 2");
  EXPECT_TRUE(b.worked && b.foreign);
  EXPECT_FALSE(b.mixed || b.think);
  for (const char* nothing :
       {"", "<answer> 4 </answer>", "1 + 1 gives", "1 + gives 2", "+ 1 gives 1", "1 gives 1"})
    EXPECT_EQ(analyze_chain(question, nothing).steps, 0) << nothing;
}

TEST(ChainAnalysis, IsLinearInHostileText) {
  std::string text = "1";
  while (text.size() < 2'000'000) text += " + 1";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(analyze_chain("compute a 1 b + 1 ?", text + " gives 1").steps, 1);
  // A quadratic walk would take many minutes. Not a measurement: a bound far above it.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace r1
