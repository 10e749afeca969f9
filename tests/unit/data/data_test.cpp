#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "libr1/data/document_set.h"
#include "libr1/data/jsonl.h"
#include "libr1/data/question_mix.h"
#include "libr1/data/question_set.h"
#include "libr1/data/shuffled_cursor.h"
#include "tests/unit/message_of.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

std::string path_of(const std::string& name) { return ::testing::TempDir() + "r1_data_" + name; }

TEST(ShuffledCursor, EachEpochIsAPermutationAndResumesExactly) {
  ShuffledCursor whole(7, 1, "questions"), resumed(7, 1, "questions");
  std::vector<int64_t> order;
  for (int i = 0; i < 21; ++i) order.push_back(whole.next());
  for (int epoch = 0; epoch < 3; ++epoch)
    EXPECT_EQ(std::set(order.begin() + 7 * epoch, order.begin() + 7 * (epoch + 1)).size(), 7u);
  EXPECT_NE(std::vector(order.begin(), order.begin() + 7),
            std::vector(order.begin() + 7, order.begin() + 14));
  for (int64_t at : {0, 3, 7, 13, 20}) {
    resumed.restore(at);
    EXPECT_EQ(resumed.next(), order[static_cast<size_t>(at)]);
  }
}

std::string write_questions(const std::string& name, const std::vector<Question>& questions) {
  DatasetWriter writer(path_of(name), question_columns());
  for (const Question& question : questions) write_question(writer, question);
  writer.close();
  return path_of(name);
}

TEST(QuestionSet, ReadsWhatWasWritten) {
  const auto path =
      write_questions("questions.h5", {{5, "1+1?", "2", Verifier::kNumber, "en", "test"},
                                       {6, "which?", "B", Verifier::kExact, "", ""}});
  const QuestionSet set(path);
  ASSERT_EQ(set.size(), 2);
  EXPECT_EQ(set[0].question, "1+1?");
  EXPECT_EQ(set[1].verifier, Verifier::kExact);
}

TEST(QuestionSet, NamesTheBadRow) {
  const auto error = [&](Question bad) {
    const auto path = write_questions("bad.h5", {{0, "a", "1"}, bad});
    return message_of([&] { QuestionSet set(path); });
  };
  EXPECT_THAT(error({1, "", "2"}), HasSubstr("bad.h5, row 1: the question is empty"));
  EXPECT_THAT(error({1, "a", ""}), HasSubstr("row 1: the answer is empty"));
  EXPECT_THAT(error({1, "a", "many"}), HasSubstr("row 1: the reference many is no number"));
  EXPECT_THAT(error({1, "a", " ", Verifier::kExact}), HasSubstr("row 1: the reference is empty"));
  const auto empty = write_questions("empty.h5", {});
  EXPECT_THAT(message_of([&] { QuestionSet set(empty); }), HasSubstr("has no questions"));
}

TEST(QuestionSet, NamesAnUnknownVerifierAndAMissingColumn) {
  const auto write = [](const char* column, const char* verifier) {
    DatasetWriter writer(path_of("odd.h5"), {{"id", ColumnKind::kInteger},
                                             {"question", ColumnKind::kText},
                                             {"answer", ColumnKind::kText},
                                             {column, ColumnKind::kText}});
    writer.add_integer("id", 0);
    writer.add_text("question", "a");
    writer.add_text("answer", "1");
    writer.add_text(column, verifier);
    writer.end_row();
    writer.close();
  };
  const auto read = [] { QuestionSet set(path_of("odd.h5")); };
  write("verifier", "numbr");
  EXPECT_THAT(message_of(read), HasSubstr("odd.h5, row 0: the verifier 'numbr' is unknown"));
  write("verifier", "exact");
  EXPECT_EQ(message_of(read), "no error");  // language and source may be missing
  write("grader", "exact");
  EXPECT_THAT(message_of(read), ::testing::AllOf(HasSubstr("odd.h5"), HasSubstr("verifier")));
}

