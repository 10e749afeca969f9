// Every hostile program.
#include "tests/unit/sandbox/containment.h"

namespace r1 {
namespace {

TEST_F(ContainmentTest, All) { expect_contained(true, 200); }

}  // namespace
}  // namespace r1
