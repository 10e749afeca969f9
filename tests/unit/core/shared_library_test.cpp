#include "libr1/core/shared_library.h"

#include <gmock/gmock.h>

#include "tests/unit/message_of.h"

namespace r1 {
namespace {

TEST(SharedLibrary, FindsFunctions) {
  const SharedLibrary library("libm.so.6", "cosines are needed", "do without");
  double (*cosine)(double) = nullptr;
  library.find("cos", cosine);
  EXPECT_EQ(cosine(0), 1);
}

TEST(SharedLibrary, SaysWhatIsMissingAndWhatToDo) {
  EXPECT_THAT(testing::message_of(
                  [] { SharedLibrary("libnone.so.7", "ranks talk through it", "set alone=true"); }),
              ::testing::AllOf(::testing::HasSubstr(
                                   "ranks talk through it, which cannot be loaded: libnone.so.7"),
                               ::testing::EndsWith("; install it, or set alone=true")));
  const SharedLibrary library("libm.so.6", "cosines are needed", "set cosines=false");
  void (*function)() = nullptr;
  EXPECT_THAT(testing::message_of([&] { library.find("no_such_function", function); }),
              ::testing::AllOf(::testing::HasSubstr("libm.so.6 has no no_such_function"),
                               ::testing::EndsWith(", or set cosines=false")));
}

}  // namespace
}  // namespace r1
