// AdamW in float with a master copy of bf16, which is rounded at random.
#pragma once

#include "kernels/adamw.h"
#include "kernels/random_rounding.h"

namespace r1::kernels {

// grad, m, v, w: [count]
template <Device D>
void adamw_update(const AdamWStep& step, const RandomRounding& rounding, int64_t count,
                  const float* grad, float* m, float* v, Bf16* w, Stream stream);

}  // namespace r1::kernels
