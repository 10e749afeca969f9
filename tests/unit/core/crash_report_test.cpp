#include "libr1/core/crash_report.h"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <vector>

namespace r1 {
namespace {

class CrashReport : public ::testing::Test {
 protected:
  void SetUp() override { ::testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

void crash(int signal) {
  report_crashes();
  set_crash_place("r1-sft on rank 1 of 2, step 3, phase update");
  raise(signal);
}

TEST_F(CrashReport, SaysWhereAndEndsByTheSameSignal) {
  EXPECT_EXIT(crash(SIGFPE), ::testing::KilledBySignal(SIGFPE),
              "r1-sft on rank 1 of 2, step 3, phase update: ended by SIGFPE\n");
  EXPECT_EXIT(crash(SIGABRT), ::testing::KilledBySignal(SIGABRT), "ended by SIGABRT\n");
}

TEST_F(CrashReport, ReportsARealFault) {
  const auto fault = [] {
    report_crashes();
    static volatile int* const nowhere = nullptr;
    *nowhere = 1;
  };
  EXPECT_EXIT(fault(), ::testing::KilledBySignal(SIGSEGV), "this process: ended by SIGSEGV");
}

TEST_F(CrashReport, NamesTheFilesThatAreOpen) {
  const auto with_files = [] {
    const CrashNote one("one.h5");
    { const CrashNote closed("closed.h5"); }
    std::vector<std::unique_ptr<CrashNote>> more;
    for (int i = 0; i < 20; ++i) more.push_back(std::make_unique<CrashNote>("many.h5"));
    more.resize(1);
    crash(SIGSEGV);
  };
  EXPECT_EXIT(with_files(), ::testing::KilledBySignal(SIGSEGV),
              "ended by SIGSEGV; it may be a damaged file, open were one.h5, many.h5\n");
}

TEST_F(CrashReport, CutsWhatIsTooLong) {
  const auto with_long_text = [] {
    const CrashNote note(std::string(5000, 'x'));
    set_crash_place(std::string(5000, 'y'));
    crash(SIGBUS);
  };
  EXPECT_EXIT(with_long_text(), ::testing::KilledBySignal(SIGBUS), "ended by SIGBUS");
}

}  // namespace
}  // namespace r1
