// The math verifier against labelled data: the cases of Math-Verify, and model solutions to GSM8K.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "libr1/reward/extraction.h"
#include "libr1/reward/math.h"
#include "tests/unit/reward/math_waivers.h"

namespace r1 {
namespace {

using nlohmann::json;

std::vector<json> rows_of(const std::string& name) {
  const std::string path = std::string(std::getenv("R1_TEST_DATA")) + "/" + name;
  FILE* pipe = ::popen(("gzip -dcf '" + path + "'").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run gzip");
  std::string bytes;
  std::array<char, 65536> block;
  while (const size_t n = std::fread(block.data(), 1, block.size(), pipe))
    bytes.append(block.data(), n);
  if (::pclose(pipe) != 0) throw std::runtime_error("gzip failed on " + path);
  std::vector<json> rows;
  std::istringstream lines(bytes);
  for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
  return rows;
}

class MathDataTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("R1_TEST_DATA") == nullptr) GTEST_SKIP() << "R1_TEST_DATA is not set";
  }
};

double processor_micros() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

// Processor times of single cases; prints the median and the worst.
class Stopwatch {
 public:
  template <class Function>
  auto time(Function&& function) {
    const double start = processor_micros();
    auto result = function();
    micros_.push_back(processor_micros() - start);
    return result;
  }
  std::string summary() {
    std::sort(micros_.begin(), micros_.end());
    std::ostringstream out;
    out << "median " << micros_[micros_.size() / 2] << " us, worst " << micros_.back() << " us";
    return out.str();
  }

 private:
  std::vector<double> micros_;
};

bool is_waived(const std::string& id) {
  return std::any_of(std::begin(kMathWaivers), std::end(kMathWaivers),
                     [&](const MathWaiver& waiver) { return waiver.id == id; });
}

TEST_F(MathDataTest, AgreesWithMathVerifyButForTheWaivers) {
  Stopwatch watch;
  int agree = 0, cases = 0;
  for (const json& row : rows_of("verifier/math_verify_dev.jsonl")) {
    const auto text = [&](const char* field) { return row[field].get<std::string>(); };
    const std::string gold = text("gold"), answer = text("pred"), id = text("id");
    MathSettings settings;
    settings.decimal_places = row["options"].value("precision", -1);
    const Judgement judgement = watch.time([&] {
      const auto reference = extract_answer(Extraction::kAny, gold);
      const auto found = extract_answer(Extraction::kAny, answer);
      return verify_math(reference.value_or(""), found.value_or(""), settings);
    });
    const bool agrees = (judgement.verdict == Verdict::kCorrect) == row["expected"].get<bool>();
    ++cases;
    agree += agrees;
    EXPECT_NE(agrees, is_waived(id)) << id << ": " << judgement.reason;
  }
  std::cout << "Math-Verify cases: " << agree << " of " << cases << " agree; " << watch.summary()
            << "\n";
}

TEST_F(MathDataTest, FindsNoFalsePositiveInModelSolutions) {
  Stopwatch watch;
  int solutions = 0, false_positives = 0, false_negatives = 0;
  for (const json& row : rows_of("gsm8k/model_solutions_labelled.jsonl.gz")) {
    const std::string gold = row["gold"], solution = row["solution"];
    const size_t at = solution.rfind("A: ");
    const std::string answer = at == solution.npos ? "" : solution.substr(at + 3);
    const Judgement judgement = watch.time([&] { return verify_math(gold, answer); });
    const bool correct = judgement.verdict == Verdict::kCorrect;
    const bool label = row["is_correct"];
    EXPECT_NE(judgement.verdict, Verdict::kUnverifiable) << gold << ": " << judgement.reason;
    ++solutions;
    if (correct == label) continue;
    ++(correct ? false_positives : false_negatives);
    std::cout << (correct ? "false positive: " : "false negative: ") << "question " << row["idx"]
              << ", gold " << gold << ", answer " << answer.substr(0, 60) << "\n";
  }
  std::cout << "GSM8K solutions: " << solutions << ", false positives " << false_positives
            << ", false negatives " << false_negatives << "; " << watch.summary() << "\n";
  EXPECT_EQ(false_positives, 0);
  EXPECT_EQ(false_negatives, 0);
}

// Every reference that is a formula equals itself and no other one of its neighbours by accident.
TEST_F(MathDataTest, ReadsTheReferencesOfBenchmarks) {
  for (const auto& [name, least] : {std::pair<const char*, double>{"math/math500.jsonl", 0.99},
                                    {"math/math_train_answers.jsonl.gz", 0.98},
                                    {"math/math_test_rest_with_solutions.jsonl.gz", 0.98},
                                    {"math/deepmath_4994.jsonl.gz", 0.95},
                                    {"math/aime_1983_2023_train.jsonl.gz", 1.0}}) {
    Stopwatch watch;
    int read = 0, all = 0, unread_shown = 0;
    for (const json& row : rows_of(name)) {
      const std::string reference =
          row["answer"].is_string() ? row["answer"].get<std::string>() : row["answer"].dump();
      const Judgement judgement = watch.time([&] { return check_math_reference(reference); });
      ++all;
      read += judgement.verdict == Verdict::kCorrect;
      if (judgement.verdict != Verdict::kCorrect && ++unread_shown <= 40)
        std::cout << "  " << judgement.reason << "\n";
    }
    std::cout << name << ": " << read << " of " << all << " references read; " << watch.summary()
              << "\n";
    EXPECT_GE(read, least * all) << name;
  }
}

}  // namespace
}  // namespace r1
