// A cluster as r1-plan sees it: how many ranks of which memory, and how fast one of them is. Every
// rate says in `source` whether it was measured or is a published peak times an assumed share.
#pragma once

#include <string>

#include "libr1/config/field.h"
#include "libr1/core/types.h"

namespace r1 {

// Of one rank. The formulas that use them are in PLAN.md.
struct RankRates {
  // Defaults: one core of Zen 4 at 3.5 GHz, measured (PLAN.md).
  double matmul_f32_gflops = 90, matmul_bf16_gflops = 174;
  double attention_gflops = 51;
  double elements_g = 3.1;
  double memory_gbytes = 23.5;
  double decode_attention_gflops = 39;
  double layer_us = 0, sequence_us = 0;
  double node_link_gbytes = 5.9, network_gbytes = 1;
  double latency_us = 5;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("matmul_f32_gflops", matmul_f32_gflops, "products in f32, 1e9 FLOP/s", positive());
    v.field("matmul_bf16_gflops", matmul_bf16_gflops, "products in bf16, 1e9 FLOP/s", positive());
    v.field("attention_gflops", attention_gflops, "attention of whole sequences, 1e9 FLOP/s",
            positive());
    v.field("elements_g", elements_g, "norms, rotations, gates, sums: 1e9 elements/s", positive());
    v.field("memory_gbytes", memory_gbytes, "weights and optimizer state read, 1e9 bytes/s",
            positive());
    v.field("decode_attention_gflops", decode_attention_gflops,
            "attention of single tokens to their cache, 1e9 FLOP/s", positive());
    v.field("layer_us", layer_us, "start of one layer of a generation round, microseconds",
            at_least(0));
    v.field("sequence_us", sequence_us, "one sequence in a generation round beside its products",
            at_least(0));
    v.field("node_link_gbytes", node_link_gbytes, "sent by a rank inside its node, 1e9 bytes/s",
            positive());
    v.field("network_gbytes", network_gbytes, "sent by a rank to other nodes, 1e9 bytes/s",
            positive());
    v.field("latency_us", latency_us, "of one collective and rank, microseconds", at_least(0));
  }
  double matmul_flops(Dtype dtype) const {
    return 1e9 * (dtype == Dtype::kBf16 ? matmul_bf16_gflops : matmul_f32_gflops);
  }
};

struct ClusterConfig {
  std::string name, source;
  int nodes = 1, ranks_per_node = 1, gpus_per_node = 0, cpus_per_rank = 1;
  double memory_gib = 0;
  double base_mib = 40;
  double write_gbytes = 0.32, read_gbytes = 5.9;
  RankRates rates;

  int ranks() const { return nodes * ranks_per_node; }
  double rank_memory_bytes() const { return memory_gib * (1LL << 30); }

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("name", name, "what it is called");
    v.field("source", source, "where the rates are from");
    v.field("nodes", nodes, "nodes of a job", at_least(1));
    v.field("ranks_per_node", ranks_per_node, "ranks on a node; on GPUs one each", at_least(1));
    v.field("gpus_per_node", gpus_per_node, "0: ranks compute on CPUs", at_least(0));
    v.field("cpus_per_rank", cpus_per_rank, "cores, and threads, of a rank", at_least(1));
    v.field("memory_gib", memory_gib,
            "of a rank: its GPU's, or its part of the node's. 0: not known, not checked",
            at_least(0));
    v.field("base_mib", base_mib,
            "what a rank takes before its large blocks: executable, libraries, MPI, tokenizer",
            at_least(0));
    v.field("write_gbytes", write_gbytes, "to the file system by all ranks, 1e9 bytes/s",
            positive());
    v.field("read_gbytes", read_gbytes, "the same, read", positive());
    v.table("rates", rates, "of one rank");
  }
};

// "this-machine": cores and memory as the system tells, rates that were measured once on the
// machine of PLAN.md; "8xH100", "8xH200": a node, published peaks. Anything else is the path of a
// TOML file such as r1-plan --measure prints. Fault::kInput lists what is wrong with it.
ClusterConfig cluster_of(const std::string& name_or_file);

}  // namespace r1
