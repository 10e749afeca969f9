// Instruction sets of the CPU kernels, chosen once a process.
#pragma once

#include <cstdint>

namespace r1::kernels {

enum class Isa : uint8_t {
  kAvx2,    // AVX2, FMA: 8 lanes
  kAvx512,  // AVX-512 F, BW, VL, DQ and BF16: 16 lanes, bf16 dot products
};

// The best set this machine has. Throws Fault::kRun on a CPU without AVX2 and FMA.
// R1_ISA=avx2 in the environment chooses AVX2 on a better machine (tests compare the two).
Isa isa();

// Calls body.operator()<Isa>() for the machine's set:
//   on_isa([&]<Isa I>() { simd::rmsnorm_forward_rows<I>(...); });
template <class Body>
decltype(auto) on_isa(Body&& body) {
  if (isa() == Isa::kAvx512) return body.template operator()<Isa::kAvx512>();
  return body.template operator()<Isa::kAvx2>();
}

}  // namespace r1::kernels
