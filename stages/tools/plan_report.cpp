#include "stages/tools/plan_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "libr1/core/error.h"
#include "libr1/model/batch.h"

namespace r1 {
namespace {

constexpr double kGib = 1LL << 30;

std::string text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string bytes_text(double bytes) {
  if (bytes >= kGib) return text("%.2f GiB", bytes / kGib);
  if (bytes >= 1 << 20) return text("%.1f MiB", bytes / (1 << 20));
  return text("%.1f KiB", bytes / 1024);
}

std::string time_text(double seconds) {
  if (seconds < 120) return text("%.3g s", seconds);
  if (seconds < 7200) return text("%.1f min", seconds / 60);
  return text("%.1f h", seconds / 3600);
}

double needed(const JobWork& work, const ComputeSettings& compute, const ClusterConfig& cluster,
              int ranks) {
  return static_cast<double>(work.memory(compute, ranks).on_device()) +
         cluster.base_mib * (1 << 20);
}

void print_head(const JobWork& work) {
  const std::string of = work.phase.empty() ? work.stage : work.stage + ", " + work.phase;
  std::printf("\n%s (%s): %lld parameters\n", work.name.c_str(), of.c_str(),
              static_cast<long long>(work.model.num_parameters()));
  std::string notes;
  for (const std::string& note : work.notes) notes += (notes.empty() ? "" : "; ") + note;
  std::printf("  %s\n", notes.c_str());
}

void print_memory(const JobWork& work, const ClusterConfig& cluster) {
  const StageMemory memory = work.memory(work.compute, cluster.ranks());
  const std::pair<const char*, int64_t> rows[] = {{"weights, master", memory.master},
                                                  {"weights, compute", memory.compute},
                                                  {"gradients", memory.gradients},
                                                  {"sums of gradients", memory.sums},
                                                  {"optimizer", memory.optimizer},
                                                  {"gradients received", memory.exchange},
                                                  {"activations", memory.activations},
                                                  {"reference", memory.reference},
                                                  {"cache", memory.cache},
                                                  {"rollout", memory.rollout},
                                                  {"reward models", memory.judges}};
  std::printf("  memory of a rank\n");
  for (const auto& [name, bytes] : rows)
    if (bytes > 0)
      std::printf("    %-18s %12s\n", name, bytes_text(static_cast<double>(bytes)).c_str());
  std::printf("    %-18s %12s\n", "process itself",
              bytes_text(cluster.base_mib * (1 << 20)).c_str());
  const double all = needed(work, work.compute, cluster, cluster.ranks());
  if (memory.offloaded)
    std::printf("    %-18s %12s\n", "of it on the host",
                bytes_text(static_cast<double>(memory.optimizer_side())).c_str());
  std::printf("    %-18s %12s", memory.offloaded ? "on the GPU" : "together",
              bytes_text(all).c_str());
  if (cluster.memory_gib > 0)
    std::printf(" of %s", bytes_text(cluster.rank_memory_bytes()).c_str());
  std::printf("\n");
}

void print_step(const StepTime& step) {
  const std::pair<const char*, double> phases[] = {
      {"rollout", step.rollout},     {"reference", step.reference},
      {"reward models", step.judge}, {"train", step.train},
      {"optimizer", step.update},    {"communication", step.communication}};
  std::printf("  one step\n");
  for (const auto& [name, seconds] : phases) {
    if (seconds <= 0) continue;
    std::printf("    %-18s %12s %3.0f%%", name, time_text(seconds).c_str(),
                100 * seconds / step.total());
    if (name == phases[0].first)
      std::printf("   waiting at its end %.0f%%, less than half full %.0f%% of the time",
                  100 * step.rollout_idle, 100 * step.last_wave);
    if (name == phases[3].first && step.train_idle > 0)
      std::printf("   waiting for the fullest rank %.0f%%", 100 * step.train_idle);
    std::printf("\n");
  }
  std::printf("    %-18s %12s\n", "together", time_text(step.total()).c_str());
  if (step.traffic.reduce_scatter > 0)
    std::printf("  sent by a rank in a step: gradients %s, parameters %s, samples %s\n",
                bytes_text(step.traffic.reduce_scatter).c_str(),
                bytes_text(step.traffic.all_gather).c_str(),
                bytes_text(step.traffic.exchange).c_str());
}

void print_run(const JobWork& work, const ClusterConfig& cluster, const StepTime& step) {
  const double seconds = job_seconds(work, step);
  const bool gpus = cluster.gpus_per_node > 0;
  const double units = cluster.nodes * (gpus ? cluster.gpus_per_node
                                             : cluster.ranks_per_node * cluster.cpus_per_rank);
  if (work.saves > 0)
    std::printf("  checkpoints: %lld of %s, %s each; %lld kept\n",
                static_cast<long long>(work.saves),
                bytes_text(static_cast<double>(work.checkpoint_bytes())).c_str(),
                time_text(step.save).c_str(), static_cast<long long>(work.kept));
  std::printf("  run: %lld steps, %s, %.3g %s-hours\n", static_cast<long long>(work.steps),
              time_text(seconds).c_str(), seconds / 3600 * units, gpus ? "GPU" : "core");
}

std::string slurm_time(double seconds) {
  const auto minutes = static_cast<int64_t>(std::ceil(seconds / 60));
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%lld-%02lld:%02lld:00",
                static_cast<long long>(minutes / 1440), static_cast<long long>(minutes / 60 % 24),
                static_cast<long long>(minutes % 60));
  return buffer;
}

}  // namespace

