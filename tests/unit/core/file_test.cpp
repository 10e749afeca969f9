#include "libr1/core/file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "libr1/core/error.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class File : public ::testing::Test {
 protected:
  File() {
    std::string name = (fs::temp_directory_path() / "r1_file_test_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~File() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  size_t num_entries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

template <class Body>
void expect_error(Fault fault, const std::string& path, const std::string& reason, Body body) {
  try {
    body();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), fault);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(path), HasSubstr(reason)));
  }
}

TEST_F(File, GivesBackWhatWasWritten) {
  std::string all_bytes(3 << 20, '\0');  // more than one block of the reader
  for (size_t i = 0; i < all_bytes.size(); ++i) all_bytes[i] = static_cast<char>(i * 7 + i / 256);
  for (const std::string& bytes : {std::string(), std::string("one\n"), all_bytes}) {
    write_file(path("data"), bytes);
    EXPECT_EQ(read_file(path("data")), bytes);
  }
  EXPECT_EQ(num_entries(), 1u);
}

TEST_F(File, ReplacesInOneStep) {
  write_file(path("data"), "old");
  struct stat before, after;
  ::stat(path("data").c_str(), &before);
  fs::create_hard_link(path("data"), path("kept"));
  write_file(path("data"), "new");
  ::stat(path("data").c_str(), &after);
  EXPECT_EQ(read_file(path("kept")), "old");  // a reader who had it open keeps the old file whole
  EXPECT_EQ(read_file(path("data")), "new");
  EXPECT_NE(before.st_ino, after.st_ino);
}

TEST_F(File, OverwritesWhatAnEarlierCrashLeft) {
  write_file(path("data.part"), "half of something long");
  write_file(path("data"), "x");
  EXPECT_EQ(read_file(path("data")), "x");
  EXPECT_EQ(num_entries(), 1u);
}

// The temporary file leads to a device that is always full.
TEST_F(File, AFullDiskLeavesTheOldFileAndNothingElse) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  write_file(path("data"), "old");
  fs::create_symlink("/dev/full", path("data.part"));
  expect_error(Fault::kRun, path("data"), "No space left",
               [&] { write_file(path("data"), std::string(100000, 'x')); });
  EXPECT_EQ(read_file(path("data")), "old");
  EXPECT_EQ(num_entries(), 1u);
}

TEST_F(File, NamesAMissingFolder) {
  expect_error(Fault::kRun, path("none/data"), "No such file",
               [&] { write_file(path("none/data"), "x"); });
  expect_error(Fault::kInput, path("none/data"), "No such file",
               [&] { check_folder_of(path("none/data")); });
  check_folder_of(path("data"));
  check_folder_of("data");
  EXPECT_EQ(num_entries(), 0u);
}

TEST_F(File, AFolderInTheWayIsAnErrorAndLeavesNothing) {
  make_directories(path("data/inside"));
  expect_error(Fault::kInput, path("data"), "is a folder", [&] { write_file(path("data"), "x"); });
  EXPECT_EQ(num_entries(), 1u);
}

TEST_F(File, WritesWhereLinksLead) {
  make_directories(path("scratch"));
  fs::create_symlink("scratch/data", path("first"));
  fs::create_symlink(path("first"), path("second"));
  for (const char* bytes : {"new", "over an old one"}) {
    write_file(path("second"), bytes);
    EXPECT_EQ(read_file(path("scratch/data")), bytes);
  }
  EXPECT_TRUE(fs::is_symlink(path("first")));
  EXPECT_TRUE(fs::is_symlink(path("second")));
  fs::create_symlink("round", path("round"));
  expect_error(Fault::kInput, path("round"), "cannot follow the link",
               [&] { write_file(path("round"), "x"); });
}

TEST_F(File, PipesAndDevicesAreNotReplaced) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0666), 0);
  fs::create_symlink("/dev/full", path("device"));
  for (const char* name : {"pipe", "device"})
    expect_error(Fault::kInput, path(name), "is a pipe, a socket or a device",
                 [&] { write_file(path(name), "x"); });
  EXPECT_TRUE(fs::is_fifo(path("pipe")));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_EQ(num_entries(), 2u);
}

TEST_F(File, ReadingWhatIsMissingIsTheUsersFault) {
  expect_error(Fault::kInput, path("none"), "No such file", [&] { read_file(path("none")); });
  expect_error(Fault::kInput, folder_.string(), "directory", [&] { read_file(folder_.string()); });
}

TEST_F(File, TellsWhatExists) {
  write_file(path("data"), "");
  EXPECT_TRUE(file_exists(path("data")));
  EXPECT_TRUE(file_exists(folder_.string()));
  EXPECT_FALSE(file_exists(path("none")));
  EXPECT_FALSE(file_exists(path("data/below")));
}

TEST_F(File, MakesFoldersOnceAndAgain) {
  make_directories(path("a/b/c"));
  make_directories(path("a/b/c"));
  EXPECT_TRUE(fs::is_directory(path("a/b/c")));
  write_file(path("file"), "");
  expect_error(Fault::kInput, path("file/below"), "directory",
               [&] { make_directories(path("file/below")); });
}

TEST_F(File, SyncsFilesAndFolders) {
  write_file(path("data"), "x");
  sync_path(path("data"));
  sync_path(folder_.string());
  expect_error(Fault::kRun, path("none"), "No such file", [&] { sync_path(path("none")); });
}

TEST_F(File, WritesInTheWorkingFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  write_file("data", "x");
  fs::current_path(before);
  EXPECT_EQ(read_file(path("data")), "x");
}

TEST_F(File, TakesNamesInUtf8) {
  write_file(path("模型 é"), "x");
  EXPECT_EQ(read_file(path("模型 é")), "x");
}

}  // namespace
}  // namespace r1