TEST(QuestionMix, ResumesFromItsCountersAndRefusesThoseOfAnotherStage) {
  const auto a = write_questions("a.h5", {{1, "1", "1"}, {2, "2", "2"}, {3, "3", "3"}});
  const auto b = write_questions("b.h5", {{4, "4", "4"}, {5, "5", "5"}});
  const QuestionMixConfig config{{"a=" + a, "b=" + b}, {2, 1}, {}};
  const auto tokens = [](const Question&) { return 1; };
  QuestionMix whole(config, "", 1, {1, 2}, tokens), resumed(config, "", 1, {1, 2}, tokens);
  for (int64_t step = 0; step < 7; ++step) whole.next(step);
  resumed.restore(whole.taken());
  for (int64_t step = 7; step < 14; ++step)
    EXPECT_EQ(resumed.next(step).id, whole.next(step).id) << step;
  const Counters of_sft = {{"step", 10}, {"documents_taken", 80}};
  EXPECT_THAT(message_of([&] { resumed.restore(of_sft); }), HasSubstr("another kind of stage"));
}

TEST(QuestionMix, LeavesOutWhatHasNoRoomAndSaysTheNumbersWhenNothingHas) {
  const auto path = write_questions("room.h5", {{1, "aaaaa", "1"}, {2, "aaaa", "2"}});
  const QuestionMixConfig config{{"a=" + path}, {}, {}};
  const auto tokens = [](const Question& question) {
    return static_cast<int64_t>(question.question.size());
  };
  const QuestionMix mix(config, "", 1, {6, 10}, tokens);
  EXPECT_EQ(mix.size(), 1);
  EXPECT_EQ(mix.left_out(), 1);
  EXPECT_THAT(message_of([&] {
                QuestionMix(config, "", 1, {6, 9}, tokens);
              }),
              HasSubstr("room.h5: the shortest prompt, of 4 tokens, leaves no room for "
                        "rollout.max_new_tokens 6 within compute.max_positions 9; raise it, or "
                        "lower rollout.max_new_tokens"));
  EXPECT_THAT(message_of([&] {
                QuestionMix(config, "", 1, {12, 9}, tokens);
              }),
              HasSubstr("no room for rollout.max_new_tokens 12"));
}

TEST(DocumentSet, RefusesTokensOfAnotherVocabulary) {
  DatasetWriter writer(path_of("documents.h5"), document_columns());
  for (const int32_t last : {3, 9}) {
    writer.add_tokens("tokens", std::vector<int32_t>{1, 2, last});
    writer.add_integer("loss_from", 2);
    writer.add_text("kind", "test");
    writer.end_row();
  }
  writer.close();
  EXPECT_THAT(message_of([] { DocumentSet set(path_of("documents.h5"), 9); }),
              HasSubstr("row 1: token 9 is not one of the model's 9"));
}

TEST(DocumentSet, RefusesALossOutsideTheDocument) {
  for (const int64_t loss_from : {-1, 0, 1, 3, 4}) {
    DatasetWriter writer(path_of("loss.h5"), document_columns());
    writer.add_tokens("tokens", std::vector<int32_t>{1, 2, 3});
    writer.add_integer("loss_from", loss_from);
    writer.add_text("kind", "test");
    writer.end_row();
    writer.close();
    const auto message = message_of([] { DocumentSet set(path_of("loss.h5"), 10); });
    if (loss_from >= 1 && loss_from <= 3) {
      EXPECT_EQ(message, "no error");
    } else {
      EXPECT_THAT(message, HasSubstr(concat("row 0: loss_from is ", loss_from)));
    }
  }
}

std::string jsonl_error(const std::string& text) {
  const std::string path = path_of("rows.jsonl");
  std::ofstream(path) << text;
  return message_of([&] {
    for_each_jsonl_row(path, [](const JsonRow& row) {
      row.text("question");
      row.integer("id");
    });
  });
}

