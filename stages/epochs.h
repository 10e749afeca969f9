// How many optimizer steps passes over examples are.
#pragma once

#include <cstdint>

namespace r1 {

struct Epochs {
  int64_t batch;  // examples of a step: all, where there are fewer than were asked for
  int64_t steps;  // at least one; a step between two passes has examples of both
};

// Of `examples` > 0 examples. Fault::kInput when steps can't be counted.
Epochs epochs_of(int64_t examples, double epochs, int64_t batch);

// The same, for who trains: warns of a smaller batch.
Epochs epochs_to_train(int64_t examples, double epochs, int64_t batch);

}  // namespace r1
