#include "stages/selection.h"

#include <gtest/gtest.h>

#include "libr1/core/error.h"

namespace r1 {
namespace {

JournalEntry correct(const std::string& response, const std::string& answer = "7") {
  JournalEntry entry;
  entry.graded.verdict = Verdict::kCorrect;
  entry.graded.well_formed = true;
  entry.response = response;
  entry.answer = answer;
  return entry;
}

// The example that becomes of a sample, or why none does.
std::string selected(const CollectionSettings& settings, const JournalEntry& entry,
                     bool thoughts_open = false) {
  Selection selection(settings, {0}, thoughts_open);
  const auto text = selection.select(entry, Question{}, 0);
  if (text) return *text;
  std::string why;
  for (const auto& [reason, count] : selection.counts())
    if (reason != "sampled") why = reason;
  return why;
}

TEST(Selection, KeepsTheThoughtsThatThePromptHasOpened) {
  CollectionSettings settings;
  const JournalEntry entry = correct("one and six </think> <answer> 7 </answer>");
  EXPECT_EQ(selected(settings, entry, true), "<think>\none and six </think> <answer> 7 </answer>");
  settings.response_form = "<think> {thoughts} </think> <answer> {answer} </answer>";
  const std::string whole = "<think> one and six </think> <answer> 7 </answer>";
  EXPECT_EQ(selected(settings, entry, true), whole);
  EXPECT_EQ(selected(settings, correct(whole)), whole);
}

TEST(Selection, AnAnswerKeepsItsLines) {
  CollectionSettings settings;
  settings.response_form = "{answer}";
  const std::string program = "def f(x):\n    y = 2 * x\n    return y";
  EXPECT_EQ(selected(settings, correct("<think> t </think> <answer>" + program, program)), program);
}

// The answer to a question for a program is one.
TEST(Selection, CodeBlocksAndParagraphsAreLookedForInTheThoughts) {
  CollectionSettings settings;
  settings.readable.max_paragraph_words = 8;
  const std::string block = "\n```python\ndef f(x):\n  return x\n```\n",
                    words = " one two three four five six seven eight nine ";
  for (const bool open : {false, true}) {
    const std::string begin = open ? "" : "<think>", tag = open ? "<think>\n" : "";
    const std::string good = begin + " short </think> <answer>" + block + words + "</answer>";
    EXPECT_EQ(selected(settings, correct(good), open), tag + good);
    EXPECT_EQ(selected(settings, correct(begin + block + "</think> 7"), open), "code block");
    EXPECT_EQ(selected(settings, correct(begin + words + "</think> 7"), open), "long paragraph");
  }
  EXPECT_EQ(selected(settings, correct("no thoughts" + block)), "code block");
}

TEST(Selection, AFormHoldsPartsOfTheResponseAndNoOthers) {
  for (const char* form : {"{response}", "<think> {thoughts} </think> {answer}", "{x {answer} {}"})
    EXPECT_NO_THROW(check_response_form(form)) << form;
  for (const char* form : {"", "hello", "hello {reponse}", "{response} {domain}", "{}"})
    EXPECT_THROW(check_response_form(form), Error) << form;
}

TEST(Selection, SaysWhy) {
  CollectionSettings settings;
  JournalEntry entry = correct("<think> a </think> b");
  entry.graded.verdict = Verdict::kUnverifiable;
  EXPECT_EQ(selected(settings, entry), "unverifiable");
  entry.graded.verdict = Verdict::kWrong;
  EXPECT_EQ(selected(settings, entry), "wrong answer");
  entry.graded.verdict = Verdict::kCorrect;
  entry.graded.well_formed = false;
  EXPECT_EQ(selected(settings, entry), "not in the format");
  settings.readable.require_format = false;
  EXPECT_EQ(selected(settings, entry), entry.response);
}

}  // namespace
}  // namespace r1
