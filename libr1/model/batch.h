// Tokens of several sequences packed into rows without padding.
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

// Whole sequences, each with its own run of cache pages: what training reads.
class PackedBatch {
 public:
  // Appends one sequence from position 0 and returns its first row. Sequences are padded to an
  // even number of rows with token 0, which nothing attends to, so that bf16 gradients pair the
  // same rows however sequences are packed.
  int64_t add(std::span<const int32_t> tokens);

  // Valid until the next add().
  TokenBatch batch();
  int64_t rows() const { return static_cast<int64_t>(tokens_.size()); }
  int64_t num_pages() const { return static_cast<int64_t>(pages_.size()); }

  static int64_t padded_rows(int64_t tokens) { return (tokens + 1) / 2 * 2; }

 private:
  std::vector<int32_t> tokens_, positions_, pages_;
  std::vector<ops::AttentionSequence> sequences_;
};

// A batch as the model reads it on a device: on a GPU its ids, positions, sequences and page lists
// are copied there, once for all layers.
class BatchOnDevice {
 public:
  // What `batch` points at outlives this.
  BatchOnDevice(const TokenBatch& batch, Device device, const Stream& stream);
  const TokenBatch& batch() const { return batch_; }

 private:
  TokenBatch batch_;
  Buffer memory_;
};

}  // namespace r1
