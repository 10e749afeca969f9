// The parts that all stages' configs share, and the loop that all training stages run.
#pragma once

#include "libr1/parallel/mesh.h"
#include "libr1/rollout/rollout_config.h"
#include "libr1/stage/stage.h"
#include "libr1/train/policy.h"

namespace r1 {

struct CommonSettings {
  uint64_t seed = 1;
  MeshConfig mesh;
  ComputeSettings compute;
};

// `optimizer`: where gradients and parameters are that ranks send each other; the host where
// nothing is trained.
inline Mesh mesh_of(const MeshConfig& mesh, const ComputeSettings& compute, Device optimizer,
                    StageContext& context) {
  require_device(compute);  // before ranks look for each other on it
  return {
      mesh, context.world(), {compute.device, optimizer}, context.stream(), context.timeout_s()};
}

// The whole config of a stage: the common tables, and its own under its name, Settings::kStage.
template <class Settings>
struct StageConfig : CommonSettings {
  Settings stage;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("seed", seed, "of everything random");
    v.table("mesh", mesh, "how the ranks share the work");
    v.table("compute", compute, "precision and memory");
    v.table(Settings::kStage, stage, "the stage");
  }
  void check() const {
    if constexpr (requires { stage.rollout; })
      engine_limits(stage.rollout, compute.max_positions).check();
  }
};

// Steps until the run is finished or asked to stop; saves when due, when stopped and at the end.
template <class Run>
StageOutcome train_to_end(StageContext& context, Run& run) {
  while (!run.finished()) {
    run.train_step();
    const bool stop = context.stop_requested() && !run.finished();
    if (stop || run.finished() || run.save_due()) run.save();
    if (stop) return StageOutcome::kStopped;
  }
  return StageOutcome::kDone;
}

// The same with what is measured before the first step and shown after the last.
template <class Run>
StageOutcome train_and_report(StageContext& context, Run& run) {
  run.begin();
  const StageOutcome outcome = train_to_end(context, run);
  if (outcome == StageOutcome::kDone) run.report();
  return outcome;
}

}  // namespace r1
