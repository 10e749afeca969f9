#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "stages/evaluate_plan.h"
#include "stages/evaluate_results.h"
#include "stages/sample_facts.h"

namespace r1 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

JournalEntry entry(int64_t question, int32_t sample, Verdict verdict,
                   const std::string& reason = "") {
  JournalEntry e;
  e.graded = {question, sample, verdict};
  e.graded.vote = verdict == Verdict::kCorrect ? "yes" : "no";
  e.reason = reason;
  return e;
}

constexpr Verdict kRight = Verdict::kCorrect, kWrong = Verdict::kWrong,
                  kUnclear = Verdict::kUnverifiable;

TEST(Part, EachPairIsInExactlyOnePart) {
  for (const int64_t count : {1, 2, 3, 5, 8})
    for (size_t place = 0; place < 12; ++place) {
      int parts = 0;
      for (int64_t index = 1; index <= count; ++index)
        parts += parse_part(concat(index, "/", count), "part").has(place);
      EXPECT_EQ(parts, 1) << place << " of " << count << " parts";
    }
  EXPECT_TRUE(parse_part("", "part").has(11));
}

TEST(Part, RefusesWhatIsNone) {
  for (const char* text : {"0/3", "4/3", "1", "/", "1/", "/3", "a/3", "1/3x", "-1/3", "1/0", " 1/3",
                           "1/2/3", "99999999999999999999/3"})
    EXPECT_THROW(parse_part(text, "part"), Error) << text;
  EXPECT_EQ(folder_suffix(parse_part("2/6", "part")), "-2-of-6");
  EXPECT_EQ(folder_suffix(parse_part("1/1", "part")), "-1-of-1");
}

TEST(PairTally, UnverifiableSamplesAreNeitherRightNorWrong) {
  PairTally tally;
  for (const auto& e :
       {entry(0, 0, kRight), entry(0, 1, kRight), entry(1, 0, kRight),
        entry(1, 1, kUnclear, "timed out"), entry(2, 0, kWrong), entry(2, 1, kRight),
        entry(3, 0, kUnclear, "no number"), entry(3, 1, kUnclear, "no number")})
    tally.add(e);
  const PairResult result = tally.result({});
  EXPECT_EQ(result.figures.questions, 3);
  EXPECT_DOUBLE_EQ(result.figures.pass_at_1, (1 + 1 + 0.5) / 3);  // question 1 by its one verdict
  EXPECT_EQ(result.figures.unverifiable, 3);
  EXPECT_THAT(result.left_out, ElementsAre(3));  // nothing is known of it
  EXPECT_EQ(result.unverifiable_reasons.at("no number"), 2);
  EXPECT_EQ(result.unverifiable_reasons.at("timed out"), 1);
  EXPECT_FALSE(result.rating);
}

TEST(PairTally, RatesTheQuestionsThatCount) {
  PairTally tally;
  for (const auto& e : {entry(0, 0, kRight), entry(1, 0, kUnclear), entry(2, 0, kWrong)})
    tally.add(e);
  // Between problems of 1000 (solved) and 1400 (not) half of both is expected at 1200.
  const PairResult result = tally.result({1000, 9000, 1400});
  ASSERT_TRUE(result.rating);
  EXPECT_NEAR(result.rating->value, 1200, 1e-3);
}

NamedResult named(const std::string& model, const std::string& benchmark,
                  const std::vector<JournalEntry>& entries) {
  PairTally tally;
  for (const JournalEntry& e : entries) tally.add(e);
  return {model, benchmark, R"({"samples": 1, "seed": 7})", {}, tally.result({})};
}

TEST(EvaluationResults, JsonHasFactsFiguresAndEveryComparison) {
  const std::vector<NamedResult> results = {
      named("a", "x", {entry(0, 0, kWrong), entry(1, 0, kRight)}),
      named("a", "y", {entry(0, 0, kRight)}),
      named("b", "x", {entry(0, 0, kRight), entry(1, 0, kRight)}),
      named("b", "y", {entry(0, 0, kUnclear, "why")}),
      named("c", "x", {entry(0, 0, kRight), entry(1, 0, kUnclear)})};
  const auto json = nlohmann::json::parse(results_json(results));
  ASSERT_EQ(json["results"].size(), 5u);
  EXPECT_EQ(json["results"][0]["seed"], 7);
  EXPECT_EQ(json["results"][0]["pass@1"], 0.5);
  EXPECT_TRUE(json["results"][3]["pass@1"].is_null());  // no question left, not 0
  EXPECT_EQ(json["results"][3]["unverifiable"], 1);
  EXPECT_EQ(json["results"][3]["unverifiable_reasons"]["why"], 1);
  std::vector<std::string> comparisons;
  for (const auto& c : json["comparisons"])
    comparisons.push_back(
        concat(c["benchmark"].get<std::string>(), ": ", c["model"].get<std::string>(), " - ",
               c["baseline"].get<std::string>(), " = ", c["pass@1_difference"].get<double>(),
               " of ", c["questions"].get<int>()));
  EXPECT_THAT(comparisons, ElementsAre("x: b - a = 0.5 of 2", "y: b - a = 0 of 0",
                                       "x: c - b = 0 of 1", "x: c - a = 1 of 1"));
}

TEST(EvaluationResults, TableSaysWhatIsMissing) {
  const std::string table = results_table(
      {named("a", "x", {entry(0, 0, kRight)}), named("b", "x", {entry(0, 0, kUnclear, "why")})});
  EXPECT_THAT(table, HasSubstr("1.000 +- 0.000"));
  EXPECT_THAT(table, HasSubstr("no question could be verified"));
  EXPECT_THAT(table,
              HasSubstr("b on x: 1 samples could not be verified and do not count; 1 questions"));
  EXPECT_THAT(table, HasSubstr("  1 x why"));
  EXPECT_THAT(table, ::testing::Not(HasSubstr("b - a = ")));  // no question in common
}

TEST(EvaluationFacts, NameTheFirstDifference) {
  EXPECT_NO_THROW(check_same_facts(R"({"seed": 1})", R"({"seed": 1, "more": 2})", "here"));
  for (const char* found : {R"({"seed": 2})", R"({})", "[", ""})
    EXPECT_THROW(check_same_facts(R"({"seed": 1})", found, "here"), Error) << found;
}

}  // namespace
}  // namespace r1
