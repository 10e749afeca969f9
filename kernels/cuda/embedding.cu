#include "kernels/embedding.h"

#include "kernels/cuda/math.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarpSize;

// A block a row.
template <class T>
__global__ void forward(int64_t cols, const int32_t* ids, TableRows part, const T* table, T* y) {
  const int64_t row = blockIdx.x, id = ids[row];
  for (int64_t i = threadIdx.x; i < cols; i += blockDim.x)
    y[row * cols + i] = part.has(id) ? table[(id - part.first) * cols + i] : T{};
}

template <class T>
__global__ void scatter(int64_t cols, const int32_t* ids, const T* x, T* y) {
  const int64_t row = blockIdx.x, id = ids[row];
  for (int64_t i = threadIdx.x; i < cols; i += blockDim.x) y[id * cols + i] = x[row * cols + i];
}

// A block a row: the first row of an id adds all rows of that id, in order; the others end. Ids are
// compared rows^2 / 2 times, which is little beside the rows themselves, and nothing is sorted.
template <class T>
__global__ void backward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part,
                         const T* dy, float* dtable) {
  const SharedArray<uint32_t> of_warp = shared_array<uint32_t>(0);  // [kWarps] bits of its rows
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t first = blockIdx.x, id = ids[first];
  if (!part.has(id)) return;
  int earlier = 0;
  for (int64_t row = thread; row < first; row += kThreads) earlier |= ids[row] == id;
  if (__syncthreads_or(earlier)) return;
  float* sums = dtable + (id - part.first) * cols;
  for (int64_t begin = first; begin < rows; begin += kThreads) {
    const int64_t mine = begin + thread;
    const uint32_t found = __ballot_sync(kAllLanes, mine < rows && ids[mine] == id);
    if (thread % kWarpSize == 0) of_warp[thread / kWarpSize] = found;
    if (!__syncthreads_or(found != 0)) continue;
    for (int64_t i = thread; i < cols; i += kThreads) {
      float sum = sums[i];
      for (int warp = 0; warp < kWarps; ++warp)
        for (uint32_t left = of_warp[warp]; left != 0; left &= left - 1) {
          const int64_t row = begin + warp * kWarpSize + __ffs(left) - 1;
          sum = sum + widen(dy[row * cols + i]);
        }
      sums[i] = sum;
    }
    __syncthreads();
  }
}

}  // namespace

template <Device D, class T>
void embedding_forward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part,
                       const T* table, T* y, Stream stream) {
  launch("embedding_forward", forward<T>, {rows}, kThreads, 0, stream, cols, ids, part, table, y);
}

template <Device D, class T>
void scatter_rows(int64_t rows, int64_t cols, const int32_t* ids, const T* x, T* y, Stream stream) {
  launch("scatter_rows", scatter<T>, {rows}, kThreads, 0, stream, cols, ids, x, y);
}

template <Device D, class T>
void embedding_backward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part, const T* dy,
                        Accumulator<T>* dtable, Stream stream) {
  launch("embedding_backward", backward<T>, {rows}, kThreads, kWarps * sizeof(uint32_t), stream,
         rows, cols, ids, part, dy, dtable);
}

#define R1_INSTANTIATE(T)                                                                         \
  template void embedding_forward<Device::kCuda, T>(int64_t, int64_t, const int32_t*, TableRows,  \
                                                    const T*, T*, Stream);                        \
  template void scatter_rows<Device::kCuda, T>(int64_t, int64_t, const int32_t*, const T*, T*,    \
                                               Stream);                                           \
  template void embedding_backward<Device::kCuda, T>(int64_t, int64_t, const int32_t*, TableRows, \
                                                     const T*, float*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
