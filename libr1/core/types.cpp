#include "libr1/core/types.h"

#include "libr1/core/error.h"

namespace r1 {

int64_t size_bytes(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return 4;
    case Dtype::kBf16:
      return 2;
    case Dtype::kF64:
      return 8;
  }
  throw_error(Fault::kRun, concat("no such dtype: ", static_cast<int>(dtype)));
}

std::string_view to_string(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return "f32";
    case Dtype::kBf16:
      return "bf16";
    case Dtype::kF64:
      return "f64";
  }
  throw_error(Fault::kRun, concat("no such dtype: ", static_cast<int>(dtype)));
}

Dtype dtype_from_string(std::string_view name) {
  for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16, Dtype::kF64})
    if (name == to_string(dtype)) return dtype;
  throw_error(Fault::kInput, concat("unknown dtype '", name, "'; the choices are f32, bf16, f64"));
}

std::string_view to_string(Device device) {
  if (device == Device::kMeta) return "meta";
  return device == Device::kCpu ? "cpu" : "cuda";
}

}  // namespace r1
