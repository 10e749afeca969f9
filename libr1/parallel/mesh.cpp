#include "libr1/parallel/mesh.h"

#include <algorithm>
#include <utility>

#include "libr1/parallel/nccl_group.h"

namespace r1 {
namespace {

// Of the ranks that share a model the first asks. One counter for all: windows of several groups
// made at a time collide in Open MPI's shared memory.
class CounterOfModels : public SharedCounter {
 public:
  CounterOfModels(std::unique_ptr<SharedCounter> counter, ProcessGroup& tp)
      : counter_(std::move(counter)), tp_(tp) {}
  int64_t next() override {
    return tp_.sum(tp_.rank() == 0 ? counter_->next() : 0, "hand out work");
  }
  void reset() override { counter_->reset(); }

 private:
  std::unique_ptr<SharedCounter> counter_;
  ProcessGroup& tp_;
};

}  // namespace

int MeshConfig::dp_of(int num_ranks) const { return dp > 0 ? dp : std::max(1, num_ranks / tp); }

Mesh::Mesh(const MeshConfig& config, ProcessGroup& world, const MeshDevices& devices,
           Stream compute, double deadline_s)
    : world_(world), tp_(self_group()) {
  R1_CHECK_INPUT(config.pp == 1 && config.ep == 1, "the mesh axes pp and ep are not built yet: pp ",
                 config.pp, " and ep ", config.ep, " must be 1");
  const int dp = config.dp_of(world.size());
  R1_CHECK_INPUT(dp * config.tp == world.size(), "the mesh dp ", dp, " x tp ", config.tp, " takes ",
                 dp * config.tp, " ranks, the job has ", world.size(),
                 "; change [mesh] or the number of ranks");
  if (config.tp > 1) {
    dp_ = world.split(world.rank() % config.tp);
    tp_ = world.split(world.rank() / config.tp);
  }
  const auto on_gpus = [&](ProcessGroup& host) {
    return host.size() > 1 ? nccl_group(host, compute, deadline_s) : self_group();
  };
  if (devices.optimizer == Device::kCuda) gpu_dp_ = on_gpus(host_dp());
  if (devices.model == Device::kCuda) gpu_tp_ = on_gpus(*tp_);
}

std::unique_ptr<SharedCounter> Mesh::make_counter() const {
  auto counter = world_.make_counter();
  if (tp_->size() == 1) return counter;
  return std::make_unique<CounterOfModels>(std::move(counter), *tp_);
}

}  // namespace r1
