// How the ranks of a job are laid out: along `dp` they hold the same parameters and share the
// sequences, along `tp` they hold the parts of one model and share each sequence. Neighbours in the
// order of ranks, which are those of one node, are neighbours along tp.
#pragma once

#include <memory>

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
  // Collective; `world` outlives the mesh. Fault::kInput when the axes' product is not the number
  // of ranks, or pp or ep is longer than 1: those are not built yet.
  Mesh(const MeshConfig& config, ProcessGroup& world);

  ProcessGroup& dp() const { return dp_ ? *dp_ : world_; }
  ProcessGroup& tp() const { return *tp_; }
  // Collective: hands work out along dp; ranks that share a model get the same number.
  std::unique_ptr<SharedCounter> make_counter() const;

 private:
  ProcessGroup& world_;
  std::unique_ptr<ProcessGroup> dp_;  // none: the world
  std::unique_ptr<ProcessGroup> tp_;
};

}  // namespace r1
