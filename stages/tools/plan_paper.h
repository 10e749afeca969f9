// DeepSeek-R1-Zero's own setting as a calculation: DeepSeek-V3 (671B, MLA and MoE) on 64 nodes of 8
// H800. This code has no such model; what follows is arithmetic over the architecture's table
// (DeepSeek-V3 report, section 4.2), so that an estimate stands beside the paper's GPU-hours.
#pragma once

#include <cstdint>

namespace r1 {

struct MoeArchitecture {
  int64_t vocab = 129280, hidden = 7168, layers = 61, dense_layers = 3;
  int64_t dense_intermediate = 18432, expert_intermediate = 2048;
  int64_t experts = 256, shared_experts = 1, active_experts = 8;
  int64_t heads = 128, nope_dim = 128, rope_dim = 64, value_dim = 128;
  int64_t query_rank = 1536, kv_rank = 512;

  int64_t attention_parameters() const;  // of one MLA block with its two inner norms
  int64_t expert_parameters() const;     // of one
  int64_t routed_parameters() const;     // of all routed experts
  int64_t parameters() const;            // untied head, router biases included
  int64_t active_parameters() const;     // that a token meets, without the embedding's lookup
  int64_t cache_elements() const { return layers * (kv_rank + rope_dim); }  // of a token
};

// How the model lies on the GPUs. Experts are split over `expert` ranks, all else is copied there;
// what is copied, and what data parallel ranks beyond them hold, shards its state as ZeRO says.
struct MoeLayout {
  int64_t pipeline = 16, expert = 32, gpus = 512;
  int zero = 1;       // 1: optimizer, 2: and gradients, 3: and weights
  double weight = 2;  // bytes a parameter
  double gradient = 4;
  double optimizer = 8;    // f32 master, two moments in bf16
  bool two_copies = true;  // DualPipe keeps every stage twice
};

struct MoeMemory {
  double weights = 0, gradients = 0, optimizer = 0, activations = 0;  // bytes of a GPU
  double total() const { return weights + gradients + optimizer + activations; }
};
// Activations: the input of each layer of a stage for pipeline + 1 micro-batches of `tokens`, all
// else recomputed.
MoeMemory moe_memory(const MoeArchitecture& model, const MoeLayout& layout, int64_t tokens);

void print_paper_plan();

}  // namespace r1
