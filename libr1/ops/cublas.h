// Products of bf16 by cuBLASLt, which is loaded when it is first asked for.
#pragma once

#include <memory>
#include <span>

#include "kernels/product_library.h"
#include "libr1/config/field.h"

namespace r1::ops {

// Whose products a model on a GPU is computed with.
enum class Products {
  // This project's kernels: a row's bits do not depend on the others, nor gradients on
  // micro-batches.
  kOwn,
  // cuBLASLt with one algorithm for all numbers of rows, without split sums; gradients of weights,
  // whose sums are over rows, are still our own. Meant to keep what kOwn promises.
  kPinned,
  // What cuBLASLt takes for the fastest, for each shape: rollout and training differ by rounding,
  // which every step's logprob_mismatch tells.
  kFastest,
};
inline std::span<const EnumName<Products>> enum_names(Products) {
  static constexpr EnumName<Products> kNames[] = {
      {Products::kOwn, "own"}, {Products::kPinned, "pinned"}, {Products::kFastest, "fastest"}};
  return kNames;
}

// Its work space on a GPU.
inline int64_t product_work_bytes(Products products) {
  return products == Products::kOwn ? 0 : 32 << 20;  // as cuBLAS takes itself on Hopper
}

// For one stream, with work space on the selected GPU. Nothing for kOwn. Fault::kInput when
// cuBLASLt cannot be loaded, or this build has no CUDA.
std::unique_ptr<kernels::ProductLibrary> product_library(Products products);

}  // namespace r1::ops
