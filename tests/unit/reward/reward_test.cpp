#include "libr1/reward/reward.h"

#include <gtest/gtest.h>

#include <chrono>

#include "libr1/reward/number.h"

namespace r1 {
namespace {

std::string parsed(std::string_view text) {
  const auto number = ExactNumber::parse(text);
  return number ? number->to_string() : "none";
}

TEST(ExactNumber, ReadsWhatPeopleWrite) {
  const std::pair<const char*, std::string> cases[] = {{"7", "7"},
                                                       {" -3 ", "-3"},
                                                       {"+12", "12"},
                                                       {"1,234", "1234"},
                                                       {"12,345,678", "12345678"},
                                                       {"0.50", "1/2"},
                                                       {".25", "1/4"},
                                                       {"3.", "3"},
                                                       {"2/3", "2/3"},
                                                       {"-4/6", "-2/3"},
                                                       {"1.5e3", "1500"},
                                                       {"25e-2", "1/4"},
                                                       {"$12", "12"},
                                                       {"-$12.5", "-25/2"},
                                                       {"$1,000.00", "1000"},
                                                       {"45%", "45"},
                                                       {"45\\%", "45"},
                                                       {"12 apples", "12"},
                                                       {"12 cm.", "12"},
                                                       {"−5", "-5"},
                                                       {"00012", "12"},
                                                       {"$5$", "5"},
                                                       {"3 / 4", "3/4"},
                                                       {"18 €", "18"},
                                                       {"18元", "18"},
                                                       {"¥18", "18"},
                                                       {"90°", "90"},
                                                       {"12 mètres", "12"},
                                                       {"1{,}234", "1234"},
                                                       {"1,\\!234", "1234"},
                                                       {"\\$5", "5"},
                                                       {"\\frac{3}{6}", "1/2"},
                                                       {"-\\dfrac{1}{3}", "-1/3"},
                                                       {"\\frac{-1}{3}", "-1/3"},
                                                       {"1.5/2.5", "3/5"},
                                                       {"1e999", "1" + std::string(999, '0')}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(ExactNumber, RefusesEverythingElse) {
  for (const char* text :
       {"", " ", "-", "abc", "1/0", "1//2", "12 or 13", "12-13", "1,23,4", "x = 5", "5x", "1e9999",
        "1 2", "3.4.5", "(3)", "٣", "３", "1e", "1 + 1", "--5", "0x10",
        // Digits of other scripts after ours, and signs that make another number of it.
        "1３", "1٣", "5 ٣", "5½", "2²", "5π", "2√2", "5万", "5 十", "5①", "5\xff", "5\xe4\xb8",
        // Words do so too, or offer a second answer.
        "5 million", "5 K", "5 bn", "5 fifths", "5 twenty", "5 M", "5 tens", "5 lakhs", "2 Dozen",
        "5 or six", "5 thousands", "0,123", "1,234,56", "1234,567", "\\frac{1}{0}", "\\frac{1}",
        "\\frac12", "\\frac{x}{2}", "1/-", "2/3/4", "1 1/2", "\\sqrt{2}", "5^2", "5!=120",
        "<answer>5"})
    EXPECT_EQ(parsed(text), "none") << text;
  EXPECT_EQ(parsed(std::string(5000, '9')), "none");
  EXPECT_EQ(parsed("0." + std::string(5000, '9')), "none");
}

TEST(Verify, ComparesExactly) {
  EXPECT_EQ(verify(Verifier::kNumber, "0.1", "1/10").verdict, Verdict::kCorrect);
  EXPECT_EQ(verify(Verifier::kNumber, "1000000000000000000001", "1000000000000000000000").verdict,
            Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kNumber, "0.333", "1/3").verdict, Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kNumber, "many", "3").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(verify(Verifier::kExact, "B", "B").verdict, Verdict::kCorrect);
  EXPECT_EQ(verify(Verifier::kExact, "B", "b").verdict, Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kExact, " B\n", "B").verdict, Verdict::kCorrect);
  EXPECT_EQ(verify(Verifier::kExact, "B C", "BC").verdict, Verdict::kWrong);
  EXPECT_EQ(verify(Verifier::kExact, " ", "").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(verify(Verifier::kNumber, "1e1000", "3").verdict, Verdict::kUnverifiable);
}

std::string answer(Extraction extraction, std::string_view text) {
  return std::string(extract_answer(extraction, text).value_or("none"));
}

TEST(Extraction, AnswerTagStandsOnceAfterTheThoughts) {
  const auto tag = Extraction::kAnswerTag;
  EXPECT_EQ(answer(tag, "<think> a </think> <answer> 42 </answer>"), "42");
  EXPECT_EQ(answer(tag, "<answer>42</answer>"), "42");
  EXPECT_EQ(answer(tag, "<answer> 1 </answer> <answer> 2 </answer>"), "none");
  EXPECT_EQ(answer(tag, "<think> <answer> 1 </answer> </think>"), "none");
  EXPECT_EQ(answer(tag, "<answer> <answer> 1 </answer>"), "none");
  EXPECT_EQ(answer(tag, "</answer> 1 <answer>"), "none");
  EXPECT_EQ(answer(tag, "<answer>  </answer>"), "none");
  EXPECT_EQ(answer(tag, "<answer> 1"), "none");
  EXPECT_EQ(answer(tag, "the answer is 1"), "none");
  EXPECT_EQ(answer(tag, "<answer> 1 </answer> <think> a </think>"), "none");
  EXPECT_EQ(answer(tag, "<think> <answer> 1 </answer> </think> <answer> 2 </answer>"), "none");
  EXPECT_EQ(answer(tag, "<ANSWER> 1 </ANSWER>"), "none");
  EXPECT_EQ(answer(tag, "<аnswer> 1 </аnswer>"), "none");  // the first letter is Cyrillic
}

TEST(Extraction, TakesNothingFromThoughtsThatNeverEnd) {
  const std::pair<Extraction, const char*> cases[] = {
      {Extraction::kAnswerTag, "<answer> 1 </answer>"},
      {Extraction::kBoxed, "\\boxed{1}"},
      {Extraction::kHash, "#### 1"}};
  for (const auto& [extraction, text] : cases) {
    EXPECT_EQ(answer(extraction, text), "1");
    EXPECT_EQ(answer(extraction, std::string("<think> a ") + text), "none") << text;
    EXPECT_EQ(answer(extraction, std::string("<think> a </think> ") + text), "1") << text;
    EXPECT_EQ(extract_answer(extraction, text, true), std::nullopt) << text;
    EXPECT_EQ(extract_answer(extraction, std::string("a </think>") + text, true), "1") << text;
  }
}

TEST(Extraction, BoxedIsTheLastAfterTheThoughts) {
  const auto box = Extraction::kBoxed;
  EXPECT_EQ(answer(box, "\\boxed{1} or \\boxed{\\frac{1}{2}}"), "\\frac{1}{2}");
  EXPECT_EQ(answer(box, "\\boxed{1} </think> none"), "none");
  EXPECT_EQ(answer(box, "\\boxed{1"), "none");
}

TEST(Extraction, HashAndLastNumber) {
  EXPECT_EQ(answer(Extraction::kHash, "work\n#### 1,234\nmore"), "1,234");
  EXPECT_EQ(answer(Extraction::kHash, "no mark"), "none");
  EXPECT_EQ(answer(Extraction::kLastNumber, "first 3, then -1,200.50."), "-1,200.50");
  EXPECT_EQ(answer(Extraction::kLastNumber, "x/5"), "5");
  EXPECT_EQ(answer(Extraction::kLastNumber, "nothing"), "none");
  EXPECT_EQ(answer(Extraction::kLastNumber, "10-4"), "4");
  EXPECT_EQ(answer(Extraction::kLastNumber, "x = -4"), "-4");
  EXPECT_EQ(answer(Extraction::kLastNumber, "-4"), "-4");
  EXPECT_EQ(answer(Extraction::kLastNumber, "it is...5"), "5");
  EXPECT_EQ(answer(Extraction::kLastNumber, "about .5"), ".5");
}

bool well_formed(std::string_view text, bool finished = true, bool open = false) {
  return check_format({text, finished, open}).verdict == Verdict::kCorrect;
}

TEST(Format, IsThoughtsThenAnswerAndNothingElse) {
  EXPECT_TRUE(well_formed("<think> a b </think> <answer> 4 </answer>"));
  EXPECT_TRUE(well_formed("<think></think>\n<answer>4</answer>\n"));
  EXPECT_TRUE(well_formed(" a </think><answer>4</answer>", true, true));
  EXPECT_FALSE(well_formed("<think> a </think> <answer> 4 </answer>", false));
  for (const char* text :
       {"", "<answer> 4 </answer>", "x <think> a </think> <answer> 4 </answer>",
        "<think> a <answer> 4 </answer>", "<think> a </think> <answer> 4",
        "<think> a </think> <answer> 4 </answer> x", "<think> a </think> <answer> </answer>",
        "<think> <think> a </think> </think> <answer> 4 </answer>",
        "<think> a </think> <answer> <answer> 4 </answer> </answer>",
        "<think> a </think> <answer> 4 </answer> <answer> 5 </answer>",
        "<answer> 4 </answer> <think> a </think>", "<think> a </think> so <answer> 4 </answer>",
        "<THINK> a </THINK> <answer> 4 </answer>", "<think> <answer> 4 </answer> </think>",
        "<thiпk> a </thiпk> <answer> 4 </answer>", "<think> a </think> <answer 4 </answer>",
        "<think> a </think> </answer> 4 <answer>"})
    EXPECT_FALSE(well_formed(text)) << text;
}

TEST(Score, AddsWeightedParts) {
  RewardConfig config;
  config.format_weight = 0.5;
  const auto total = [&](std::string_view text, std::string_view reference = "4") {
    return score(config, {Verifier::kNumber, reference}, {text}).total;
  };
  EXPECT_EQ(total("<think> a </think> <answer> 4 </answer>"), 1.5);
  EXPECT_EQ(total("<think> a </think> <answer> 5 </answer>"), 0.5);
  EXPECT_EQ(total("<answer> 4.0 </answer>"), 1);
  EXPECT_EQ(total("4"), 0);
  const Reward unknown =
      score(config, {Verifier::kNumber, "?"}, {"<think> a </think> <answer> 5 </answer>"});
  EXPECT_EQ(unknown.accuracy.verdict, Verdict::kUnverifiable);
  EXPECT_EQ(unknown.total, 0.5);  // the format is judged all the same
}

TEST(Score, RightAnswersInTheWrongPlaceEarnNothing) {
  for (const char* text :
       {"4", "<think> 4 </think>", "<think> a </think> 4", "<think> <answer> 4 </answer>",
        "<answer> 4 </answer> <think> a </think>", "<answer> 4 </answer> <answer> 4 </answer>",
        "<think> 4 </think> <answer> </answer>", "<answer> four </answer>"})
    EXPECT_EQ(score({}, {Verifier::kNumber, "4"}, {text}).accuracy.verdict, Verdict::kWrong)
        << text;
  // In a response whose prompt opened the thoughts, an answer before their end is a thought.
  EXPECT_EQ(score({}, {Verifier::kNumber, "4"}, {"<answer> 4 </answer>", true, true}).total, 0);
  EXPECT_EQ(
      score({}, {Verifier::kNumber, "4"}, {"a </think> <answer> 4 </answer>", true, true}).total,
      2);
  // A cut response may be right; it is not well formed.
  EXPECT_EQ(
      score({}, {Verifier::kNumber, "4"}, {"<think> a </think> <answer> 4 </answer>", false}).total,
      1);
}

TEST(Score, IsLinearInHostileText) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* piece : {"<think>", "<answer>", "{", "\\boxed{", "9", "1,", " ", "</think>", "x",
                            "元", ".", "####", "1 or "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    for (const auto& extraction : enum_names(Extraction{})) {
      RewardConfig config;
      config.extraction = extraction.value;
      score(config, {Verifier::kNumber, "4"}, {text});
    }
  }
  // 52 megabytes; a quadratic search would take hours. Not a measurement: a bound far above it.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

// Judged later: the answer in its tags, or the whole reply; both are well formed.
TEST(Score, LeavesAJudgedAnswerToTheJudge) {
  const Task task{Verifier::kJudge, "a reference", ""};
  const auto scored = [&](std::string_view text, bool finished = true) {
    return score(RewardConfig(), task, {text, finished});
  };
  for (const char* text :
       {"<think> t </think> <answer> it is </answer>", "<think> t </think> it is", "it is"}) {
    const Reward reward = scored(text);
    EXPECT_EQ(reward.answer, "it is") << text;
    EXPECT_EQ(reward.accuracy.verdict, Verdict::kUnverifiable) << text;
    EXPECT_EQ(reward.format.verdict, Verdict::kCorrect) << text << ": " << reward.format.reason;
    EXPECT_EQ(reward.total, 1) << text;
  }
  for (const char* text : {"", "<think> it is", "<think> t </think> <answer> </answer>"}) {
    EXPECT_EQ(scored(text).accuracy.verdict, Verdict::kWrong) << text;
    EXPECT_EQ(scored(text).total, 0) << text;
  }
  EXPECT_EQ(scored("it is", false).format.verdict, Verdict::kWrong);
}

}  // namespace
}  // namespace r1
