#include "kernels/swiglu.h"

#include "kernels/cuda/math.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;

Grid grid_of(int64_t rows, int64_t cols) { return {rows, ceil_div(cols, kThreads)}; }

__device__ int64_t column() { return static_cast<int64_t>(blockIdx.y) * kThreads + threadIdx.x; }

template <class T>
__global__ void forward(int64_t cols, const T* gate_up, T* y) {
  const int64_t row = blockIdx.x, col = column();
  if (col >= cols) return;
  const float g = widen(gate_up[row * 2 * cols + col]);
  const float u = widen(gate_up[row * 2 * cols + cols + col]);
  y[row * cols + col] = narrow<T>(g * sigmoid(g) * u);
}

// silu(g) = g s with s = sigmoid(g), so silu'(g) = s (1 + g (1 - s)).
template <class T>
__global__ void backward(int64_t cols, const T* dy, const T* gate_up, T* dgate_up) {
  const int64_t row = blockIdx.x, col = column();
  if (col >= cols) return;
  const int64_t at = row * 2 * cols + col;
  const float g = widen(gate_up[at]), u = widen(gate_up[at + cols]);
  const float grad = widen(dy[row * cols + col]);
  const float s = sigmoid(g);
  dgate_up[at] = narrow<T>(grad * u * (s * fmaf(g, 1.0f - s, 1.0f)));
  dgate_up[at + cols] = narrow<T>(grad * (g * s));
}

}  // namespace

template <Device D, class T>
void swiglu_forward(int64_t rows, int64_t cols, const T* gate_up, T* y, Stream stream) {
  launch("swiglu_forward", forward<T>, grid_of(rows, cols), kThreads, 0, stream, cols, gate_up, y);
}

template <Device D, class T>
void swiglu_backward(int64_t rows, int64_t cols, const T* dy, const T* gate_up, T* dgate_up,
                     Stream stream) {
  launch("swiglu_backward", backward<T>, grid_of(rows, cols), kThreads, 0, stream, cols, dy,
         gate_up, dgate_up);
}

#define R1_INSTANTIATE(T)                                                                 \
  template void swiglu_forward<Device::kCuda, T>(int64_t, int64_t, const T*, T*, Stream); \
  template void swiglu_backward<Device::kCuda, T>(int64_t, int64_t, const T*, const T*, T*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