std::string misfit(const JobWork& work, const ClusterConfig& cluster) {
  const int ranks = cluster.ranks();
  const double limit = cluster.rank_memory_bytes();
  const double all = needed(work, work.compute, cluster, ranks);
  if (limit <= 0 || all <= limit) return "";
  std::string result =
      concat(work.name, " does not fit: a rank needs ", bytes_text(all), " and has ",
             bytes_text(limit), " (", work.memory(work.compute, ranks).to_string(), "). ");
  std::string changes;
  const auto try_change = [&](const std::string& what, double bytes) {
    if (bytes >= all) return;
    changes += concat(changes.empty() ? "" : "; ", what, ": ", bytes_text(bytes),
                      bytes <= limit ? ", fits" : "");
  };
  if (work.updates > 0) {
    ComputeSettings less = work.compute;
    less.recompute = true;
    try_change("compute.recompute = true", needed(work, less, cluster, ranks));
    less.micro_batch_tokens = std::max(work.compute.micro_batch_tokens / 4,
                                       PackedBatch::padded_rows(work.compute.max_positions));
    try_change(concat(work.compute.recompute ? "" : "that and ",
                      "compute.micro_batch_tokens = ", less.micro_batch_tokens),
               needed(work, less, cluster, ranks));
    if (work.compute.dtype == Dtype::kBf16 && work.compute.master == Dtype::kF32) {
      ComputeSettings narrow = work.compute;
      narrow.master = Dtype::kBf16;
      try_change("compute.master = bf16", needed(work, narrow, cluster, ranks));
    }
    if (cluster.gpus_per_node > 0 && !work.compute.offload_optimizer) {
      ComputeSettings offloaded = work.compute;
      offloaded.offload_optimizer = true;
      try_change("compute.offload_optimizer = true", needed(work, offloaded, cluster, ranks));
    }
    try_change(concat("four times as many ranks, ", 4 * ranks),
               needed(work, work.compute, cluster, 4 * ranks));
  }
  const StageMemory memory = work.memory(work.compute, ranks);
  if (memory.cache > 0)
    try_change("half of rollout.cache_tokens", all - static_cast<double>(memory.cache) / 2);
  if (cluster.gpus_per_node == 0 && cluster.ranks_per_node > 1)
    try_change("half as many ranks a node, each of twice the memory",
               needed(work, work.compute, cluster, ranks) / 2);
  return result + concat("What would lower that: ",
                         changes.empty() ? "a smaller model, or ranks of more memory" : changes);
}

std::string recommended_slurm(const JobWork& work, const ClusterConfig& cluster,
                              const StepTime& step, const EarlierPhases& earlier) {
  const double seconds = 600 + 1.5 * (earlier.seconds + job_seconds(work, step));
  const double longest = 86400;
  const bool gpus = cluster.gpus_per_node > 0;
  const StageMemory memory = work.memory(work.compute, cluster.ranks());
  const double on_host =
      static_cast<double>(memory.optimizer_side()) + cluster.base_mib * (1 << 20);
  const double rank_bytes =
      gpus ? on_host
           : std::max(earlier.rank_bytes, needed(work, work.compute, cluster, cluster.ranks()));
  const double node_bytes = cluster.ranks_per_node * rank_bytes * 7 / 6;
  std::string table = concat("[slurm.", work.name, "]\nnodes = ", cluster.nodes,
                             "\ntasks_per_node = ", cluster.ranks_per_node,
                             "\ncpus_per_task = ", cluster.cpus_per_rank, "\n");
  if (work.array > 0) table += concat("array = ", work.array, "\n");
  if (gpus) table += concat("gpus_per_node = ", cluster.gpus_per_node, "\n");
  if (!gpus || memory.offloaded)
    table += concat("memory = \"", std::llround(std::ceil(node_bytes / (1 << 20))), "M\"\n");
  // A step that takes most of a life cannot be waited for; saving it can.
  const double life = std::min(seconds, longest);
  const double ahead = std::min(60 + 2 * (step.total() + step.save), life / 4);
  table += concat("time = \"", slurm_time(life), "\"",
                  seconds > longest
                      ? concat("    # about ", std::llround(std::ceil(seconds / longest)), " lives")
                      : "",
                  "\nsignal_ahead_s = ", std::llround(std::ceil(ahead)), "\n");
  const double kept =
      static_cast<double>(work.kept + 1) * static_cast<double>(work.checkpoint_bytes());
  if (work.kept > 0)
    table += concat("free_space_gib = ", std::llround(std::ceil(kept / kGib)), "\n");
  return table;
}

void print_plan(const std::vector<PlannedJob>& jobs, const std::string& where) {
  std::printf("%s\n", where.c_str());
  std::string misfits;
  EarlierPhases earlier;
  for (const auto& [work, cluster] : jobs) {
    print_head(work);
    print_memory(work, cluster);
    if (const std::string reason = misfit(work, cluster); !reason.empty()) {
      misfits += (misfits.empty() ? "" : "\n") + reason;
      std::printf("  does not fit\n");
      continue;
    }
    const StepTime step = predict_step(work, cluster);
    print_step(step);
    print_run(work, cluster, step);
    if (work.phase.empty()) {
      std::printf("\n%s", recommended_slurm(work, cluster, step, earlier).c_str());
      earlier = {};
    } else {
      earlier = {job_seconds(work, step), needed(work, work.compute, cluster, cluster.ranks())};
    }
  }
  R1_CHECK_INPUT(misfits.empty(), misfits);
}

}  // namespace r1
