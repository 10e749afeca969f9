#include "stages/epochs.h"

#include <gtest/gtest.h>

#include "libr1/core/error.h"

namespace r1 {
namespace {

void expect_epochs(Epochs found, int64_t batch, int64_t steps) {
  EXPECT_EQ(found.batch, batch);
  EXPECT_EQ(found.steps, steps);
}

TEST(Epochs, AreStepsOfWholeBatches) {
  expect_epochs(epochs_of(100, 2, 10), 10, 20);
  expect_epochs(epochs_of(101, 2, 10), 10, 21);
  expect_epochs(epochs_of(100, 0.001, 10), 10, 1);
  expect_epochs(epochs_of(100, 1.1, 10), 10, 11);  // 11.000000000000002 in doubles
  expect_epochs(epochs_of(12800, 2.2, 128), 128, 220);
}

TEST(Epochs, OfFewerExamplesThanABatchAreStepsOfAll) {
  expect_epochs(epochs_of(8, 3, 128), 8, 3);
  expect_epochs(epochs_to_train(1, 2.5, 2), 1, 3);
}

TEST(Epochs, ThatCannotBeCountedAreRefused) { EXPECT_THROW(epochs_of(1000, 1e300, 1), Error); }

}  // namespace
}  // namespace r1
