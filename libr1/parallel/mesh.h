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

  // Data-parallel ranks of so many in all, which fit when that times tp is all of them.
  int dp_of(int num_ranks) const;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("dp", dp, "data-parallel ranks; 0: all that the other axes leave", at_least(0));
    v.field("tp", tp, "tensor-parallel ranks", at_least(1));
    v.field("pp", pp, "pipeline-parallel ranks; not built: 1", at_least(1));
    v.field("ep", ep, "expert-parallel ranks; not built: 1", at_least(1));
  }
};

// Where the tensors are that ranks send each other. MPI is given no memory of GPUs: there the ranks
// talk over NCCL.
struct MeshDevices {
  Device model = Device::kCpu;      // activations, along tp
  Device optimizer = Device::kCpu;  // gradients and parameters, along dp
};

class Mesh {
 public:
  // Collective; `world` outlives the mesh. Fault::kInput when the axes' product is not the number
  // of ranks, or pp or ep is longer than 1: those are not built yet.
  // `compute`, `deadline_s`: see nccl_group.
  Mesh(const MeshConfig& config, ProcessGroup& world, const MeshDevices& devices = {},
       Stream compute = {}, double deadline_s = 600);

  ProcessGroup& dp() const { return gpu_dp_ ? *gpu_dp_ : host_dp(); }
  ProcessGroup& tp() const { return gpu_tp_ ? *gpu_tp_ : *tp_; }
  // Collective: hands work out along dp; ranks that share a model get the same number.
  std::unique_ptr<SharedCounter> make_counter() const;

 private:
  ProcessGroup& host_dp() const { return dp_ ? *dp_ : world_; }

  ProcessGroup& world_;
  std::unique_ptr<ProcessGroup> dp_;  // none: the world
  std::unique_ptr<ProcessGroup> tp_;
  std::unique_ptr<ProcessGroup> gpu_dp_, gpu_tp_;  // in place of the host's; none: those do
};

}  // namespace r1
