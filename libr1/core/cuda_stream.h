// For sources that give work to CUDA: they include one of its headers before this.
#pragma once

#include "libr1/core/types.h"

namespace r1 {

// Where nothing else is said, the stream of the calling thread: unlike CUDA's default stream it can
// be recorded (gpu::Graph), and does not wait for others.
inline cudaStream_t native_stream(const Stream& stream) {
  return stream.cuda_stream ? static_cast<cudaStream_t>(stream.cuda_stream) : cudaStreamPerThread;
}

}  // namespace r1
