// One hostile program of each kind; containment_long_test has all.
#include "tests/unit/sandbox/containment.h"

namespace r1 {
namespace {

TEST_F(ContainmentTest, OneOfEachKind) { expect_contained(false, 25); }

}  // namespace
}  // namespace r1
