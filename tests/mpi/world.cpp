#include "tests/mpi/world.h"

#include <gtest/gtest.h>

#include "libr1/parallel/mpi_session.h"
#include "tests/needed.h"

namespace r1::testing {

ProcessGroup* all_ranks = nullptr;

ProcessGroup& world() { return *all_ranks; }

}  // namespace r1::testing

int main(int argc, char** argv) {
  r1::MpiSession session(&argc, &argv);
  ::testing::InitGoogleTest(&argc, argv);
  auto world = session.world(60);
  r1::testing::all_ranks = world.get();
  int failed = RUN_ALL_TESTS();
  failed = static_cast<int>(world->max(int64_t{failed}, "result of the tests"));
  world.reset();
  return r1::testing::exit_code(failed);
}
