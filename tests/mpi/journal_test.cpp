// Samples on disk: what ranks have drawn comes back in one order, however many messages it takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "libr1/rollout/sample_journal.h"
#include "tests/mpi/world.h"

namespace r1 {
namespace {

using testing::world;

constexpr int64_t kQuestions = 23, kFirst = 100;
constexpr int32_t kSamples = 3;

// Of the rank whose turn the question is; the last rank has drawn nothing.
std::vector<AnsweredSample> drawn(const Question& question, int ranks) {
  std::vector<AnsweredSample> mine;
  for (int64_t i = kQuestions - 1; i >= 0; --i) {
    if (i % std::max(1, ranks - 1) != world().rank()) continue;
    for (int32_t sample = 0; sample < kSamples; ++sample) {
      AnsweredSample a;
      a.sample.question = i;
      a.sample.sample = sample;
      a.sample.tokens.assign(static_cast<size_t>(1 + i % 5), static_cast<int32_t>(i));
      a.question = &question;
      a.text = std::string(static_cast<size_t>(i * 7), 'a') + std::to_string(sample);
      a.reward.answer = std::to_string(i);
      a.reward.accuracy = {i % 2 ? Verdict::kCorrect : Verdict::kWrong, "as it is"};
      a.reward.total = 0.5 * static_cast<double>(i);
      mine.push_back(std::move(a));
    }
  }
  return mine;
}

TEST(SampleJournal, IsTheSameInOneMessageAndInMany) {
  Question question;
  question.answer = "1";
  question.verifier = Verifier::kNumber;
  const auto mine = drawn(question, world().size());
  for (const int64_t message_bytes : {int64_t{1} << 30, int64_t{400}, int64_t{1}}) {
    const std::string folder = "journal-" + std::to_string(world().size());
    {
      SampleJournal journal(folder, world(), message_bytes);
      journal.append(mine, kFirst);
      journal.append({}, kFirst + kQuestions);  // of which nobody has anything
    }
    const SampleJournal journal(folder, world());
    EXPECT_EQ(journal.intervals(), 2);
    int64_t count = 0;
    journal.for_each([&](const JournalEntry& entry) {
      const int64_t i = count / kSamples;
      EXPECT_EQ(entry.graded.question, kFirst + i);
      EXPECT_EQ(entry.graded.sample, count % kSamples);
      EXPECT_EQ(entry.graded.verdict, i % 2 ? Verdict::kCorrect : Verdict::kWrong);
      EXPECT_EQ(entry.response,
                std::string(static_cast<size_t>(i * 7), 'a') + std::to_string(count % kSamples));
      EXPECT_EQ(entry.tokens,
                std::vector<int32_t>(static_cast<size_t>(1 + i % 5), static_cast<int32_t>(i)));
      EXPECT_EQ(entry.answer, std::to_string(i));
      EXPECT_EQ(entry.reward, 0.5 * static_cast<double>(i));
      ++count;
    });
    EXPECT_EQ(count, kQuestions * kSamples);
    world().barrier("all have read");
    if (world().rank() == 0) journal.remove();
    world().barrier("the journal is gone");
  }
}

}  // namespace
}  // namespace r1
