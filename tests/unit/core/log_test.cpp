#include "libr1/core/log.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "libr1/core/file.h"

namespace r1 {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Log : public ::testing::Test {
 protected:
  Log() {
    std::string name = (std::filesystem::temp_directory_path() / "r1_log_test_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    file_ = (folder_ / "log").string();
  }
  ~Log() override {
    start_log(0, 1, LogLevel::kInfo, "");
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path folder_;
  std::string file_;
};

TEST_F(Log, ALaterRankPrintsWarningsAndKeepsEverythingInItsFile) {
  ::testing::internal::CaptureStderr();
  start_log(3, 4, LogLevel::kInfo, file_);
  log_info("step ", 5, " done");
  log_warning("slow");
  const std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, AllOf(HasSubstr("slow"), HasSubstr("[3]"), Not(HasSubstr("step 5"))));
  EXPECT_THAT(read_file(file_), AllOf(HasSubstr("[3] step 5 done"), HasSubstr("slow")));
}

TEST_F(Log, WhatIsBelowTheLevelGoesNowhere) {
  start_log(1, 2, LogLevel::kWarning, file_);
  log_info("a detail");
  log_warning("slow");
  EXPECT_THAT(read_file(file_), AllOf(HasSubstr("slow"), Not(HasSubstr("a detail"))));
}

TEST_F(Log, TextIsNotAFormat) {
  start_log(0, 1, LogLevel::kInfo, file_);
  log_info("a {} brace { and %s");
  EXPECT_THAT(read_file(file_), HasSubstr("a {} brace { and %s"));
}

TEST_F(Log, LinesOfThreadsStayWhole) {
  start_log(1, 2, LogLevel::kInfo, file_);  // rank 1: to the file only
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) log_info("thread ", t, " line ", i, " end");
    });
  for (std::thread& thread : threads) thread.join();
  const std::string text = read_file(file_);
  size_t whole = 0;
  for (size_t at = 0; (at = text.find(" end\n", at)) != text.npos; ++at) ++whole;
  EXPECT_EQ(whole, 800u);
}

TEST_F(Log, AFileThatCannotBeWrittenIsTheUsersFault) {
  const std::string path = (folder_ / "a_file").string();
  write_file(path, "");
  try {
    start_log(0, 1, LogLevel::kInfo, path + "/log");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput);
    EXPECT_THAT(error.what(), HasSubstr(path));
  }
}

}  // namespace
}  // namespace r1
