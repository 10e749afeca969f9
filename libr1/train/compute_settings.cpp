#include "libr1/train/compute_settings.h"

#include "libr1/core/fault.h"
#include "libr1/core/gpu.h"
#include "libr1/train/micro_batch.h"

namespace r1 {

std::span<const EnumName<Dtype>> enum_names(Dtype) {
  static constexpr EnumName<Dtype> kNames[] = {{Dtype::kF32, "f32"}, {Dtype::kBf16, "bf16"}};
  return kNames;
}

std::span<const EnumName<Device>> enum_names(Device) {
  static constexpr EnumName<Device> kNames[] = {{Device::kCpu, "cpu"}, {Device::kCuda, "cuda"}};
  return kNames;
}

void require_device(const ComputeSettings& settings) {
  if (settings.device != Device::kCuda) return;
  if (gpu::count() == 0)
    throw_error(fault_of_machine(),
                concat("compute.device is cuda, but there is no GPU to compute on (",
                       gpu::why_none(), "); set compute.device=cpu"));
  // Where the launcher shows each rank its own GPU, there is one.
  if (const int gpus = gpu::count(); gpus > 1) gpu::select(gpu::place() % gpus);
  constexpr int kOldest = 80;
  const int capability = gpu::compute_capability();
  R1_CHECK_INPUT(capability >= kOldest, "compute.device is cuda, but GPU ", gpu::selected(), ", ",
                 gpu::name(gpu::selected()), ", is of compute capability ", capability / 10, ".",
                 capability % 10, "; expected 8.0 or later; set compute.device=cpu");
}

int64_t longest_rows(const ComputeSettings& settings) {
  return PackedBatch::padded_rows(settings.max_positions, rows_of_a_step(settings.device));
}

void ComputeSettings::check() const {
  R1_CHECK_INPUT(micro_batch_tokens >= longest_rows(*this), "micro_batch_tokens ",
                 micro_batch_tokens, " is less than the longest sequence, ", max_positions);
  R1_CHECK_INPUT(products == ops::Products::kOwn || device == Device::kCuda,
                 "products asks for cuBLASLt, which computes on GPUs; set "
                 "compute.device=cuda or compute.products=own");
  R1_CHECK_INPUT(master != Dtype::kBf16 || dtype == Dtype::kBf16, "master is bf16, but dtype is ",
                 to_string(dtype), "; set compute.dtype=bf16 or compute.master=f32");
}

const ComputeSettings& checked(const ComputeSettings& settings) {
  settings.check();
  require_device(settings);
  return settings;
}

}  // namespace r1
