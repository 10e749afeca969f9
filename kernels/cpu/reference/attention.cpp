#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace r1::kernels {
namespace {

// One query vector: its softmax over positions 0 .. scores.size() - 1.
double softmax_in_place(std::vector<double>& scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - largest);
  for (double& score : scores) score /= sum;
  return largest + std::log(sum);
}

double dot(int64_t count, const double* a, const double* b, int64_t b_step) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i * b_step];
  return sum;
}

}  // namespace

template <>
void write_kv_pages<Device::kCpu, double>(const AttentionShape& shape,
                                          std::span<const AttentionSequence> sequences,
                                          const double* k, const double* v, double* k_pages,
                                          double* v_pages, Stream) {
  const int64_t dim = shape.head_dim;
  for (const AttentionSequence& sequence : sequences) {
    for (int32_t i = 0; i < sequence.num_rows; ++i) {
      const int32_t position = sequence.first_position + i;
      const int64_t page = sequence.pages[position / kPageTokens] * shape.page_size();
      const int64_t row = (sequence.first_row + i) * shape.qkv_stride,
                    slot = position % kPageTokens;
      for (int64_t head = 0; head < shape.kv_heads; ++head) {
        for (int64_t d = 0; d < dim; ++d) {
          k_pages[page + (head * dim + d) * kPageTokens + slot] = k[row + head * dim + d];
          v_pages[page + (head * kPageTokens + slot) * dim + d] = v[row + head * dim + d];
        }
      }
    }
  }
}

template <>
void attention_forward<Device::kCpu, double>(const AttentionShape& shape,
                                             std::span<const AttentionSequence> sequences,
                                             const double* q, const double* k_pages,
                                             const double* v_pages, double* o, double* lse,
                                             Stream) {
  const int64_t dim = shape.head_dim, group = shape.heads / shape.kv_heads;
  for (const AttentionSequence& sequence : sequences) {
    for (int64_t item = 0; item < sequence.num_rows * shape.heads; ++item) {
      const int64_t row = sequence.first_row + item / shape.heads, head = item % shape.heads;
      const int64_t kv_head = head / group;
      const double* query = q + row * shape.qkv_stride + head * dim;
      std::vector<double> weights(
          static_cast<size_t>(sequence.first_position + item / shape.heads + 1));
      for (size_t j = 0; j < weights.size(); ++j) {
        const double* page = k_pages + sequence.pages[j / kPageTokens] * shape.page_size();
        weights[j] =
            shape.scale *
            dot(dim, query, page + kv_head * dim * kPageTokens + j % kPageTokens, kPageTokens);
      }
      const double log_sum = softmax_in_place(weights);
      if (lse) lse[row * shape.heads + head] = log_sum;
      double* out = o + (row * shape.heads + head) * dim;
      std::fill_n(out, dim, 0.0);
      for (size_t j = 0; j < weights.size(); ++j) {
        const double* page = v_pages + sequence.pages[j / kPageTokens] * shape.page_size();
        const double* value =
            page + (kv_head * kPageTokens + static_cast<int64_t>(j % kPageTokens)) * dim;
        for (int64_t d = 0; d < dim; ++d) out[d] += weights[j] * value[d];
      }
    }
  }
}

template <>
void attention_backward<Device::kCpu, double>(const AttentionShape& shape,
                                              std::span<const AttentionSequence> sequences,
                                              const AttentionGrad<double>& grad, Stream) {
  const auto [q, k, v, o, lse, do_, dq, dk, dv, scratch] = grad;
  const int64_t dim = shape.head_dim, group = shape.heads / shape.kv_heads,
                stride = shape.qkv_stride;
  for (const AttentionSequence& sequence : sequences) {
    for (int64_t i = 0; i < sequence.num_rows; ++i) {
      const int64_t row = (sequence.first_row + i) * stride;
      std::fill_n(dk + row, shape.kv_heads * dim, 0.0);
      std::fill_n(dv + row, shape.kv_heads * dim, 0.0);
      std::fill_n(dq + row, shape.heads * dim, 0.0);
    }
    for (int64_t item = 0; item < sequence.num_rows * shape.heads; ++item) {
      const int64_t i = item / shape.heads, head = item % shape.heads;
      const int64_t dense = ((sequence.first_row + i) * shape.heads + head) * dim;
      const int64_t at_q = (sequence.first_row + i) * stride + head * dim;
      const double delta = dot(dim, do_ + dense, o + dense, 1);
      for (int64_t j = 0; j <= i; ++j) {
        const int64_t at_kv = (sequence.first_row + j) * stride + head / group * dim;
        const double p = std::exp(shape.scale * dot(dim, q + at_q, k + at_kv, 1) -
                                  lse[(sequence.first_row + i) * shape.heads + head]);
        const double ds = p * (dot(dim, do_ + dense, v + at_kv, 1) - delta) * shape.scale;
        for (int64_t d = 0; d < dim; ++d) {
          dq[at_q + d] += ds * k[at_kv + d];
          dk[at_kv + d] += ds * q[at_q + d];
          dv[at_kv + d] += p * do_[dense + d];
        }
      }
    }
  }
}

}  // namespace r1::kernels
