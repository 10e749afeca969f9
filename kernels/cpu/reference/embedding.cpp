#include "kernels/embedding.h"

namespace r1::kernels {

template <>
void embedding_forward<Device::kCpu, double>(int64_t rows, int64_t cols, const int32_t* ids,
                                             TableRows part, const double* table, double* y,
                                             Stream) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = 0; i < cols; ++i)
      y[row * cols + i] = part.has(ids[row]) ? table[(ids[row] - part.first) * cols + i] : 0.0;
}

template <>
void scatter_rows<Device::kCpu, double>(int64_t rows, int64_t cols, const int32_t* ids,
                                        const double* x, double* y, Stream) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = 0; i < cols; ++i) y[ids[row] * cols + i] = x[row * cols + i];
}

template <>
void embedding_backward<Device::kCpu, double>(int64_t rows, int64_t cols, const int32_t* ids,
                                              TableRows part, const double* dy, double* dtable,
                                              Stream) {
  for (int64_t row = 0; row < rows; ++row) {
    if (!part.has(ids[row])) continue;
    for (int64_t i = 0; i < cols; ++i)
      dtable[(ids[row] - part.first) * cols + i] += dy[row * cols + i];
  }
}

}  // namespace r1::kernels
