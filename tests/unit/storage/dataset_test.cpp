#include "libr1/storage/dataset.h"

#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::test_folder;

const std::vector<Column> kColumns = {{"name", ColumnKind::kText},
                                      {"count", ColumnKind::kInteger},
                                      {"rate", ColumnKind::kNumber},
                                      {"tokens", ColumnKind::kTokens}};

std::vector<int32_t> tokens_of(int64_t row) {
  return std::vector<int32_t>(static_cast<size_t>(row % 5), static_cast<int32_t>(row));
}

void add_rows(DatasetWriter& writer, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    writer.add_text("name", row % 3 ? concat("row ", row) : "");
    writer.add_integer("count", row * row);
    writer.add_number("rate", 0.5 * static_cast<double>(row));
    writer.add_tokens("tokens", tokens_of(row));
    writer.end_row();
  }
}

void expect_rows(const std::string& path, int64_t rows) {
  const DatasetReader reader(path);
  ASSERT_EQ(reader.rows(), rows);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = i * 7919 % rows;  // out of order
    ASSERT_EQ(reader.text("name", row), row % 3 ? concat("row ", row) : "");
    ASSERT_EQ(reader.integer("count", row), row * row);
    ASSERT_EQ(reader.number("rate", row), 0.5 * static_cast<double>(row));
    ASSERT_EQ(reader.tokens("tokens", row), tokens_of(row));
  }
}

TEST(Dataset, RoundTripsAndGrows) {
  const std::string path = test_folder() + "/in/folders/a.h5";
  {
    DatasetWriter writer(path, kColumns);
    writer.attribute("source", "a test");
    add_rows(writer, 0, 5000);  // more than a block of the reader
    EXPECT_FALSE(file_exists(path));
    writer.close();
  }
  expect_rows(path, 5000);
  EXPECT_FALSE(file_exists(path + ".part"));
  EXPECT_EQ(DatasetReader(path).attribute("source"), "a test");
  {
    DatasetWriter writer(path, kColumns, true);
    add_rows(writer, 5000, 5010);
    writer.flush();
    expect_rows(path, 5010);
    add_rows(writer, 5010, 5020);
  }  // a crash: rows that were not flushed are not there
  expect_rows(path, 5010);
}

TEST(Dataset, MayBeEmpty) {
  const std::string path = test_folder() + "/a.h5";
  DatasetWriter(path, kColumns).close();
  EXPECT_EQ(DatasetReader(path).rows(), 0);
  EXPECT_THAT(message_of([&] { DatasetReader(path).text("name", 0); }),
              HasSubstr("row 0 of column 'name' was asked for, there are 0"));
}

TEST(Dataset, RowsMustBeWhole) {
  DatasetWriter writer(test_folder() + "/a.h5", kColumns);
  writer.add_text("name", "x");
  EXPECT_THAT(message_of([&] { writer.end_row(); }, Fault::kRun),
              HasSubstr("column 'count' is not set in row 0"));
  EXPECT_THAT(message_of([&] { writer.add_text("name", "y"); }, Fault::kRun),
              HasSubstr("column 'name' is set twice in row 0"));
  EXPECT_THAT(message_of([&] { writer.add_text("count", "y"); }, Fault::kRun),
              HasSubstr("column 'count' holds integer, not text"));
}

TEST(Dataset, RefusesOtherColumnsAndKinds) {
  const std::string path = test_folder() + "/a.h5";
  DatasetWriter writer(path, kColumns);
  add_rows(writer, 0, 3);
  writer.close();
  EXPECT_THAT(message_of([&] {
                DatasetWriter(path, {{"name", ColumnKind::kText}}, true);
              }),
              HasSubstr("its columns are\nname text\ncount integer"));
  const DatasetReader reader(path);
  EXPECT_THAT(message_of([&] { reader.text("answer", 0); }), HasSubstr("no column 'answer'"));
  EXPECT_THAT(message_of([&] { reader.integer("name", 0); }), HasSubstr("is of another kind"));
}

TEST(Dataset, IsWrittenWhereLinksLead) {
  const std::string folder = test_folder();
  std::filesystem::create_symlink("there.h5", folder + "/link.h5");
  std::filesystem::create_symlink("/dev/full", folder + "/device.h5");
  DatasetWriter writer(folder + "/link.h5", kColumns);
  add_rows(writer, 0, 3);
  writer.close();
  EXPECT_TRUE(std::filesystem::is_symlink(folder + "/link.h5"));
  expect_rows(folder + "/there.h5", 3);
  EXPECT_THAT(message_of([&] { DatasetWriter(folder + "/device.h5", kColumns); }),
              HasSubstr("/device.h5 is a pipe, a socket or a device"));
}

TEST(Dataset, RefusesEveryTruncation) {
  const std::string folder = test_folder();
  {
    DatasetWriter writer(folder + "/a.h5", kColumns);
    add_rows(writer, 0, 2000);
    writer.close();
  }
  const std::string bytes = read_file(folder + "/a.h5");
  for (size_t i = 0; i < 200; ++i) {
    testing::overwrite(folder + "/cut.h5", bytes.substr(0, bytes.size() * i / 200));
    EXPECT_NE(message_of([&] { DatasetReader(folder + "/cut.h5").tokens("tokens", 1999); }),
              "no error");
  }
}

}  // namespace
}  // namespace r1
