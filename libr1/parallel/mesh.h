// How the ranks of a job are laid out. An axis of the mesh is a way to share the work:
//   dp  data: each rank trains on other samples, optimizer state is sharded over it
//   tp  tensor: each layer's matrices are cut;  pp  pipeline: layers are cut;  ep  experts
#pragma once

#include "libr1/config/field.h"
#include "libr1/parallel/process_group.h"

namespace r1 {

struct MeshConfig {
  int dp = 0;
  int tp = 1;
  int pp = 1;
  int ep = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("dp", dp, "data-parallel ranks; 0: all that the other axes leave", at_least(0));
    v.field("tp", tp, "tensor-parallel ranks", at_least(1));
    v.field("pp", pp, "pipeline-parallel ranks", at_least(1));
    v.field("ep", ep, "expert-parallel ranks", at_least(1));
  }
};

class Mesh {
 public:
  // `world` outlives the mesh. Fault::kInput when the axes' product is not the number of ranks, or
  // an axis other than dp is longer than 1: those are not built yet.
  Mesh(const MeshConfig& config, ProcessGroup& world);

  ProcessGroup& dp() const { return world_; }

 private:
  ProcessGroup& world_;
};

}  // namespace r1
