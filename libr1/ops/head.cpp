#include "libr1/ops/head.h"

#include <algorithm>
#include <vector>

#include "kernels/logprob.h"
#include "libr1/ops/dispatch.h"
#include "libr1/ops/elementwise.h"
#include "libr1/ops/vocab_parts.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {
namespace {

// Rows a chunk, whole steps of bf16 products, so that they add the same rows whatever the chunk. On
// a CPU logits of about 16 MB, which a last-level cache holds; on a GPU of 512 MB: each chunk reads
// the head and, for its gradient, reads and writes as much again in f32, which takes a GPU as long
// as the products of some hundred rows.
int64_t chunk_rows(int64_t vocab, Device device) {
  const int64_t rows = device == Device::kCuda ? std::clamp<int64_t>((128 << 20) / vocab, 64, 8192)
                                               : std::clamp<int64_t>(4'000'000 / vocab, 64, 1024);
  return rows / 16 * 16;
}

// Nothing is copied for a plan, which may be of a GPU that is not here.
Device place_of(const Arena& arena, const TensorView& hidden) {
  return arena.is_measuring() ? Device::kCpu : hidden.device;
}

// One chunk of targets: its gathered hidden states, logits and log-probabilities.
class HeadChunk {
 public:
  HeadChunk(const TensorView& hidden, const LinearWeight& head, const HeadTargets& targets,
            Arena& arena, Stream stream)
      : hidden_(hidden),
        head_(head),
        rows_of_(targets.rows.host, place_of(arena, hidden), stream),
        tokens_of_(targets.tokens.host, place_of(arena, hidden), stream),
        targets_{rows_of_.values(), tokens_of_.values(), targets.inverse_temperature, targets.part},
        stream_(stream) {
    R1_CHECK(targets.rows.size() == targets.tokens.size(), "head: ", targets.rows.size(),
             " rows and ", targets.tokens.size(), " targets");
    const int64_t vocab = head.weight.shape[0];
    const int64_t whole_vocab = targets.part.gather ? targets.part.whole_vocab : vocab;
    for (const int32_t token : targets.tokens.host)
      R1_CHECK(token >= 0 && token < whole_vocab, "head: target ", token, " is outside of [0, ",
               whole_vocab, ")");
    // The same of every part, which may differ by a row.
    capacity_ = std::min(chunk_rows(whole_vocab, hidden.device), std::max<int64_t>(count(), 1));
    const Dtype acc = accumulator_dtype(hidden.dtype);
    rows_ = arena.allocate({capacity_, hidden.shape[1]}, hidden.dtype);
    logits_ = arena.allocate({capacity_, vocab}, acc);
    logprob_ = arena.allocate({capacity_}, acc);
    entropy_ = arena.allocate({capacity_}, acc);
    lse_ = arena.allocate({capacity_}, acc);
  }

  int64_t count() const { return static_cast<int64_t>(targets_.rows.size()); }
  int64_t capacity() const { return capacity_; }

  void forward(int64_t begin, int64_t end) {
    begin_ = begin;
    size_ = end - begin;
    gather_rows(targets_.rows.subspan(static_cast<size_t>(begin), static_cast<size_t>(size_)),
                hidden_, rows(), stream_);
    linear_forward(rows(), head_, logits(), stream_);
    on_kernel(hidden_, [&]<Device D, class T>() {
      using A = Accumulator<T>;
      kernels::logprob_forward<D, T>(shape(), logits_.data<A>(), tokens(), logprob_.data<A>(),
                                     lse_.data<A>(), entropy_.data<A>(), stream_);
    });
  }

  void copy_out(std::span<double> logprob, std::span<double> entropy) {
    const auto size = static_cast<size_t>(size_);
    read_values(logprob_, logprob.first(size), stream_);
    read_values(entropy_, entropy.first(size), stream_);
    if (targets_.part.gather) join(logprob.first(size), entropy.first(size));
  }

  // dlogits: [capacity, vocab] in T, its first rows written
  TensorView backward(std::span<const double> dlogprob, const TensorView& dlogits) {
    write_values(dlogprob, entropy_, stream_);
    on_kernel(hidden_, [&]<Device D, class T>() {
      using A = Accumulator<T>;
      kernels::logprob_backward<D, T>(shape(), logits_.data<A>(), tokens(), lse_.data<A>(),
                                      entropy_.data<A>(), dlogits.data<T>(), stream_);
    });
    return dlogits.rows(0, size_);
  }

