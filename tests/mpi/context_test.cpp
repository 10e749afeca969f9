#include "libr1/stage/context.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "libr1/core/error.h"
#include "tests/mpi/world.h"

namespace r1 {
namespace {

// A step of half a second, of a job that ends in so many.
bool stops_after_a_step(double deadline_s) {
  ProcessGroup& world = testing::world();
  const std::string run = concat("context-", world.size());
  StageOptions options;
  options.run = run;
  options.threads = 1;
  options.deadline_s = deadline_s;
  StageContext context("r1-zero", options, "", world);
  context.at(0, "load");
  context.at(1, "rollout");
  ::usleep(500'000);
  context.at(1, "update");
  const bool stops = context.stop_requested();
  if (world.rank() == 0) std::filesystem::remove_all(run);
  return stops;
}

// Else a life that has time for one step and not for two would never save any.
TEST(StageContext, StopsAfterTheFirstStepWhenThereIsNoTimeForASecond) {
  EXPECT_TRUE(stops_after_a_step(1));
  EXPECT_FALSE(stops_after_a_step(1000));
  EXPECT_FALSE(stops_after_a_step(0));
}

}  // namespace
}  // namespace r1
