// Conversations, compressed rows and the overlap of data sets.
#include "libr1/data/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "libr1/data/overlap.h"
#include "libr1/data/question_set.h"
#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::test_folder;

std::string shown(const std::vector<ChatMessage>& messages) {
  std::string text;
  for (const ChatMessage& message : messages) text += message.role + "=" + message.content + ";";
  return text;
}

TEST(ConversationTest, Dialogues) {
  EXPECT_EQ(
      shown(parse_dialogue("\n\nHuman: a\n\nAssistant: b\n\nHuman: c?\nd\n\nAssistant: e", "")),
      "user=a;assistant=b;user=c?\nd;assistant=e;");
  EXPECT_EQ(shown(parse_dialogue("Human: a\n\nAssistant:", "")), "user=a;assistant=;");
  EXPECT_THAT(message_of([] { parse_dialogue("hello", "f:3"); }),
              HasSubstr("f:3: the dialogue begins with 'hello'"));
  EXPECT_THAT(message_of([] { parse_dialogue("", "f:3"); }), HasSubstr("f:3"));
}

TEST(ConversationTest, Questions) {
  EXPECT_EQ(question_of({{"user", "a"}}), "a");
  EXPECT_EQ(question_of({{"system", "s"}, {"user", "a"}, {"assistant", "b"}, {"user", "c"}}),
            "s\n\nHuman: a\n\nAssistant: b\n\nHuman: c");
}

TEST(ConversationTest, MessagesOfRows) {
  const std::string path = test_folder() + "/rows.jsonl";
  testing::overwrite(
      path, R"({"messages": [{"role": "user", "content": "a"}]})"
            "\n"
            R"({"messages": [{"from": "human", "value": "b"}, {"from": "gpt", "value": "c"}]})"
            "\n"
            R"({"messages": [{"role": "tool", "content": "a"}]})");
  std::string found;
  EXPECT_THAT(message_of([&] {
                for_each_jsonl_row(path, [&](const JsonRow& row) {
                  found += shown(read_messages(row, "messages"));
                });
              }),
              HasSubstr("rows.jsonl:3, messages[0]: the role is 'tool'"));
  EXPECT_EQ(found, "user=a;user=b;assistant=c;");
}

std::string gzipped(const std::string& text) {
  const std::string path = test_folder() + "/text.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return read_file(path);
}

TEST(JsonlTest, ReadsCompressedRows) {
  std::string rows;
  for (int i = 0; i < 20000; ++i) rows += concat("{\"n\": ", i, "}\n\n");
  rows += "{\"n\": 20000}";  // without a line end
  const std::string bytes = gzipped(rows), path = test_folder() + "/rows.jsonl.gz";
  testing::overwrite(path, bytes);
  int64_t next = 0;
  for_each_jsonl_row(path, [&](const JsonRow& row) { EXPECT_EQ(row.integer("n"), next++); });
  EXPECT_EQ(next, 20001);
  const auto read = [&] { for_each_jsonl_row(path, [](const JsonRow&) {}); };
  testing::overwrite(path, bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(message_of(read), "no error");
  std::string flipped = bytes;
  flipped[bytes.size() / 2] ^= 0x10;
  testing::overwrite(path, flipped);
  EXPECT_NE(message_of(read), "no error");
  EXPECT_THAT(message_of([] { for_each_jsonl_row("nowhere.jsonl", [](const JsonRow&) {}); }),
              HasSubstr("cannot open nowhere.jsonl"));
}

void write_questions(const std::string& path, const std::vector<std::string>& texts) {
  DatasetWriter writer(path, question_columns());
  for (const std::string& text : texts) write_question(writer, {0, text, "1"});
  writer.close();
}

TEST(OverlapTest, CountsAndShowsRows) {
  const std::string folder = test_folder();
  write_questions(folder + "/a.h5", {"one two three four five", "six seven eight nine ten", "short",
                                     "two three, FOUR five and more"});
  write_questions(folder + "/b.h5", {"nothing alike here at all", "x two three four five y"});
  const Overlap overlap = find_overlap(folder + "/a.h5", folder + "/b.h5", 4, 1);
  EXPECT_EQ(overlap.rows, 4);
  EXPECT_EQ(overlap.other_rows, 2);
  EXPECT_EQ(overlap.overlapping, 2);
  ASSERT_EQ(overlap.examples.size(), 1u);
  EXPECT_EQ(overlap.examples[0].row, 0);
  EXPECT_EQ(overlap.examples[0].other_row, 1);
  EXPECT_EQ(find_overlap(folder + "/a.h5", folder + "/b.h5", 5, 9).overlapping, 0);
  EXPECT_EQ(find_overlap(folder + "/a.h5", folder + "/a.h5", 10, 9).overlapping, 4);
  DatasetWriter other(folder + "/c.h5", {{"tokens", ColumnKind::kTokens}});
  other.close();
  EXPECT_THAT(message_of([&] { find_overlap(folder + "/a.h5", folder + "/c.h5", 4, 1); }),
              HasSubstr("has no column 'question'"));
}

}  // namespace
}  // namespace r1
