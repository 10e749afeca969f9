#include "stages/tools/plan_cluster.h"

#include <unistd.h>

#include "libr1/config/config.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/thread_pool.h"

namespace r1 {
namespace {

double node_memory_gib() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1LL << 30);
}

ClusterConfig this_machine() {
  ClusterConfig cluster;
  cluster.name = "this-machine";
  cluster.source =
      "cores and memory of this machine; rates measured once on two cores of Zen 4 "
      "(PLAN.md): r1-plan --measure gives this machine's own";
  cluster.ranks_per_node = available_cores();
  cluster.memory_gib = node_memory_gib() / cluster.ranks_per_node;
  return cluster;
}

// A share of the published peaks that good programs reach (Megatron-LM and llm-foundry train at 40
// to 47 % of them, FlashAttention-3 runs at 600 TFLOP/s): assumed, not measured with this code.
ClusterConfig hopper_node(const std::string& name, double memory_gb, double memory_tbytes) {
  ClusterConfig cluster;
  cluster.name = name;
  cluster.source = concat(
      "published peaks of H100/H200 SXM (989 TFLOP/s in bf16, ", memory_tbytes,
      " TB/s, NVLink 450 GB/s, 400 Gb/s a GPU between nodes) times assumed shares (products 50 %, "
      "memory 60 %, links 80 %); not measured");
  cluster.ranks_per_node = cluster.gpus_per_node = 8;
  cluster.cpus_per_rank = 12;
  cluster.memory_gib = memory_gb * 1e9 / (1LL << 30);
  cluster.base_mib = 2048;  // CUDA context, cuBLAS and NCCL work space
  cluster.write_gbytes = 5;
  cluster.read_gbytes = 10;
  const double memory = 0.6e3 * memory_tbytes;
  cluster.rates = {.matmul_f32_gflops = 0.5 * 67e3,
                   .matmul_bf16_gflops = 0.5 * 989e3,
                   .attention_gflops = 350e3,
                   .elements_g = memory / 4,
                   .memory_gbytes = memory,
                   .decode_attention_gflops = memory,
                   .layer_us = 15,
                   .sequence_us = 0.2,
                   .node_link_gbytes = 0.8 * 450,
                   .network_gbytes = 0.8 * 50,
                   .latency_us = 10};
  return cluster;
}

}  // namespace

ClusterConfig cluster_of(const std::string& name_or_file) {
  if (name_or_file == "this-machine") return this_machine();
  if (name_or_file == "8xH100") return hopper_node(name_or_file, 80, 3.35);
  if (name_or_file == "8xH200") return hopper_node(name_or_file, 141, 4.8);
  R1_CHECK_INPUT(file_exists(name_or_file), "there is no cluster ", name_or_file,
                 "; give this-machine, 8xH100, 8xH200, or a file such as r1-plan --measure prints");
  ClusterConfig cluster = read_config<ClusterConfig>({.file = name_or_file});
  if (cluster.name.empty()) cluster.name = name_or_file;
  return cluster;
}

}  // namespace r1
