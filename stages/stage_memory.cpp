#include "stages/stage_memory.h"

#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "libr1/ops/dispatch.h"

namespace r1 {
namespace {

// Loaded to score, never trained.
int64_t scorer_bytes(const ModelConfig& model, const ComputeSettings& compute, int tp_size) {
  const Policy::Memory policy = Policy::memory(model, compute.never_trained(), tp_size);
  return policy.weights() + policy.scoring;
}

// What a sum of activations over the ranks of a model takes: every rank's part of some rows.
int64_t summing_bytes(const ModelConfig& model, const ComputeSettings& compute,
                      const MeshConfig& mesh) {
  if (mesh.tp == 1) return 0;
  return compute.micro_batch_tokens * model.hidden * size_bytes(compute.dtype);
}

}  // namespace

std::string StageMemory::to_string() const {
  std::string text;
  const auto add = [&](const char* name, int64_t bytes) {
    if (bytes == 0) return;
    const double mib = static_cast<double>(bytes) / (1 << 20);
    const auto whole = static_cast<int64_t>(mib + 0.5);
    text += concat(text.empty() ? "" : ", ", name, " ", whole > 0 ? concat(whole) : "< 1", " MiB");
  };
  add("weights", master + compute);
  add("gradients", gradients);
  add("sums of gradients", sums);
  add("optimizer", optimizer);
  add("gradients received", exchange);
  add("activations", activations);
  add("reference", reference);
  add("cache", cache);
  add("rollout", rollout);
  add("reward models", judges);
  add("together", total());
  return text;
}

const ComputeSettings& fitting(const ComputeSettings& compute, const StageMemory& memory) {
  if (compute.device != Device::kCuda) return compute;
  // Kernels, CUDA graphs and the buffers of cuBLASLt and NCCL are loaded and made as they are first
  // used. An estimate.
  constexpr int64_t kTakenLater = int64_t{1} << 30;
  const int64_t free = gpu::memory_info().free_bytes, needed = memory.on_device() + kTakenLater;
  R1_CHECK_INPUT(
      needed <= free, "this rank needs ", needed >> 20, " MiB of its GPU, which has ", free >> 20,
      " MiB free (", memory.to_string(), ", kernels and buffers of libraries ", kTakenLater >> 20,
      " MiB); lower it by compute.recompute=true, a smaller compute.micro_batch_tokens or "
      "rollout.cache_tokens, compute.master=bf16, compute.offload_optimizer=true, or "
      "more ranks along mesh.tp; r1-plan tells what each brings");
  return compute;
}

StageMemory training_memory(const ModelConfig& model, const ComputeSettings& compute,
                            const OptimizerConfig& optimizer, const MeshConfig& mesh,
                            int num_ranks) {
  const ModelConfig part = part_of_model(model, 0, mesh.tp);
  const Policy::Memory policy = Policy::memory(model, compute, mesh.tp);
  StageMemory memory;
  memory.master = policy.master;
  memory.compute = policy.compute;
  memory.gradients = policy.gradients;
  memory.sums = policy.gradient_sums;
  memory.offloaded = compute.is_offloaded();
  memory.activations = policy.training + summing_bytes(model, compute, mesh);
  const auto state = ShardedAdamW::memory(optimizer, part.num_parameters(), 0, num_ranks / mesh.tp,
                                          ops::accumulator_dtype(compute.dtype));
  memory.optimizer = state.moments + state.reduced;
  memory.exchange = state.in_flight;
  return memory;
}

StageMemory reinforcement_memory(const ModelConfig& model, const ComputeSettings& compute,
                                 const ReinforcementSettings& settings, const MeshConfig& mesh,
                                 int num_ranks, std::span<const ModelConfig> judges) {
  StageMemory memory = training_memory(model, compute, settings.optimizer, mesh, num_ranks);
  const auto engine =
      Engine::memory(model, compute.dtype, compute.device,
                     engine_limits(settings.rollout, compute.max_positions), mesh.tp);
  memory.cache = engine.cache;
  memory.rollout = engine.activations;
  if (settings.grpo.kl_coefficient > 0) memory.reference = scorer_bytes(model, compute, mesh.tp);
  for (const ModelConfig& judge : judges) memory.judges += scorer_bytes(judge, compute, 1);
  return memory;
}

StageMemory generation_memory(const ModelConfig& model, const ComputeSettings& compute,
                              const RolloutConfig& rollout, const MeshConfig& mesh) {
  const Policy::Memory policy = Policy::memory(model, compute.never_trained(), mesh.tp);
  const auto engine = Engine::memory(model, compute.dtype, compute.device,
                                     engine_limits(rollout, compute.max_positions), mesh.tp);
  StageMemory memory;
  memory.master = policy.master;
  memory.compute = policy.compute;
  memory.cache = engine.cache;
  memory.rollout = engine.activations;
  return memory;
}

}  // namespace r1
