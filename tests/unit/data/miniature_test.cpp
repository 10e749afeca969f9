// The miniature's world against an independent reading of its rules.
#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <set>
#include <sstream>

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
  for (const auto& [kind, value] : expected) EXPECT_NEAR(share[kind], value, 0.01) << kind;
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
  for (int64_t i = 0; i < kDocuments; ++i)
    EXPECT_FALSE(held_out.contains(digits_and_operators(draw_document(kSeed, i).question)));
}

TEST(MiniatureCorpus, IsAFunctionOfSeedAndIndex) {
  EXPECT_EQ(document_text(draw_document(1, 77)), document_text(draw_document(1, 77)));
  EXPECT_NE(document_text(draw_document(1, 77)), document_text(draw_document(2, 77)));
  size_t longest = 0;
  for (int64_t i = 0; i < kDocuments; ++i)
    longest = std::max(longest, words(document_text(draw_document(kSeed, i))).size());
  EXPECT_LT(longest, 160u);
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
}

}  // namespace
}  // namespace r1
