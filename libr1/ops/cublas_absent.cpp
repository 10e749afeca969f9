// In builds without CUDA.
#include "libr1/core/error.h"
#include "libr1/ops/cublas.h"

namespace r1::ops {

std::unique_ptr<kernels::ProductLibrary> product_library(Products products) {
  R1_CHECK_INPUT(products == Products::kOwn,
                 "this build has no CUDA, and so no cuBLASLt; set compute.products=own");
  return nullptr;
}

}  // namespace r1::ops
