// Models that two or four ranks can share; their 29 tokens are never shared equally.
#pragma once

#include "libr1/model/config.h"
#include "tests/mpi/world.h"

namespace r1::testing {

inline ModelConfig shared(ModelConfig config) {
  config.heads = 8;
  config.kv_heads = 4;
  return config;
}

inline bool is_shareable() { return world().size() != 3; }

}  // namespace r1::testing
