#include "libr1/parallel/mesh.h"

namespace r1 {

Mesh::Mesh(const MeshConfig& config, ProcessGroup& world) : world_(world), tp_(self_group()) {
  const int others = config.tp * config.pp * config.ep;
  const int dp = config.dp > 0 ? config.dp : world.size() / others;
  R1_CHECK_INPUT(dp * others == world.size(), "the mesh dp ", dp, " x tp ", config.tp, " x pp ",
                 config.pp, " x ep ", config.ep, " takes ", dp * others, " ranks, the job has ",
                 world.size(), "; change [mesh] or the number of ranks");
  R1_CHECK_INPUT(config.pp == 1 && config.ep == 1, "the mesh axes pp and ep are not built yet: pp ",
                 config.pp, " and ep ", config.ep, " must be 1");
  if (config.tp == 1) return;
  dp_ = world.split(world.rank() % config.tp);
  tp_ = world.split(world.rank() / config.tp);
}

void Mesh::refuse_tp() const {
  R1_CHECK_INPUT(tp_->size() == 1, "mesh.tp is ", tp_->size(),
                 ", but no stage shares a model between ranks yet: it must be 1");
}

}  // namespace r1
