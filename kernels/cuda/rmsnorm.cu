#include "kernels/rmsnorm.h"

#include "kernels/cuda/columns.h"

namespace r1::kernels {
namespace {

constexpr int64_t kReduceBytes = kWarpSize * sizeof(float);

// By the length of a piece alone: the threads share its sum.
int threads_of(const RmsNormShape& shape) { return shape.cols <= 256 ? kWarpSize : 256; }

__device__ int64_t offset_of(const RmsNormShape& shape, int64_t piece) {
  return piece / shape.pieces * shape.stride + piece % shape.pieces * shape.cols;
}

// A block a piece.
template <class T>
__global__ void forward(RmsNormShape shape, const T* x, const T* w, T* y, float* rstd) {
  const int64_t piece = blockIdx.x, at = offset_of(shape, piece);
  float sum = 0;
  for (int64_t i = threadIdx.x; i < shape.cols; i += blockDim.x) {
    const float v = widen(x[at + i]);
    sum = fmaf(v, v, sum);
  }
  sum = block_sum(sum, shared_array<float>(0));
  const auto mean = static_cast<double>(sum) / static_cast<double>(shape.cols);
  const auto r = static_cast<float>(1.0 / sqrt(mean + shape.eps));
  if (threadIdx.x == 0) rstd[piece] = r;
  for (int64_t i = threadIdx.x; i < shape.cols; i += blockDim.x)
    y[at + i] = narrow<T>(widen(x[at + i]) * r * widen(w[i]));
}

// With n = x rstd and g = w dy:  dx = rstd (g - n mean(g n)). A block a piece.
template <class T>
__global__ void backward_input(RmsNormShape shape, const T* dy, const T* x, const T* w,
                               const float* rstd, T* dx, bool accumulate) {
  const int64_t piece = blockIdx.x, at = offset_of(shape, piece);
  const float r = rstd[piece];
  float sum = 0;
  for (int64_t i = threadIdx.x; i < shape.cols; i += blockDim.x)
    sum = fmaf(widen(w[i]) * widen(dy[at + i]), widen(x[at + i]) * r, sum);
  const float mean = block_sum(sum, shared_array<float>(0)) / static_cast<float>(shape.cols);
  for (int64_t i = threadIdx.x; i < shape.cols; i += blockDim.x) {
    const float g = widen(w[i]) * widen(dy[at + i]);
    const float d = r * fmaf(-(widen(x[at + i]) * r), mean, g);
    dx[at + i] = narrow<T>(accumulate ? widen(dx[at + i]) + d : d);
  }
}

template <class T>
__global__ void backward_weight(RmsNormShape shape, const T* dy, const T* x, const float* rstd,
                                float* dw) {
  const auto factors_of = [&](int64_t piece, int64_t col) {
    const int64_t at = offset_of(shape, piece) + col;
    return Factors{widen(dy[at]), widen(x[at]) * rstd[piece]};
  };
  add_columns(shape.rows * shape.pieces, shape.cols, factors_of, dw);
}

}  // namespace

template <Device D, class T>
void rmsnorm_forward(const RmsNormShape& shape, const T* x, const T* w, T* y, Accumulator<T>* rstd,
                     Stream stream) {
  launch("rmsnorm_forward", forward<T>, {shape.rows * shape.pieces}, threads_of(shape),
         kReduceBytes, stream, shape, x, w, y, rstd);
}

template <Device D, class T>
void rmsnorm_backward(const RmsNormShape& shape, const T* dy, const T* x, const T* w,
                      const Accumulator<T>* rstd, T* dx, bool accumulate, Accumulator<T>* dw,
                      Stream stream) {
  // dw first: dx may overwrite dy.
  launch("rmsnorm_backward_weight", backward_weight<T>, column_grid(shape.cols), kColumnThreads,
         kColumnSharedBytes, stream, shape, dy, x, rstd, dw);
  launch("rmsnorm_backward_input", backward_input<T>, {shape.rows * shape.pieces},
         threads_of(shape), kReduceBytes, stream, shape, dy, x, w, rstd, dx, accumulate);
}

#define R1_INSTANTIATE(T)                                                                      \
  template void rmsnorm_forward<Device::kCuda, T>(const RmsNormShape&, const T*, const T*, T*, \
                                                  float*, Stream);                             \
  template void rmsnorm_backward<Device::kCuda, T>(                                            \
      const RmsNormShape&, const T*, const T*, const T*, const float*, T*, bool, float*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
