#include "libr1/reward/vote.h"

#include <gtest/gtest.h>

namespace r1 {
namespace {

std::string vote(Verifier verifier, const char* reference, const char* answer) {
  return vote_of({verifier, reference}, answer, verify(verifier, reference, answer).verdict);
}

void expect_one_vote(Verifier verifier, const char* reference, std::vector<const char*> answers) {
  for (const char* answer : answers)
    EXPECT_EQ(vote(verifier, reference, answer), vote(verifier, reference, answers[0]))
        << answer << " and " << answers[0];
}

TEST(Vote, SpellingsOfOneAnswerVoteTogether) {
  expect_one_vote(Verifier::kChoice, "C", {"C", "(C)", "C.", "The answer is C"});
  expect_one_vote(Verifier::kChoice, "C", {"A", "(A)", "A."});  // wrong ones as well
  expect_one_vote(Verifier::kNumber, "1234", {"1,234", "1234", "1234.0", "$1,234"});
  expect_one_vote(Verifier::kNumber, "7", {"1/2", "0.5", "\\frac{1}{2}"});
  expect_one_vote(Verifier::kMath, "x^2-1", {"(x-1)(x+1)", "x^2 - 1", "-1 + x^2"});
  expect_one_vote(Verifier::kMath, "7", {"\\frac12", "\\frac{1}{2}"});
  expect_one_vote(Verifier::kExact, "yes", {"yes", " yes\n"});
}

TEST(Vote, DifferentAnswersDoNot) {
  for (const Verifier verifier : {Verifier::kNumber, Verifier::kMath, Verifier::kExact})
    EXPECT_NE(vote(verifier, "7", "8"), vote(verifier, "7", "9"));
  EXPECT_NE(vote(Verifier::kMath, "7", "x+1"), vote(Verifier::kMath, "7", "x+2"));
  EXPECT_NE(vote(Verifier::kNumber, "7", "7"), vote(Verifier::kNumber, "7", "seven"));
}

// The verifier knows more than the voters: two right answers need not be the same one.
TEST(Vote, WhereManyAnswersAreRightEachStandsForItself) {
  EXPECT_NE(vote_of({Verifier::kCode, "tests"}, "def f(): return 1", Verdict::kCorrect),
            vote_of({Verifier::kCode, "tests"}, "f = lambda: 1", Verdict::kCorrect));
  EXPECT_NE(vote_of({Verifier::kJudge, "Paris"}, "It is Paris", Verdict::kCorrect),
            vote_of({Verifier::kJudge, "Paris"}, "Paris, of course", Verdict::kCorrect));
  EXPECT_NE(vote(Verifier::kCountdown, "6 from 1 2 3", "1+2+3"),
            vote(Verifier::kCountdown, "6 from 1 2 3", "1*2*3"));
}

TEST(Vote, NoAnswerIsNoVote) {
  EXPECT_EQ(vote(Verifier::kNumber, "7", " \n"), "");
  EXPECT_EQ(vote(Verifier::kMath, "7", ""), "");
}

}  // namespace
}  // namespace r1
