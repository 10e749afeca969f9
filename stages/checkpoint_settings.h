// When a stage that trains saves its state, and how much of that it keeps.
#pragma once

#include <cstdint>

#include "libr1/config/field.h"

namespace r1 {

struct CheckpointSettings {
  int64_t every = 100;  // steps
  int64_t keep_last = 2;

  bool due(int64_t step) const { return step % every == 0; }

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("checkpoint_every", every, "steps; one is written at the end as well", at_least(1));
    v.field("keep_last", keep_last, "checkpoints kept, the newest", at_least(1));
  }
};

}  // namespace r1
