// Element types and devices: the words every level shares.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace r1 {

// bfloat16: the upper half of a float. Stored, never computed with; kernels widen to float.
struct Bf16 {
  uint16_t bits = 0;
  friend bool operator==(Bf16, Bf16) = default;
};

constexpr float to_float(Bf16 x) { return std::bit_cast<float>(uint32_t{x.bits} << 16); }

// Rounds to nearest, ties to even; NaN stays NaN.
constexpr Bf16 to_bf16(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16)};
}

enum class Dtype : uint8_t {
  kF32,
  kBf16,
  kF64,  // references and gradient checks only: plain loops, no vector code
};

int64_t size_bytes(Dtype dtype);
std::string_view to_string(Dtype dtype);         // "f32", "bf16", "f64"
Dtype dtype_from_string(std::string_view name);  // throws Fault::kInput naming the choices

template <class T>
struct ElementType;
template <>
struct ElementType<float> {
  static constexpr Dtype kDtype = Dtype::kF32;
  using Accumulator = float;
};
template <>
struct ElementType<Bf16> {
  static constexpr Dtype kDtype = Dtype::kBf16;
  using Accumulator = float;
};
template <>
struct ElementType<double> {
  static constexpr Dtype kDtype = Dtype::kF64;
  using Accumulator = double;
};
template <class T>
inline constexpr Dtype kDtypeOf = ElementType<T>::kDtype;
// What sums, gradients of weights, logits and log-probabilities of a T computation are kept in.
template <class T>
using Accumulator = typename ElementType<T>::Accumulator;

enum class Device : uint8_t {
  kCpu,
  kCuda,
  kMeta,  // shapes without memory, for plans: nothing can be computed there
};
std::string_view to_string(Device device);  // "cpu", "cuda", "meta"

class ThreadPool;
namespace kernels {
class ProductLibrary;
}

// Where a kernel runs: the threads of a CPU kernel, or a CUDA stream. Does not own them. On the
// CPU a call returns when its work is done; without a pool it runs on the calling thread.
struct Stream {
  ThreadPool* pool = nullptr;
  void* cuda_stream = nullptr;
  const kernels::ProductLibrary* products = nullptr;  // of bf16 on a GPU; none: our own
};

}  // namespace r1
