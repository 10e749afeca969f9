# A kernel family has up to three places: simd (compiled for each instruction set), cpu (threads
# and dispatch) and reference (f64, plain loops).
set(R1_KERNEL_FAMILIES
  adamw attention elementwise embedding gemm logprob rmsnorm rope sampling swiglu)
set(R1_KERNEL_SIMD_SOURCES cpu/simd/attention_backward.cpp)
set(R1_KERNEL_SOURCES cpu/isa.cpp cuda/grid.cpp)
foreach(family ${R1_KERNEL_FAMILIES})
  list(APPEND R1_KERNEL_SOURCES cpu/${family}.cpp)
  list(APPEND R1_KERNEL_SIMD_SOURCES cpu/simd/${family}.cpp)
  if(NOT family STREQUAL "sampling")  # logits are f32 whatever the model computes in
    list(APPEND R1_KERNEL_SOURCES cpu/reference/${family}.cpp)
  endif()
endforeach()

# Compiled by nvcc where there is one, and by the emulation of tests/kernels/cuda_emulation always.
set(R1_KERNEL_CUDA_SOURCES cuda/adamw.cu cuda/attention.cu cuda/attention_backward.cu cuda/attention_backward_mma.cu cuda/attention_mma.cu
  cuda/elementwise.cu cuda/embedding.cu cuda/gemm.cu cuda/gemm_mma.cu cuda/kv_pages.cu cuda/logprob.cu cuda/rmsnorm.cu cuda/rope.cu
  cuda/sampling.cu cuda/swiglu.cu)
