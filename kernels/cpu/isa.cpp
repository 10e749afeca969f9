#include "kernels/cpu/isa.h"

#include <cstdlib>
#include <string_view>

#include "libr1/core/error.h"

namespace r1::kernels {
namespace {

Isa detect() {
  R1_CHECK(
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
      "this CPU has no AVX2 and FMA, which the CPU kernels need; use a machine of 2013 or later");
  const char* wish = std::getenv("R1_ISA");
  const std::string_view name = wish ? wish : "";
  R1_CHECK_INPUT(name.empty() || name == "avx2" || name == "avx512", "R1_ISA is '", name,
                 "'; the choices are avx2 and avx512");
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bf16");
  R1_CHECK_INPUT(name != "avx512" || has_avx512,
                 "R1_ISA is avx512, but this CPU has no AVX-512 with BF16");
  return has_avx512 && name != "avx2" ? Isa::kAvx512 : Isa::kAvx2;
}

}  // namespace

Isa isa() {
  static const Isa chosen = detect();
  return chosen;
}

}  // namespace r1::kernels