  const Indices& target_rows() const { return targets_.rows; }
  TensorView rows() const { return rows_.rows(0, size_); }
  TensorView logits() const { return logits_.rows(0, size_); }

 private:
  // This part's values become the whole row's, on every rank the same.
  void join(std::span<double> logprob, std::span<double> entropy) {
    const size_t size = logprob.size();
    std::vector<double> mine(3 * size), lse(size);
    read_values(lse_, lse, stream_);
    for (size_t i = 0; i < size; ++i) {
      mine[i] = lse[i];
      mine[size + i] = entropy[i];
      mine[2 * size + i] = logprob[i] + lse[i];
    }
    const auto parts = targets_.part.gather(mine);
    for (size_t i = 0; i < size; ++i) {
      const RowLogprob whole = join_row(parts, i, size);
      lse[i] = whole.lse;
      logprob[i] = whole.logprob;
      entropy[i] = whole.entropy;
    }
    write_values(lse, lse_, stream_);
    // Rounded as those of a whole head.
    write_values(logprob, logprob_, stream_);
    read_values(logprob_, logprob, stream_);
  }

  kernels::LogprobShape shape() const {
    return {size_, logits_.shape[1], targets_.inverse_temperature, targets_.part.first_token};
  }
  const int32_t* tokens() const { return targets_.tokens.data + begin_; }

  const TensorView& hidden_;
  const LinearWeight& head_;
  MirroredCopy<int32_t> rows_of_, tokens_of_;
  HeadTargets targets_;
  Stream stream_;
  int64_t capacity_ = 0;
  int64_t begin_ = 0;
  int64_t size_ = 0;
  TensorView rows_, logits_, logprob_, entropy_, lse_;
};

}  // namespace

void head_logits(const TensorView& hidden, const LinearWeight& head, const TensorView& logits,
                 Stream stream) {
  linear_forward(hidden, head, logits, stream);
}

void head_logprobs(const TensorView& hidden, const LinearWeight& head, const HeadTargets& targets,
                   std::span<double> logprob, std::span<double> entropy, Arena& arena,
                   Stream stream) {
  const ArenaScope scope(arena);
  HeadChunk chunk(hidden, head, targets, arena, stream);
  if (arena.is_measuring()) return;
  for (int64_t begin = 0; begin < chunk.count(); begin += chunk.capacity()) {
    const int64_t end = std::min(chunk.count(), begin + chunk.capacity());
    chunk.forward(begin, end);
    chunk.copy_out(logprob.subspan(static_cast<size_t>(begin)),
                   entropy.subspan(static_cast<size_t>(begin)));
  }
}

void head_loss_backward(const TensorView& hidden, const LinearWeight& head,
                        const HeadTargets& targets, HeadLoss loss, const HeadGradient& gradient,
                        Arena& arena, Stream stream) {
  const ArenaScope scope(arena);
  HeadChunk chunk(hidden, head, targets, arena, stream);
  const int64_t capacity = chunk.capacity();
  const TensorView dlogits = arena.allocate({capacity, head.weight.shape[0]}, hidden.dtype);
  const TensorView dtargets =
      arena.allocate({std::max<int64_t>(chunk.count(), 1), hidden.shape[1]}, hidden.dtype);
  if (arena.is_measuring()) return;
  std::vector<double> logprob(static_cast<size_t>(capacity)), entropy(logprob), dlogprob(logprob);
  for (int64_t begin = 0; begin < chunk.count(); begin += capacity) {
    const int64_t end = std::min(chunk.count(), begin + capacity);
    const auto size = static_cast<size_t>(end - begin);
    chunk.forward(begin, end);
    chunk.copy_out(logprob, entropy);
    loss(begin, std::span(logprob).first(size), std::span(entropy).first(size),
         std::span(dlogprob).first(size));
    const TensorView dchunk = chunk.backward(std::span(dlogprob).first(size), dlogits);
    linear_backward_input(dchunk, head, dtargets.rows(begin, end - begin), stream);
    linear_backward_weight(dchunk, chunk.rows(), gradient.dweight, {}, stream);
  }
  scatter_rows(chunk.target_rows(), dtargets.rows(0, chunk.count()), gradient.dhidden, stream);
}

}  // namespace r1::ops
