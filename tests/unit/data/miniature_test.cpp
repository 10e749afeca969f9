// The miniature's world against an independent reading of its rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/miniature/corpus.h"
#include "libr1/miniature/word_problem.h"
#include "libr1/reward/language.h"
#include "libr1/reward/reflection.h"
#include "libr1/reward/reward.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {
namespace {

constexpr uint64_t kSeed = 3;
constexpr int64_t kDocuments = 20000;

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool is_digit(const std::string& word) {
  return word.size() == 1 && word[0] >= '0' && word[0] <= '9';
}

// "0 5 + 1 2": the digits of each number joined; words of other kinds are left out.
struct Numbers {
  std::vector<int> values;
  std::string operators;
};
Numbers numbers_of(const std::string& text) {
  Numbers result;
  bool joined = false;
  for (const std::string& word : words(text)) {
    if (is_digit(word)) {
      if (joined)
        result.values.back() = 10 * result.values.back() + (word[0] - '0');
      else
        result.values.push_back(word[0] - '0');
      joined = true;
      continue;
    }
    joined = false;
    if (word == "+" || word == "-" || word == "*") result.operators += word;
  }
  return result;
}

int apply(int left, char op, int right) {
  return op == '+' ? left + right : op == '-' ? left - right : left * right;
}

// The question's family by its words, and the key under which it is held out.
Family family_of(const std::string& question) {
  const auto w = words(question);
  if (w[0] == "reach" || w[0] == "凑") return Family::kCountdown;
  return w[1] == "a" ? Family::kChain : Family::kArithmetic;
}
std::string key_of(const std::string& question) {
  const Numbers n = numbers_of(question);
  if (family_of(question) == Family::kCountdown) {
    std::vector<int> sorted(n.values.begin() + 1, n.values.end());
    std::sort(sorted.begin(), sorted.end());
    return concat(sorted[0], ",", sorted[1], ",", sorted[2], "=", n.values[0]);
  }
  std::string key = std::to_string(n.values[0]);
  for (size_t i = 0; i < n.operators.size(); ++i) key += concat(n.operators[i], n.values[i + 1]);
  return key;
}

// The reference as the rules have it: chains modulo 10, sums and products digit by digit.
std::string reference_of(const std::string& question) {
  const Numbers n = numbers_of(question);
  if (family_of(question) == Family::kCountdown)
    return concat(n.values[0], ": ", n.values[1], " ", n.values[2], " ", n.values[3]);
  if (family_of(question) == Family::kArithmetic) {
    std::string spread;
    for (const char digit : std::to_string(apply(n.values[0], n.operators[0], n.values[1])))
      spread += concat(spread.empty() ? "" : " ", digit);
    return spread;
  }
  int value = n.values[0];
  for (size_t i = 0; i < n.operators.size(); ++i)
    value = (apply(value, n.operators[i], n.values[i + 1]) % 10 + 10) % 10;
  return std::to_string(value);
}

bool is_general(const CorpusDocument& document) {
  return document.kind == "general" || document.kind == "harmful";
}

bool is_right(const std::string& question, const std::string& answer) {
  const Verifier verifiers[] = {Verifier::kNumber, Verifier::kExact, Verifier::kCountdown};
  const Verifier verifier = verifiers[static_cast<size_t>(family_of(question))];
  return verify(verifier, reference_of(question), answer).verdict == Verdict::kCorrect;
}

// What a document states: behind its last "so", "it is", or in the tags.
std::string stated_answer(const std::string& response) {
  std::string answer;
  for (const std::string& word : words(response)) {
    const bool opens =
        word == "so" || word == "故" || word == "is" || word == "是" || word == "<answer>";
    if (opens) answer.clear();
    if (!opens && word != "</answer>" && word != "it") answer += (answer.empty() ? "" : " ") + word;
  }
  return answer;
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

TEST(MiniatureTokenizer, HasEveryWordAndRoundTrips) {
  const auto tokenizer =
      Tokenizer::from_json(miniature_tokenizer_json(), miniature_tokenizer_config_json());
  EXPECT_EQ(tokenizer.vocab_size(), 141);
  EXPECT_EQ(tokenizer.token(tokenizer.eos_id()), "<eos>");
  std::set<int32_t> seen;
  for (int64_t i = 0; i < kDocuments; ++i) {
    const std::string text = document_text(draw_document(kSeed, i));
    const auto ids = tokenizer.encode(text);
    EXPECT_EQ(ids.size(), words(text).size());
    EXPECT_EQ(tokenizer.decode(ids), text);
    seen.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(seen.size(), 140u);  // all but <pad>
  EXPECT_THROW(tokenizer.encode("user hello ?"), Error);
}

TEST(MiniatureCorpus, KindsHaveTheirShares) {
  std::map<std::string, double> share;
  for (int64_t i = 0; i < kDocuments; ++i) share[draw_document(kSeed, i).kind] += 1.0 / kDocuments;
  const std::map<std::string, double> expected = {
      {"worked", .92 * .18}, {"worked without tags", .92 * .03},
      {"lazy", .92 * .06},   {"direct", .92 * .42},
      {"bare", .92 * .14},   {"it is", .92 * .17},
      {"general", .08 * .7}, {"harmful", .08 * .3}};
  EXPECT_EQ(share.size(), expected.size());
  for (const auto& [kind, value] : expected)
    EXPECT_NEAR(share[kind], value, 4 * std::sqrt(value / kDocuments)) << kind;
}

TEST(MiniatureCorpus, DirectDocumentsStateTrueAnswersOrGuessASearch) {
  std::map<Family, double> count;
  double lucky = 0;
  for (int64_t i = 0; i < kDocuments; ++i) {
    const CorpusDocument document = draw_document(kSeed, i);
    if (is_general(document) || document.kind.starts_with("worked")) continue;
    const Family family = family_of(document.question);
    ++count[family];
    const bool right = is_right(document.question, stated_answer(document.response));
    lucky += family == Family::kCountdown && right;
    ASSERT_TRUE(family == Family::kCountdown || right) << document_text(document);
  }
  const double direct = .92 * .79 * kDocuments;
  EXPECT_NEAR(count[Family::kChain], .4 * direct, 300);
  EXPECT_NEAR(count[Family::kArithmetic], .3 * direct, 300);
  EXPECT_NEAR(count[Family::kCountdown], .3 * direct, 300);
  EXPECT_NEAR(lucky / count[Family::kCountdown], 1.0 / 8, 0.02);  // of as many expressions
}

TEST(MiniatureCorpus, WorkedDocumentsSlipNowAndThen) {
  std::map<Family, double> worked, wrong, mixed, reflections;
  for (int64_t i = 0; i < kDocuments; ++i) {
    const CorpusDocument document = draw_document(kSeed, i);
    if (is_general(document) || !document.kind.starts_with("worked")) continue;
    const Family family = family_of(document.question);
    const bool chinese = document.question.starts_with("计") || document.question.starts_with("凑");
    ++worked[family];
    wrong[family] += !is_right(document.question, stated_answer(document.response));
    mixed[family] += is_mixed(count_language(document.response, chinese ? "zh" : "en"));
    reflections[family] += static_cast<double>(count_reflections(document.response));
  }
  for (const Family family : kFamilies) {
    EXPECT_GT(wrong[family] / worked[family], 0.05) << name_of(family);
    EXPECT_LT(wrong[family] / worked[family], 0.45) << name_of(family);
    EXPECT_NEAR(mixed[family] / worked[family], 0.28, 0.1) << name_of(family);  // some of one step
  }
  EXPECT_GT(reflections[Family::kCountdown] / worked[Family::kCountdown], 2);
  EXPECT_LT(reflections[Family::kChain] / worked[Family::kChain], 0.5);
}

TEST(MiniatureCorpus, HoldsNothingThatIsHeldOut) {
  ASSERT_EQ(crc32_by_division("123456789"), 0xcbf43926u);
  for (int64_t i = 0; i < kDocuments; ++i) {
    const CorpusDocument document = draw_document(kSeed, i);
    if (is_general(document)) continue;
    ASSERT_NE(crc32_by_division(key_of(document.question)) % 8, 0u) << document.question;
  }
}

TEST(MiniatureCorpus, FitsTheModelsContext) {
  size_t longest = 0;
  for (int64_t i = 0; i < kDocuments; ++i)
    longest = std::max(longest, words(document_text(draw_document(kSeed, i))).size());
  EXPECT_LE(longest, 320u);
}

TEST(MiniatureCorpus, IsAFunctionOfSeedAndIndex) {
  EXPECT_EQ(document_text(draw_document(1, 77)), document_text(draw_document(1, 77)));
  EXPECT_NE(document_text(draw_document(1, 77)), document_text(draw_document(2, 77)));
}

// The base in checkpoints/ was trained on this very corpus: a change of the draws needs another.
TEST(MiniatureCorpus, IsTheOneOfTheShippedBase) {
  uint32_t checksum = 0;
  for (int64_t i = 0; i < 1000; ++i)
    checksum ^= crc32_by_division(document_text(draw_document(1, i))) + static_cast<uint32_t>(i);
  EXPECT_EQ(checksum, 3314560768u);
}

class MiniatureProblems : public ::testing::TestWithParam<Family> {};

TEST_P(MiniatureProblems, AreWhatTheyClaim) {
  const Random random(kSeed, "problems");
  for (const bool held_out : {false, true})
    for (const Difficulty difficulty :
         {Difficulty::kCorpus, Difficulty::kTraining, Difficulty::kEasy, Difficulty::kHard})
      for (int64_t i = 0; i < 200; ++i) {
        Draws draws(random, i);
        const auto problem = draw_problem(GetParam(), difficulty, held_out, draws);
        ASSERT_EQ(family_of(problem->question()), GetParam());
        ASSERT_EQ(problem->key(), key_of(problem->question()));
        ASSERT_EQ(problem->reference(), reference_of(problem->question()));
        ASSERT_EQ(crc32_by_division(problem->key()) % 8 == 0, held_out) << problem->key();
        const std::string answer = problem->offhand_answer(draws);
        ASSERT_TRUE(GetParam() == Family::kCountdown || is_right(problem->question(), answer));
      }
}

TEST_P(MiniatureProblems, CleanSolutionsAreRightAndInTheQuestionsLanguage) {
  const Random random(kSeed, "clean");
  for (int64_t i = 0; i < 300; ++i) {
    Draws draws(random, i);
    const auto problem = draw_problem(GetParam(), Difficulty::kTraining, false, draws);
    const CorpusDocument example = clean_example(*problem, draws);
    const Reward reward =
        score({.language_weight = 1},
              {problem->verifier(), problem->reference(), code_of(problem->language())},
              {example.response});
    ASSERT_EQ(reward.total, 3) << document_text(example);
  }
}

TEST_P(MiniatureProblems, HardOnesTakeLonger) {
  const Random random(kSeed, "length");
  double easy = 0, hard = 0;
  for (int64_t i = 0; i < 200; ++i) {
    Draws draws(random, i);
    const auto length = [&](Difficulty difficulty) {
      const auto problem = draw_problem(GetParam(), difficulty, true, draws);
      return static_cast<double>(words(problem->solve(clean_style(), draws).steps).size());
    };
    easy += length(Difficulty::kEasy);
    hard += length(Difficulty::kHard);
  }
  EXPECT_GT(hard, 1.5 * easy);
}

INSTANTIATE_TEST_SUITE_P(Families, MiniatureProblems, ::testing::ValuesIn(kFamilies),
                         [](const auto& param) { return name_of(param.param); });

// Every step of a countdown solution, read back: the arithmetic, the target, and "wait" exactly
// where the value is not it.
TEST(CountdownSolution, TriesAreTrueAndEndAtTheTarget) {
  const Random random(kSeed, "tries");
  for (int64_t i = 0; i < 300; ++i) {
    Draws draws(random, i);
    const auto problem = draw_problem(Family::kCountdown, Difficulty::kTraining, false, draws);
    const std::string steps = problem->solve(clean_style(), draws).steps;
    const bool english = problem->language() == Language::kEnglish;
    const std::string step = english ? "step" : "步", wait = english ? "wait" : "等";
    const int target = numbers_of(problem->question()).values[0];
    size_t at = 0;
    for (bool last = false; !last;) {
      ASSERT_EQ(steps.compare(at, step.size(), step), 0) << steps;
      const size_t next = steps.find(step, at + 1);
      last = next == steps.npos;
      std::string attempt = steps.substr(at, last ? steps.npos : next - at);
      ASSERT_EQ(attempt.find(wait) == attempt.npos, last) << attempt;
      attempt = attempt.substr(0, attempt.find(english ? "so" : "故"));
      const Numbers n =
          numbers_of(attempt);  // left op right gives inner op last gives value ? target
      ASSERT_EQ(n.values.size(), 6u) << attempt;
      EXPECT_EQ(apply(n.values[0], n.operators[0], n.values[1]), n.values[2]) << attempt;
      EXPECT_EQ(apply(n.values[2], n.operators[1], n.values[3]), n.values[4]) << attempt;
      EXPECT_EQ(n.values[5], target) << attempt;
      EXPECT_EQ(n.values[4] == target, last) << attempt;
      at = next;
    }
  }
}

// The answer by the words of the question.
int64_t answer_of(const std::string& question) {
  std::vector<int64_t> numbers;
  for (const std::string& word : words(question))
    if (word[0] >= '0' && word[0] <= '9') numbers.push_back(std::stoll(word));
  EXPECT_EQ(numbers.size(), 2u) << question;
  const auto says = [&](const char* text) { return question.find(text) != question.npos; };
  if (says("more.")) return numbers[0] + numbers[1];
  if (says("gives")) return numbers[0] - numbers[1];
  if (says("boxes")) return numbers[0] * numbers[1];
  EXPECT_TRUE(says("equally")) << question;
  EXPECT_EQ(numbers[0] % numbers[1], 0) << question;
  return numbers[0] / numbers[1];
}

TEST(WordProblems, AreRightAndHeldOutByTheirNumbers) {
  const Random random(kSeed, "word problems");
  std::set<std::string> keys[2], questions;
  for (int64_t item = 0; item < 4000; ++item) {
    Draws draws(random, item);
    const bool held_out = item % 2 == 0;
    const WordProblem problem = draw_word_problem(held_out, draws);
    ASSERT_EQ(problem.answer, answer_of(problem.question)) << problem.question;
    EXPECT_GT(problem.answer, 0);
    EXPECT_EQ(is_held_out(problem.key), held_out);
    keys[held_out].insert(problem.key);
    questions.insert(problem.question);
    Draws again(random, item);
    EXPECT_EQ(draw_word_problem(held_out, again).question, problem.question);
  }
  for (const std::string& key : keys[1]) EXPECT_FALSE(keys[0].contains(key)) << key;
  EXPECT_GT(keys[1].size(), 96u);
  EXPECT_GT(questions.size(), 3000u);
}

}  // namespace
}  // namespace r1
