// Tokens of several sequences packed into rows, each padded to whole steps of the products.
#pragma once

#include <span>
#include <vector>

#include "libr1/ops/attention.h"

namespace r1 {

// What a forward pass reads. The spans must outlive it.
struct TokenBatch {
  Indices tokens;                     // [rows]
  Indices positions;                  // [rows], each token's place in its sequence
  ops::AttentionSequences sequences;  // in row order, covering all rows

  int64_t rows() const { return static_cast<int64_t>(tokens.size()); }
};

// Rows that products in bf16 add in one step on a device (kernels/gemm.h). Sequences padded to it
// have the same steps, and so the same gradients, however they are packed.
inline int64_t rows_of_a_step(Device device) { return device == Device::kCuda ? 16 : 2; }

// Whole sequences, each with its own run of cache pages: what training reads.
class PackedBatch {
 public:
  explicit PackedBatch(int64_t row_multiple = 2) : row_multiple_(row_multiple) {}

  // Appends one sequence from position 0 and returns its first row. Sequences are padded to a
  // multiple of rows with token 0, which nothing attends to.
  int64_t add(std::span<const int32_t> tokens);

  // Valid until the next add().
  TokenBatch batch();
  int64_t rows() const { return static_cast<int64_t>(tokens_.size()); }
  int64_t num_pages() const { return static_cast<int64_t>(pages_.size()); }

  static int64_t padded_rows(int64_t tokens, int64_t row_multiple = 2) {
    return (tokens + row_multiple - 1) / row_multiple * row_multiple;
  }

 private:
  int64_t row_multiple_;
  std::vector<int32_t> tokens_, positions_, pages_;
  std::vector<ops::AttentionSequence> sequences_;
};

// A batch as the model reads it on a device: on a GPU its ids, positions, sequences and page lists
// are copied there, once for all layers.
class BatchOnDevice {
 public:
  BatchOnDevice() = default;
  BatchOnDevice(const TokenBatch& batch, Device device, const Stream& stream) {
    load(batch, device, stream);
  }

  // In place of the batch before. What `batch` points at outlives batch().
  void load(const TokenBatch& batch, Device device, const Stream& stream);
  const TokenBatch& batch() const { return batch_; }
  // On a GPU: where all of it lies. Batches of as many rows and sequences have their arrays in the
  // same places of it; it moves when a batch needs more than all before.
  const void* memory() const { return memory_.data(); }
  // On a GPU: for tokens that are known there before the host knows them.
  int32_t* written_tokens() const { return const_cast<int32_t*>(batch_.tokens.data); }

 private:
  TokenBatch batch_;
  Scratch memory_;
};

}  // namespace r1
