// Runs hostile programs, two at once, and looks at what is left of them.
#pragma once

#include "tests/unit/sandbox/hostile_programs.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace r1 {

class ContainmentTest : public SandboxTest {
 protected:
  // Each gives the verdict that is named; a file of ours is as it was; no process is left.
  void expect_contained(bool all, size_t at_least);
};

}  // namespace r1
