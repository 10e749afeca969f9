// The few functions of CUDA's runtime that libr1/parallel/nccl_group.cpp calls itself, on the
// emulated device: it has one queue, so events only tell whether it has come to a place.
#include <cuda_runtime_api.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/kernels/cuda_emulation/memory.h"

struct CUevent_st {
  std::shared_ptr<std::atomic<bool>> reached;
  std::thread::id recorded_by;
};

extern "C" {

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  event->reached = std::make_shared<std::atomic<bool>>(false);
  event->recorded_by = std::this_thread::get_id();
  r1::cuda_emulation::enqueue([reached = event->reached] { *reached = true; });
  return cudaSuccess;
}

// The thread that gives the device its work has to do it as well; others look on.
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (std::this_thread::get_id() == event->recorded_by) r1::cuda_emulation::drain();
  return *event->reached ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return cudaSuccess; }
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "an error of the emulation"; }
}
