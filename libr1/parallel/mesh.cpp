#include "libr1/parallel/mesh.h"

namespace r1 {

Mesh::Mesh(const MeshConfig& config, ProcessGroup& world) : world_(world) {
  const int others = config.tp * config.pp * config.ep;
  const int dp = config.dp > 0 ? config.dp : world.size() / others;
  R1_CHECK_INPUT(dp * others == world.size(), "the mesh dp ", dp, " x tp ", config.tp, " x pp ",
                 config.pp, " x ep ", config.ep, " takes ", dp * others, " ranks, the job has ",
                 world.size(), "; change [mesh] or the number of ranks");
  R1_CHECK_INPUT(others == 1, "the mesh axes tp, pp and ep are not built yet: tp ", config.tp,
                 ", pp ", config.pp, " and ep ", config.ep, " must be 1");
}

}  // namespace r1
