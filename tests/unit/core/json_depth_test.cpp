#include "libr1/core/json_depth.h"

#include <gmock/gmock.h>

#include "libr1/core/error.h"

namespace r1 {
namespace {

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonDepth, IsCountedOutsideOfStrings) {
  check_json_depth(nested(512), "a");
  check_json_depth("[" + nested(511) + "," + nested(511) + "]", "a");
  check_json_depth("{\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\": 1}",
                   "a");
  check_json_depth("]]]}\"\\", "a");  // the parser's to refuse
}

TEST(JsonDepth, BeyondTheLimitIsAnInputError) {
  for (const std::string& text :
       {nested(513), std::string(100'000, '{'), "{\"a\\\\\": " + nested(512) + "}"}) {
    try {
      check_json_depth(text, "file.json");
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::kInput);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("file.json: JSON nested more than 512 deep"));
    }
  }
}

}  // namespace
}  // namespace r1
