#include "libr1/core/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "libr1/core/error.h"

namespace r1 {
namespace {

TEST(ThreadPool, CoversEveryItemOnceInGrains) {
  for (const int num_threads : {1, 2, 3, 8}) {
    ThreadPool pool(num_threads);
    EXPECT_EQ(pool.num_threads(), num_threads);
    for (const int64_t count : {0, 1, 2, 7, 64, 1000, 1001}) {
      for (const int64_t grain : {1, 2, 7, 64, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
        std::atomic<bool> ranges_ok = true;
        pool.parallel_for(count, grain, [&](int64_t begin, int64_t end) {
          if (begin % grain != 0 || end != std::min(count, begin + grain)) ranges_ok = false;
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
        });
        EXPECT_TRUE(ranges_ok);
        for (const auto& n : visits) ASSERT_EQ(n, 1) << count << " by " << grain;
      }
    }
  }
}

TEST(ThreadPool, TakesGrainsAndCountsThatMakeNoSense) {
  ThreadPool pool(2);
  int64_t items = 0;
  pool.parallel_for(-5, 1, [&](int64_t begin, int64_t end) { items += end - begin; });
  EXPECT_EQ(items, 0);
  std::atomic<int64_t> many = 0;
  pool.parallel_for(10, 0, [&](int64_t begin, int64_t end) { many += end - begin; });
  EXPECT_EQ(many, 10);
}

// Ends the process: 70 after the pool's Error.
[[noreturn]] void start_more_than_allowed() {
  constexpr uid_t kNobody = 65534;  // limits do not bind root
  constexpr rlimit kFew{8, 8};
  if ((getuid() == 0 && setuid(kNobody) != 0) || setrlimit(RLIMIT_NPROC, &kFew) != 0) std::_Exit(1);
  try {
    const ThreadPool pool(64);
  } catch (const Error& error) {
    std::fputs(error.what(), stderr);
    std::_Exit(error.fault() == Fault::kRun ? 70 : 1);
  }
  std::_Exit(0);
}

TEST(ThreadPool, SaysWhichThreadCannotBeStarted) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(start_more_than_allowed(), ::testing::ExitedWithCode(70),
              "cannot start thread [0-9]+ of 64: .*; lower --threads");
}

// A worker must find each of many short loops, and none may see the body of another.
TEST(ThreadPool, RunsManyShortLoopsOneAfterAnother) {
  ThreadPool pool(3);
  int64_t total = 0;
  for (int64_t loop = 0; loop < 20000; ++loop) {
    std::atomic<int64_t> sum = 0;
    pool.parallel_for(5, 1, [&, loop](int64_t begin, int64_t) { sum += loop + begin; });
    ASSERT_EQ(sum, 5 * loop + 10);
    total += sum;
  }
  EXPECT_GT(total, 0);
}

TEST(ThreadPool, UsesItsThreads) {
  ThreadPool pool(3);
  std::mutex mutex;
  std::set<std::thread::id> ids;
  // Each item waits until three threads have come, so that one alone could not finish.
  std::atomic<int> present = 0;
  pool.parallel_for(3, 1, [&](int64_t, int64_t) {
    ++present;
    while (present < 3) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    ids.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_TRUE(ids.contains(std::this_thread::get_id()));
}

TEST(ThreadPool, WakesThreadsThatWentToSleep) {
  ThreadPool pool(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // far longer than they spin
    std::atomic<int> present = 0;
    pool.parallel_for(2, 1, [&](int64_t, int64_t) {
      ++present;
      while (present < 2) std::this_thread::yield();
    });
  }
}

TEST(ThreadPool, WaitsForASlowWorker) {
  ThreadPool pool(2);
  std::atomic<int> finished = 0;
  pool.parallel_for(2, 1, [&](int64_t, int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ++finished;
  });
  EXPECT_EQ(finished, 2);
}

TEST(ThreadPool, RethrowsTheExceptionAndStaysUsable) {
  for (const int num_threads : {1, 2, 4}) {
    ThreadPool pool(num_threads);
    for (int round = 0; round < 200; ++round) {
      try {
        pool.parallel_for(100, 1, [&](int64_t begin, int64_t) {
          R1_CHECK(begin != round % 100, "item ", begin);
        });
        FAIL() << "nothing was thrown";
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("item " + std::to_string(round % 100)),
                  std::string::npos);
      }
      std::atomic<int64_t> items = 0;
      pool.parallel_for(50, 3, [&](int64_t begin, int64_t end) { items += end - begin; });
      ASSERT_EQ(items, 50);
    }
  }
}

TEST(ThreadPool, ThrowsOnceWhenEveryItemFails) {
  ThreadPool pool(4);
  EXPECT_THROW(pool.parallel_for(1000, 1, [](int64_t, int64_t) { throw std::runtime_error("x"); }),
               std::runtime_error);
  std::atomic<int> items = 0;
  pool.parallel_for(4, 1, [&](int64_t, int64_t) { ++items; });
  EXPECT_EQ(items, 4);
}

TEST(ThreadPool, RunsAnInnerLoopOnTheSameThread) {
  ThreadPool pool(3);
  std::atomic<int> items = 0;
  std::atomic<bool> moved = false;
  pool.parallel_for(20, 1, [&](int64_t, int64_t) {
    const auto self = std::this_thread::get_id();
    pool.parallel_for(10, 2, [&](int64_t begin, int64_t end) {
      items += static_cast<int>(end - begin);
      if (std::this_thread::get_id() != self) moved = true;
    });
  });
  EXPECT_EQ(items, 200);
  EXPECT_FALSE(moved);
}

TEST(ThreadPool, PassesOnAnExceptionOfAnInnerLoop) {
  ThreadPool pool(2);
  const auto inner = [&](int64_t, int64_t) {
    pool.parallel_for(3, 1, [](int64_t, int64_t) { throw std::runtime_error("inner"); });
  };
  EXPECT_THROW(pool.parallel_for(8, 1, inner), std::runtime_error);
}

TEST(ThreadPool, WorksWithManyMoreThreadsThanCores) {
  ThreadPool pool(4 * available_cores() + 9);
  for (int loop = 0; loop < 300; ++loop) {
    std::atomic<int64_t> sum = 0;
    pool.parallel_for(500, 3, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) sum += i;
    });
    ASSERT_EQ(sum, 500 * 499 / 2);
  }
}

TEST(ThreadPool, StartsAndStopsWithoutALoop) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(1 + i % 5);
}

TEST(ParallelFor, WithoutAPoolRunsHere) {
  int64_t items = 0;
  parallel_for(Stream{}, 10, 3, [&](int64_t begin, int64_t end) { items += end - begin; });
  EXPECT_EQ(items, 10);
  parallel_for(Stream{}, 0, 3, [&](int64_t, int64_t) { FAIL(); });
  EXPECT_GE(available_cores(), 1);
}

}  // namespace
}  // namespace r1
