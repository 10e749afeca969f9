# A kernel family has up to three places: simd (compiled for each instruction set), cpu (threads
# and dispatch) and reference (f64, plain loops).
set(R1_KERNEL_SIMD_SOURCES)
set(R1_KERNEL_SOURCES cpu/isa.cpp)
foreach(family adamw attention elementwise embedding gemm logprob rmsnorm rope sampling swiglu)
  foreach(place cpu cpu/reference)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${place}/${family}.cpp)
      list(APPEND R1_KERNEL_SOURCES ${place}/${family}.cpp)
    endif()
  endforeach()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/cpu/simd/${family}.cpp)
    list(APPEND R1_KERNEL_SIMD_SOURCES cpu/simd/${family}.cpp)
  endif()
endforeach()
