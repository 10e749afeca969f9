// For sources that give work to CUDA: they include one of its headers before this.
#pragma once

#include "libr1/core/types.h"

namespace r1 {

// Where nothing else is said, a stream of the calling thread, made by its first work on the GPU
// that is selected then. It can be recorded (gpu::Graph), and does not wait for others. It is made,
// not cudaStreamPerThread: that handle means another stream to every thread that uses it, and
// libraries launch from threads of their own (NCCL does).
cudaStream_t native_stream(const Stream& stream);

}  // namespace r1
