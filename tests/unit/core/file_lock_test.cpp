#include "libr1/core/file_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

using State = FileLock::State;

class FileLockTest : public ::testing::Test {
 protected:
  FileLockTest() { std::filesystem::remove(path_); }
  ~FileLockTest() override { std::filesystem::remove(path_); }

  const std::string path_ = ::testing::TempDir() + concat("r1_file_lock_", ::getpid());
};

TEST_F(FileLockTest, OneHoldsItAndTheOthersLearnWho) {
  {
    const FileLock first(path_, 0, "process 1");
    EXPECT_EQ(first.state(), State::kHeld);
    const FileLock second(path_, 0.2, "process 2");
    EXPECT_EQ(second.state(), State::kTaken);
    EXPECT_EQ(second.holder(), "process 1");
  }
  const FileLock third(path_, 0, "3");
  EXPECT_EQ(third.state(), State::kHeld);
  EXPECT_EQ(read_file(path_), "3");
}

TEST_F(FileLockTest, AKilledHolderIsWaitedForAndLeavesNothing) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const FileLock lock(path_, 0, "the child");
    static_cast<void>(::write(pipe[1], "x", 1));
    ::usleep(500'000);
    ::kill(::getpid(), SIGKILL);
  }
  char byte;
  ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
  EXPECT_EQ(FileLock(path_, 0, "").holder(), "the child");
  EXPECT_EQ(FileLock(path_, 20, "").state(), State::kHeld);
  ::waitpid(holder, nullptr, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(FileLockTest, AHolderThatLivesShowsIt) {
  std::optional<FileLock> second;
  {
    const FileLock first(path_, 0, "first", 0.05);
    second.emplace(path_, 0, "");
    EXPECT_EQ(second->state(), State::kTaken);
    EXPECT_TRUE(second->holder_lives(20));
  }
  ::usleep(200'000);
  EXPECT_FALSE(second->holder_lives(0.5));
}

TEST_F(FileLockTest, NamesWhatCannotBeMade) {
  try {
    const FileLock lock("/nowhere/lock", 0, "");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cannot create /nowhere/lock: No such file"));
  }
}

}  // namespace
}  // namespace r1
