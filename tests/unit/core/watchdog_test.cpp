#include "libr1/core/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "libr1/core/crash_report.h"
#include "libr1/core/error.h"
#include "libr1/core/work_watch.h"

namespace r1 {
namespace {

TEST(Watchdog, EndsTheProcessWithItsMessage) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const Watchdog watchdog(0.05, "a save took too long", 70);
        std::this_thread::sleep_for(std::chrono::seconds(20));
      },
      ::testing::ExitedWithCode(70), "a save took too long");
}

TEST(Watchdog, DoesNothingInTime) {
  for (int i = 0; i < 100; ++i) const Watchdog watchdog(60, "never", 70);
}

TEST(WorkWatch, EndsTheProcessThatWaitsInVain) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        WorkWatch watch(0.05, "rank 1 of 2 on here");
        watch.add("a sum", [] { return false; });
        std::this_thread::sleep_for(std::chrono::seconds(60));
      },
      ::testing::ExitedWithCode(70),
      "rank 1 of 2 on here, 'a sum': waited 0 s for the other ranks; a rank is dead");
}

TEST(WorkWatch, SaysWhyWorkHasFailed) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        set_crash_place("r1-zero, step 3");
        WorkWatch watch(60, "rank 0 of 2 on here");
        watch.add("a gather", []() -> bool { throw_error(Fault::kRun, "the cable is out"); });
        std::this_thread::sleep_for(std::chrono::seconds(60));
      },
      ::testing::ExitedWithCode(70),
      "r1-zero, step 3: rank 0 of 2 on here, 'a gather': the cable is out");
}

// A driver may hold up whoever asks it.
TEST(WorkWatch, EndsTheProcessWhenTheQuestionIsNotAnswered) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        WorkWatch watch(0.05, "rank 1 of 2 on here");
        watch.add("a sum", []() -> bool {
          std::this_thread::sleep_for(std::chrono::seconds(60));
          return true;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      },
      ::testing::ExitedWithCode(70), "'a sum': waited 0 s for the other ranks");
}

// Each piece has its own time, which begins when the one before it is done.
TEST(WorkWatch, AsksInOrderAndForgetsWhatIsDone) {
  std::atomic<int> done{0};
  std::vector<int> order;
  {
    WorkWatch watch(60, "rank 0");
    for (int piece = 0; piece < 50; ++piece)
      watch.add("a piece", [&, piece, asked = 0]() mutable {
        if (piece % 10 == 0 && asked++ < 2) return false;
        order.push_back(piece);
        ++done;
        return true;
      });
    while (done < 50) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    watch.add("never done", [] { return false; });
  }  // forgotten
  for (int piece = 0; piece < 50; ++piece) EXPECT_EQ(order[static_cast<size_t>(piece)], piece);
}

}  // namespace
}  // namespace r1
