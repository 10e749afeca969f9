#include "kernels/swiglu.h"

#include "kernels/cuda/group.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 128;

// A block so many groups of a row.
Grid grid_of(int64_t rows, int64_t cols) { return {rows, ceil_div(cols, kThreads * kGroup)}; }

__device__ int64_t first_column() {
  return (static_cast<int64_t>(blockIdx.y) * kThreads + threadIdx.x) * kGroup;
}

template <class T>
__global__ void forward(int64_t cols, bool aligned, const T* gate_up, T* y) {
  const int64_t row = blockIdx.x, col = first_column(), left = cols - col;
  if (left <= 0) return;
  const T* gate = gate_up + row * 2 * cols + col;
  const Group g = load_group(gate, left, aligned), u = load_group(gate + cols, left, aligned);
  Group result;
#pragma unroll
  for (int i = 0; i < kGroup; ++i) result.at[i] = g.at[i] * sigmoid(g.at[i]) * u.at[i];
  store_group(result, y + row * cols + col, left, aligned);
}

// silu(g) = g s with s = sigmoid(g), so silu'(g) = s (1 + g (1 - s)).
template <class T>
__global__ void backward(int64_t cols, bool aligned, const T* dy, const T* gate_up, T* dgate_up) {
  const int64_t row = blockIdx.x, col = first_column(), left = cols - col;
  if (left <= 0) return;
  const int64_t at = row * 2 * cols + col;
  const Group g = load_group(gate_up + at, left, aligned);
  const Group u = load_group(gate_up + at + cols, left, aligned);
  const Group grad = load_group(dy + row * cols + col, left, aligned);
  Group dgate, dup;
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    const float s = sigmoid(g.at[i]);
    dgate.at[i] = grad.at[i] * u.at[i] * (s * fmaf(g.at[i], 1.0f - s, 1.0f));
    dup.at[i] = grad.at[i] * (g.at[i] * s);
  }
  store_group(dgate, dgate_up + at, left, aligned);
  store_group(dup, dgate_up + at + cols, left, aligned);
}

}  // namespace

template <Device D, class T>
void swiglu_forward(int64_t rows, int64_t cols, const T* gate_up, T* y, Stream stream) {
  launch("swiglu_forward", forward<T>, grid_of(rows, cols), kThreads, 0, stream, cols,
         has_groups(gate_up, cols) && has_groups(y, cols), gate_up, y);
}

template <Device D, class T>
void swiglu_backward(int64_t rows, int64_t cols, const T* dy, const T* gate_up, T* dgate_up,
                     Stream stream) {
  launch("swiglu_backward", backward<T>, grid_of(rows, cols), kThreads, 0, stream, cols,
         has_groups(dy, cols) && has_groups(gate_up, cols) && has_groups(dgate_up, cols), dy,
         gate_up, dgate_up);
}

#define R1_INSTANTIATE(T)                                                                 \
  template void swiglu_forward<Device::kCuda, T>(int64_t, int64_t, const T*, T*, Stream); \
  template void swiglu_backward<Device::kCuda, T>(int64_t, int64_t, const T*, const T*, T*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
