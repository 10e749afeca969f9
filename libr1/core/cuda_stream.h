// For sources that call CUDA: they include <cuda_runtime_api.h> before this.
#pragma once

#include "libr1/core/types.h"

namespace r1 {

// Where nothing else is said, the stream of the calling thread: unlike CUDA's default stream it can
// be recorded (gpu::Graph), and does not wait for others.
inline cudaStream_t native_stream(const Stream& stream) {
  return stream.cuda_stream ? static_cast<cudaStream_t>(stream.cuda_stream) : cudaStreamPerThread;
}

// cudaSuccess, cudaErrorNotReady or what went wrong. "Not ready" is not left behind for the next
// launch, which would report it as its own.
inline cudaError_t query(cudaEvent_t event) {
  const cudaError_t code = cudaEventQuery(event);
  if (code == cudaErrorNotReady) cudaGetLastError();
  return code;
}

}  // namespace r1
