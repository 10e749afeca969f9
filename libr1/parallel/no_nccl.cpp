// In builds without CUDA or NCCL's header.
#include "libr1/core/error.h"
#include "libr1/parallel/nccl_group.h"

namespace r1 {

std::unique_ptr<ProcessGroup> nccl_group(ProcessGroup&, Stream, double) {
  throw_error(Fault::kInput,
              "this build has no NCCL for ranks on GPUs: configure it where nccl.h is, or set "
              "compute.offload_optimizer=true and mesh.tp=1");
}

}  // namespace r1
