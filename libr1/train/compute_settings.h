// How a model is computed: the [compute] table of every config.
#pragma once

#include "libr1/config/field.h"
#include "libr1/ops/cublas.h"
#include "libr1/ops/dispatch.h"

namespace r1 {

struct ComputeSettings {
  Dtype dtype = Dtype::kF32;          // of weights and activations
  int64_t micro_batch_tokens = 4096;  // at least the longest sequence
  int64_t max_positions = 4096;       // longest sequence
  bool recompute = false;             // keep each layer's input only, run it again for its gradient
  Device device = Device::kCpu;
  bool offload_optimizer = false;
  ops::Products products = ops::Products::kOwn;
  Dtype master = Dtype::kF32;  // of what the optimizer updates; f64 of an f64 model

  // Of the master copy; gradients and moments are there too, in accumulator_dtype(dtype).
  Dtype master_dtype() const { return dtype == Dtype::kF64 ? dtype : master; }
  Device master_device() const { return offload_optimizer ? Device::kCpu : device; }
  bool is_offloaded() const { return device != master_device(); }
  // One memory for the master and the weights that are computed with.
  bool shares_master() const { return master_dtype() == dtype && !is_offloaded(); }
  // Of a policy that is only asked: the weights alone.
  ComputeSettings never_trained() const {
    ComputeSettings settings = *this;
    settings.offload_optimizer = false;
    settings.master = dtype;
    return settings;
  }

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("dtype", dtype, "of weights and activations");
    v.field("master", master,
            "of the weights that the optimizer updates; bf16, with dtype bf16: no second copy of "
            "them, and updates are rounded at random, so that small ones count on average");
    v.field(
        "micro_batch_tokens", micro_batch_tokens,
        "rows of one forward and backward pass, at least max_positions; no result depends on it",
        at_least(2));
    v.field("max_positions", max_positions, "longest sequence, tokens", at_least(2));
    v.field("recompute", recompute, "keep less in memory, compute each layer twice");
    v.field("device", device, "where the model is computed; cuda: one GPU a rank");
    v.field("offload_optimizer", offload_optimizer,
            "with cuda: master copy, gradients and moments in the host's memory, updated there");
    v.field("products", products,
            "with cuda and bf16: own, whose bits depend on no other rows; pinned or fastest: "
            "cuBLASLt's, the same algorithm for any number of rows or the fastest");
  }
  void check() const;
};
std::span<const EnumName<Dtype>> enum_names(Dtype);    // "f32", "bf16"
std::span<const EnumName<Device>> enum_names(Device);  // "cpu", "cuda"

// Selects this process' GPU where the settings ask for one. The machine's fault (core/fault.h) when
// the device of the settings is not here.
void require_device(const ComputeSettings& settings);
// The settings. Fault::kInput when they contradict each other or need what is not here.
const ComputeSettings& checked(const ComputeSettings& settings);
// Rows of the longest sequence in a batch, with its padding, which has positions as well.
int64_t longest_rows(const ComputeSettings& settings);

}  // namespace r1
