#include "libr1/model/batch.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/core/gpu.h"

namespace r1 {

int64_t PackedBatch::add(std::span<const int32_t> tokens) {
  R1_CHECK(!tokens.empty(), "a sequence of a batch is empty");
  const int64_t first_row = rows();
  const auto padded =
      static_cast<int32_t>(padded_rows(static_cast<int64_t>(tokens.size()), row_multiple_));
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  tokens_.resize(static_cast<size_t>(first_row + padded), 0);
  for (int32_t position = 0; position < padded; ++position) positions_.push_back(position);
  for (int32_t page = 0; page * ops::kPageTokens < padded; ++page)
    pages_.push_back(static_cast<int32_t>(pages_.size()));
  sequences_.push_back({first_row, padded, 0, nullptr});
  return first_row;
}

TokenBatch PackedBatch::batch() {
  const int32_t* page = pages_.data();
  for (ops::AttentionSequence& sequence : sequences_) {
    sequence.pages = page;
    page += (sequence.num_rows + ops::kPageTokens - 1) / ops::kPageTokens;
  }
  return {tokens_, positions_, sequences_};
}

namespace {

// Arrays one after another, as they will lie in one block of a device's memory.
class Image {
 public:
  // Returns where the array begins.
  template <class T>
  int64_t add(std::span<const T> values) {
    bytes_.resize((bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    const auto begin = static_cast<int64_t>(bytes_.size());
    const auto view = std::as_bytes(values);
    bytes_.insert(bytes_.end(), view.begin(), view.end());
    return begin;
  }
  template <class T>
  void set(int64_t begin, std::span<const T> values) {
    std::ranges::copy(std::as_bytes(values), bytes_.begin() + begin);
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

int64_t num_pages(const ops::AttentionSequence& sequence) {
  return (sequence.first_position + sequence.num_rows + ops::kPageTokens - 1) / ops::kPageTokens;
}

}  // namespace

void BatchOnDevice::load(const TokenBatch& batch, Device device, const Stream& stream) {
  batch_ = batch;
  if (device != Device::kCuda) return;
  // Sequences point to their pages, which lie behind everything of a fixed size.
  std::vector<ops::AttentionSequence> moved(batch.sequences.host.begin(),
                                            batch.sequences.host.end());
  Image image;
  image.add(std::span<const ops::AttentionSequence>(moved));
  const int64_t tokens = image.add(batch.tokens.host);
  const int64_t positions = image.add(batch.positions.host);
  std::vector<int64_t> page_lists;
  for (const ops::AttentionSequence& sequence : moved)
    page_lists.push_back(image.add(
        std::span<const int32_t>(sequence.pages, static_cast<size_t>(num_pages(sequence)))));
  const auto size = static_cast<int64_t>(image.bytes().size());
  if (size > memory_.size_in_bytes()) memory_ = Scratch(2 * size, stream);
  auto* base = static_cast<std::byte*>(memory_.data());
  const auto at = [&](int64_t offset) { return reinterpret_cast<const int32_t*>(base + offset); };
  for (size_t i = 0; i < moved.size(); ++i) moved[i].pages = at(page_lists[i]);
  image.set(0, std::span<const ops::AttentionSequence>(moved));
  gpu::upload(image.bytes().data(), base, size, stream);
  batch_.tokens.data = at(tokens);
  batch_.positions.data = at(positions);
  batch_.sequences.data = reinterpret_cast<const ops::AttentionSequence*>(base);
}

}  // namespace r1
