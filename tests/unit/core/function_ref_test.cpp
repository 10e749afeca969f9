#include "libr1/core/function_ref.h"

#include <gtest/gtest.h>

#include <memory>

namespace r1 {
namespace {

int apply(FunctionRef<int(int)> f, int x) { return f(x); }

TEST(FunctionRef, CallsWhatItRefersTo) {
  int calls = 0;
  const auto count = [&](int x) {
    ++calls;
    return x + 1;
  };
  EXPECT_EQ(apply(count, 4), 5);
  EXPECT_EQ(apply([](int x) { return -x; }, 4), -4);
  EXPECT_EQ(calls, 1);
}

TEST(FunctionRef, KeepsTheStateOfTheOriginal) {
  auto counter = [n = 0](int x) mutable { return n += x; };
  const FunctionRef<int(int)> ref = counter;
  const FunctionRef<int(int)> copy = ref;
  EXPECT_EQ(ref(1), 1);
  EXPECT_EQ(copy(2), 3);
  EXPECT_EQ(counter(0), 3);
}

TEST(FunctionRef, PassesWhatCannotBeCopied) {
  const auto open = [](std::unique_ptr<int> p) { return *p; };
  const FunctionRef<int(std::unique_ptr<int>)> ref = open;
  EXPECT_EQ(ref(std::make_unique<int>(6)), 6);
}

}  // namespace
}  // namespace r1
