#include "libr1/stage/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libr1/core/file.h"
#include "tests/unit/test_folder.h"

namespace r1 {
namespace {

using testing::test_folder;

TEST(MetricsLog, WritesALineAStepAndForgetsLaterOnes) {
  const std::string path = test_folder() + "/metrics.jsonl";
  MetricsLog log(path);
  log.keep_until(5);  // no file yet
  log.write(1, {{"reward", 0.5}, {"samples", int64_t{3}}, {"name", std::string("a\"b")}});
  log.write(2, {{"loss", NAN}, {"other", INFINITY}});
  log.write(3, {});
  EXPECT_EQ(read_file(path),
            "{\"step\":1,\"reward\":0.5,\"samples\":3,\"name\":\"a\\\"b\"}\n"
            "{\"step\":2,\"loss\":null,\"other\":null}\n{\"step\":3}\n");
  log.keep_until(1);
  log.write(2, {{"again", int64_t{1}}});
  EXPECT_EQ(read_file(path),
            "{\"step\":1,\"reward\":0.5,\"samples\":3,\"name\":\"a\\\"b\"}\n"
            "{\"step\":2,\"again\":1}\n");
}

TEST(MetricsLog, DropsALineThatADyingProcessCut) {
  const std::string path = test_folder() + "/metrics.jsonl";
  write_file(path, "{\"step\":1}\n{\"step\":2,\"rew");
  MetricsLog log(path);
  log.keep_until(2);
  log.write(2, {});
  EXPECT_EQ(read_file(path), "{\"step\":1}\n{\"step\":2}\n");
}

}  // namespace
}  // namespace r1
