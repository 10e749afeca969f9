#include "libr1/core/watchdog.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

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

}  // namespace
}  // namespace r1
