#include "libr1/ops/score.h"

#include <algorithm>

#include "libr1/ops/dispatch.h"
#include "libr1/ops/elementwise.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {

void score_forward(const TensorView& hidden, const LinearWeight& head, const Indices& rows,
                   std::span<double> scores, Arena& arena, Stream stream) {
  R1_CHECK(rows.size() == scores.size(), rows.size(), " rows, ", scores.size(), " scores");
  if (rows.empty()) return;
  const ArenaScope scope(arena);
  const auto count = static_cast<int64_t>(rows.size());
  const TensorView last = arena.allocate({count, hidden.shape[1]}, hidden.dtype);
  const TensorView out = arena.allocate({count, 1}, accumulator_dtype(hidden.dtype));
  gather_rows(MirroredCopy<int32_t>(rows.host, hidden.device, stream).values(), hidden, last,
              stream);
  linear_forward(last, head, out, stream);
  read_values(out, scores, stream);
}

void score_backward(const TensorView& hidden, const LinearWeight& head, const Indices& rows,
                    std::span<const double> dscores, const ScoreGradient& gradient, Arena& arena,
                    Stream stream) {
  R1_CHECK(rows.size() == dscores.size(), rows.size(), " rows, ", dscores.size(), " gradients");
  const ArenaScope scope(arena);
  const auto count = static_cast<int64_t>(rows.size());
  const TensorView last =
      arena.allocate({std::max<int64_t>(count, 1), hidden.shape[1]}, hidden.dtype);
  const TensorView dlast = arena.allocate(last.shape, hidden.dtype);
  const TensorView dout = arena.allocate({std::max<int64_t>(count, 1), 1}, hidden.dtype);
  if (count > 0) {
    gather_rows(MirroredCopy<int32_t>(rows.host, hidden.device, stream).values(), hidden, last,
                stream);
    write_values(dscores, dout, stream);
    linear_backward_input(dout, head, dlast, stream);
    linear_backward_weight(dout, last, gradient.dweight, {}, stream);
  }
  scatter_rows(MirroredCopy<int32_t>(rows.host, hidden.device, stream).values(),
               dlast.rows(0, count), gradient.dhidden, stream);
}

}  // namespace r1::ops
