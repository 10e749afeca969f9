#include "kernels/rmsnorm.h"

#include "kernels/cuda/columns.h"
#include "kernels/cuda/group.h"

namespace r1::kernels {
namespace {

constexpr int64_t kReduceBytes = kWarpSize * sizeof(float);

// By the length of a piece alone: the threads share its sum.
int threads_of(const RmsNormShape& shape) {
  return shape.cols <= 512 ? kWarpSize : shape.cols <= 2048 ? 128 : 256;
}

__device__ int64_t offset_of(const RmsNormShape& shape, int64_t piece) {
  const int64_t row = short_quotient(piece, shape.pieces);
  return row * shape.stride + (piece - row * shape.pieces) * shape.cols;
}

template <class T>
bool moves_groups(const RmsNormShape& shape, const T* data) {
  return has_groups(data, shape.stride) && shape.cols % kGroup == 0;
}

// Calls body(i, left) for the first element of each of this thread's groups of a piece.
template <class Body>
__device__ __forceinline__ void for_groups(int64_t cols, Body body) {
  const int64_t step = static_cast<int64_t>(blockDim.x) * kGroup;
  for (int64_t i = static_cast<int64_t>(threadIdx.x) * kGroup; i < cols; i += step)
    body(i, cols - i);
}

// A block a piece.
template <class T>
__global__ void forward(RmsNormShape shape, bool aligned, const T* x, const T* w, T* y,
                        float* rstd) {
  const int64_t piece = blockIdx.x, at = offset_of(shape, piece);
  float sum = 0;
  for_groups(shape.cols, [&](int64_t i, int64_t left) {
    const Group v = load_group(x + at + i, left, aligned);
#pragma unroll
    for (int j = 0; j < kGroup; ++j) sum = fmaf(v.at[j], v.at[j], sum);
  });
  sum = block_sum(sum, shared_array<float>(0));
  const auto mean = static_cast<double>(sum) / static_cast<double>(shape.cols);
  const auto r = static_cast<float>(1.0 / sqrt(mean + shape.eps));
  if (threadIdx.x == 0) rstd[piece] = r;
  for_groups(shape.cols, [&](int64_t i, int64_t left) {
    Group v = load_group(x + at + i, left, aligned);
    const Group weight = load_group(w + i, left, aligned);
#pragma unroll
    for (int j = 0; j < kGroup; ++j) v.at[j] = v.at[j] * r * weight.at[j];
    store_group(v, y + at + i, left, aligned);
  });
}

// With n = x rstd and g = w dy:  dx = rstd (g - n mean(g n)). A block a piece.
template <class T>
__global__ void backward_input(RmsNormShape shape, bool aligned, const T* dy, const T* x,
                               const T* w, const float* rstd, T* dx, bool accumulate) {
  const int64_t piece = blockIdx.x, at = offset_of(shape, piece);
  const float r = rstd[piece];
  float sum = 0;
  for_groups(shape.cols, [&](int64_t i, int64_t left) {
    const Group weight = load_group(w + i, left, aligned);
    const Group grad = load_group(dy + at + i, left, aligned);
    const Group v = load_group(x + at + i, left, aligned);
#pragma unroll
    for (int j = 0; j < kGroup; ++j) sum = fmaf(weight.at[j] * grad.at[j], v.at[j] * r, sum);
  });
  const float mean = block_sum(sum, shared_array<float>(0)) / static_cast<float>(shape.cols);
  for_groups(shape.cols, [&](int64_t i, int64_t left) {
    const Group weight = load_group(w + i, left, aligned);
    const Group grad = load_group(dy + at + i, left, aligned);
    const Group v = load_group(x + at + i, left, aligned);
    Group result = {};
    if (accumulate) result = load_group(dx + at + i, left, aligned);
#pragma unroll
    for (int j = 0; j < kGroup; ++j) {
      const float d = r * fmaf(-(v.at[j] * r), mean, weight.at[j] * grad.at[j]);
      result.at[j] = accumulate ? result.at[j] + d : d;
    }
    store_group(result, dx + at + i, left, aligned);
  });
}

template <class T>
__global__ void __launch_bounds__(kMostColumnThreads)
    backward_weight(RmsNormShape shape, const T* dy, const T* x, const float* rstd, float* dw) {
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
         kReduceBytes, stream, shape,
         moves_groups(shape, x) && moves_groups(shape, y) && has_groups(w, kGroup), x, w, y, rstd);
}

template <Device D, class T>
void rmsnorm_backward_weight(const RmsNormShape& shape, const T* dy, const T* x,
                             const Accumulator<T>* rstd, Accumulator<T>* dw, Stream stream) {
  const ColumnLaunch columns(shape.rows * shape.pieces, shape.cols);
  launch("rmsnorm_backward_weight", backward_weight<T>, columns.grid, columns.num_threads,
         columns.shared_bytes, stream, shape, dy, x, rstd, dw);
}

template <Device D, class T>
void rmsnorm_backward_input(const RmsNormShape& shape, const T* dy, const T* x, const T* w,
                            const Accumulator<T>* rstd, T* dx, bool accumulate, Stream stream) {
  launch("rmsnorm_backward_input", backward_input<T>, {shape.rows * shape.pieces},
         threads_of(shape), kReduceBytes, stream, shape,
         moves_groups(shape, dy) && moves_groups(shape, x) && moves_groups(shape, dx) &&
             has_groups(w, kGroup),
         dy, x, w, rstd, dx, accumulate);
}

#define R1_INSTANTIATE(T)                                                                          \
  template void rmsnorm_forward<Device::kCuda, T>(const RmsNormShape&, const T*, const T*, T*,     \
                                                  float*, Stream);                                 \
  template void rmsnorm_backward_weight<Device::kCuda, T>(const RmsNormShape&, const T*, const T*, \
                                                          const float*, float*, Stream);           \
  template void rmsnorm_backward_input<Device::kCuda, T>(                                          \
      const RmsNormShape&, const T*, const T*, const T*, const float*, T*, bool, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
