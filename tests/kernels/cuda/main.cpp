#include <gtest/gtest.h>

#include "tests/needed.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return r1::testing::exit_code(RUN_ALL_TESTS());
}
