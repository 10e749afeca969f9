#include "kernels/elementwise.h"

#include "kernels/cuda/group.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;

// A group a thread.
Grid grid_of(int64_t count) { return {ceil_div(count, kThreads * kGroup)}; }

__device__ int64_t first_element() {
  return (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kGroup;
}

template <class T>
__global__ void add(int64_t count, bool aligned, const T* x, T* y) {
  const int64_t i = first_element(), left = count - i;
  if (left <= 0) return;
  const Group more = load_group(x + i, left, aligned);
  Group sum = load_group(y + i, left, aligned);
#pragma unroll
  for (int j = 0; j < kGroup; ++j) sum.at[j] = sum.at[j] + more.at[j];
  store_group(sum, y + i, left, aligned);
}

template <class T>
__global__ void add_parts(int64_t num_parts, int64_t count, bool aligned, const T* parts, T* sum) {
  const int64_t i = first_element(), left = count - i;
  if (left <= 0) return;
  Group total = load_group(parts + i, left, aligned);
  for (int64_t p = 1; p < num_parts; ++p) {
    const Group part = load_group(parts + p * count + i, left, aligned);
#pragma unroll
    for (int j = 0; j < kGroup; ++j) total.at[j] = total.at[j] + part.at[j];
  }
  store_group(total, sum + i, left, aligned);
}

// A block a row.
template <class T>
__global__ void place(int64_t cols, const T* x, int64_t stride, T* y) {
  const int64_t row = blockIdx.x;
  for (int64_t i = threadIdx.x; i < cols; i += kThreads) y[row * stride + i] = x[row * cols + i];
}

template <class From, class To>
__global__ void convert_each(int64_t count, bool aligned, const From* x, To* y) {
  const int64_t i = first_element(), left = count - i;
  if (left > 0) store_group(load_group(x + i, left, aligned), y + i, left, aligned);
}

__global__ void square_blocks(int64_t count, const float* x, double* blocks) {
  const int64_t begin = static_cast<int64_t>(blockIdx.x) * kSquaresOfABlock;
  double sum = 0;
  for (int64_t i = threadIdx.x; i < kSquaresOfABlock && begin + i < count; i += kThreads)
    sum = fma(static_cast<double>(x[begin + i]), static_cast<double>(x[begin + i]), sum);
  sum = block_sum(sum, shared_array<double>(0));
  if (threadIdx.x == 0) blocks[blockIdx.x] = sum;
}

// One block.
__global__ void add_blocks(int64_t num_blocks, const double* blocks, double* sum) {
  double mine = 0;
  for (int64_t i = threadIdx.x; i < num_blocks; i += kThreads) mine = mine + blocks[i];
  mine = block_sum(mine, shared_array<double>(0));
  if (threadIdx.x == 0) *sum = mine;
}

}  // namespace

template <Device D, class T>
void add_in_place(int64_t count, const T* x, T* y, Stream stream) {
  launch("add_in_place", add<T>, grid_of(count), kThreads, 0, stream, count,
         has_groups(x, kGroup) && has_groups(y, kGroup), x, y);
}

template <Device D, class T>
void sum_parts(int64_t num_parts, int64_t count, const T* parts, T* sum, Stream stream) {
  launch("sum_parts", add_parts<T>, grid_of(count), kThreads, 0, stream, num_parts, count,
         has_groups(parts, count) && has_groups(sum, kGroup), parts, sum);
}

template <Device D, class T>
void place_columns(int64_t rows, int64_t cols, const T* x, int64_t stride, T* y, Stream stream) {
  launch("place_columns", place<T>, {rows}, kThreads, 0, stream, cols, x, stride, y);
}

template <Device D, class From, class To>
void convert(int64_t count, const From* x, To* y, Stream stream) {
  launch("convert", convert_each<From, To>, grid_of(count), kThreads, 0, stream, count,
         has_groups(x, kGroup) && has_groups(y, kGroup), x, y);
}

template <>
void sum_of_squares<Device::kCuda, float>(int64_t count, const float* x, double* blocks,
                                          double* sum, Stream stream) {
  constexpr int64_t kBytes = kWarpSize * sizeof(double);
  launch("sum_of_squares", square_blocks, {num_square_blocks(count)}, kThreads, kBytes, stream,
         count, x, blocks);
  launch("sum_of_squares, blocks", add_blocks, {1}, kThreads, kBytes, stream,
         num_square_blocks(count), blocks, sum);
}

template void add_in_place<Device::kCuda, float>(int64_t, const float*, float*, Stream);
template void add_in_place<Device::kCuda, Bf16>(int64_t, const Bf16*, Bf16*, Stream);
template void sum_parts<Device::kCuda, float>(int64_t, int64_t, const float*, float*, Stream);
template void sum_parts<Device::kCuda, Bf16>(int64_t, int64_t, const Bf16*, Bf16*, Stream);
template void place_columns<Device::kCuda, float>(int64_t, int64_t, const float*, int64_t, float*,
                                                  Stream);
template void convert<Device::kCuda, float, float>(int64_t, const float*, float*, Stream);
template void convert<Device::kCuda, float, Bf16>(int64_t, const float*, Bf16*, Stream);
template void convert<Device::kCuda, Bf16, float>(int64_t, const Bf16*, float*, Stream);
template void convert<Device::kCuda, Bf16, Bf16>(int64_t, const Bf16*, Bf16*, Stream);

}  // namespace r1::kernels