TEST(Jsonl, NamesFileLineAndField) {
  const std::string good = R"({"question": "a", "id": 1})"
                           "\n";
  EXPECT_EQ(jsonl_error(good + "\n" + good), "no error");
  EXPECT_THAT(jsonl_error(""), HasSubstr("has no rows"));
  EXPECT_THAT(jsonl_error(good + "{\"question\": \"a"), HasSubstr("rows.jsonl:2: not JSON"));
  EXPECT_THAT(jsonl_error(good + "[1]"), HasSubstr("rows.jsonl:2: expected a JSON object"));
  EXPECT_THAT(jsonl_error(R"({"id": 1, "text": 3})"),
              HasSubstr("rows.jsonl:1: the field 'question' is missing; the row has id, text"));
  EXPECT_THAT(jsonl_error(R"({"id": "x", "question": 3})"), HasSubstr("expected an integer"));
  EXPECT_THAT(jsonl_error(R"({"id": 1, "question": [3]})"), HasSubstr("expected a text"));
  EXPECT_THAT(jsonl_error(R"({"id": 18446744073709551615, "question": "a"})"),
              HasSubstr("expected an integer"));
  EXPECT_THAT(jsonl_error(R"({"id": 1.5, "question": "a"})"), HasSubstr("expected an integer"));
  const std::string message =
      jsonl_error(R"({"id": 1, "question": [")" + std::string(1'000'000, 'x') + R"("]})");
  EXPECT_LT(message.size(), 400u);
  EXPECT_THAT(message_of([] { for_each_jsonl_row("/no/such", [](const JsonRow&) {}); }),
              HasSubstr("/no/such"));
}

std::string text_of(const std::string& json) {
  const std::string path = path_of("text.jsonl");
  std::ofstream(path) << "{\"a\": {\"b\": [1, {}]}, \"answer\": " << json << ", \"c\": [[], 2]}\n";
  std::string text;
  for_each_jsonl_row(path, [&](const JsonRow& row) { text = row.text("answer"); });
  return text;
}

TEST(Jsonl, IntegersOfAnyLengthAreTextsDigitForDigit) {
  for (const char* integer :
       {"0", "-7", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
        "18446744073709551616", "12345678901234567890123", "-12345678901234567890123"})
    EXPECT_EQ(text_of(integer), integer);
  EXPECT_EQ(text_of("1.50"), "1.5");
  EXPECT_EQ(text_of("\"x\\u00e9\""), "xé");
  EXPECT_THAT(message_of([] { text_of("1e999"); }), HasSubstr("text.jsonl:1: not JSON"));
  EXPECT_THAT(jsonl_error(R"({"id": 12345678901234567890123, "question": "a"})"),
              HasSubstr("the field 'id' is \"12345678901234567890123\", expected an integer"));
}

TEST(Jsonl, RefusesDeepValues) {
  EXPECT_THAT(message_of([] { text_of(std::string(100'000, '[') + std::string(100'000, ']')); }),
              HasSubstr("text.jsonl:1: JSON nested more than 512 deep"));
}

// Every reference of the test split, against the digits and commas that stand there.
TEST(Gsm8k, EveryReferenceIsRead) {
  const char* data = std::getenv("R1_TEST_DATA");
  if (!data) GTEST_SKIP() << "R1_TEST_DATA is not set";
  int64_t rows = 0;
  for_each_jsonl_row(std::string(data) + "/gsm8k/test.jsonl", [&](const JsonRow& row) {
    const std::string solution = row.text("answer");
    std::string plain = solution.substr(solution.find("#### ") + 5);
    std::erase(plain, ',');
    const auto reference = extract_answer(Extraction::kHash, solution);
    ASSERT_TRUE(reference) << row.where();
    EXPECT_EQ(verify(Verifier::kNumber, *reference, plain).verdict, Verdict::kCorrect)
        << row.where();
    EXPECT_EQ(verify(Verifier::kNumber, *reference, plain + "1").verdict, Verdict::kWrong)
        << row.where();
    EXPECT_EQ(verify(Verifier::kNumber, *reference, std::to_string(std::stoll(plain))).verdict,
              Verdict::kCorrect)
        << row.where();
    ++rows;
  });
  EXPECT_EQ(rows, 1319);
}

}  // namespace
}  // namespace r1
