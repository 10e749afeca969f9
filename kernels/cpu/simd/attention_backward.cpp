// Weights are recomputed from the saved lse, once for dq and once for dk and dv: two passes cost
// seven products instead of five, and need no memory that grows with the sequence.
#include "kernels/cpu/simd/attention.h"
#include "kernels/cpu/simd/multiply_add.h"

namespace r1::kernels::simd {
namespace {

constexpr int64_t kBlock = kPageTokens;
using Rows = float[kBlock][kMaxHeadDim];
using Columns = float[kMaxHeadDim][kBlock];
using Weights = float[kBlock][kBlock];

int64_t min_of(int64_t a, int64_t b) { return a < b ? a : b; }

// Rows [first, first + count) of a matrix, in f32.
template <class T>
void widen_rows(int64_t count, int64_t dim, const T* from, int64_t stride, Rows& to) {
  for (int64_t i = 0; i < count; ++i)
    for_lanes(dim, [&](int64_t d, auto mask) {
      store(to[i] + d, load(from + i * stride + d, mask), mask);
    });
}

// Transposed; columns past count are 0.
void transpose(int64_t count, int64_t dim, const Rows& from, Columns& to) {
  for (int64_t d = 0; d < dim; ++d)
    for (int64_t i = 0; i < kBlock; ++i) to[d][i] = i < count ? from[i][d] : 0;
}

void clear(int64_t rows, int64_t dim, Rows& x) {
  const int64_t whole = min_of(kMaxHeadDim, dim + 2 * kLanes);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t d = 0; d < whole; d += kLanes) store(x[i] + d, zero());
}

template <class T>
void store_rows(int64_t count, int64_t dim, const Rows& from, T* to, int64_t stride) {
  for (int64_t i = 0; i < count; ++i)
    for_lanes(dim, [&](int64_t d, auto mask) {
      store(to + i * stride + d, load(from[i] + d, mask), mask);
    });
}

// Queries of one head and what flows into them.
struct Queries {
  int64_t first = 0, count = 0;  // rows of the sequence
  alignas(64) Rows q, do_;
  float lse[kBlock], delta[kBlock];  // delta: sum of do o
};

template <class T>
void load_queries(const AttentionShape& shape, const AttentionSequence& sequence, int64_t head,
                  const AttentionGrad<T>& grad, Queries& out) {
  const int64_t dim = shape.head_dim, row = sequence.first_row + out.first;
  const int64_t dense = (row * shape.heads + head) * dim;
  widen_rows(out.count, dim, grad.q + row * shape.qkv_stride + head * dim, shape.qkv_stride, out.q);
  widen_rows(out.count, dim, grad.do_ + dense, shape.heads * dim, out.do_);
  for (int64_t i = 0; i < out.count; ++i) {
    out.lse[i] = grad.lse[(row + i) * shape.heads + head];
    const T* o = grad.o + dense + i * shape.heads * dim;
    out.delta[i] = sum_terms(dim, [&](int64_t d, auto mask, Vec sum) {
      return fma(load(out.do_[i] + d, mask), load(o + d, mask), sum);
    });
  }
}

// Keys and values of one block, transposed.
struct Keys {
  int64_t first = 0, count = 0;
  alignas(64) Columns k, v;
};

template <class T>
void load_keys(const AttentionShape& shape, const AttentionSequence& sequence, int64_t kv_head,
               const AttentionGrad<T>& grad, Keys& out, Rows& k) {
  const int64_t dim = shape.head_dim;
  const int64_t at = (sequence.first_row + out.first) * shape.qkv_stride + kv_head * dim;
  alignas(64) Rows v;
  widen_rows(out.count, dim, grad.k + at, shape.qkv_stride, k);
  widen_rows(out.count, dim, grad.v + at, shape.qkv_stride, v);
  transpose(out.count, dim, k, out.k);
  transpose(out.count, dim, v, out.v);
}

// Weights p = exp(scale q k - lse) and ds = scale p (do v - delta); 0 for keys after the query.
void weights_and_gradients(const AttentionShape& shape, const Queries& queries, const Keys& keys,
                           Weights& p, Weights& ds) {
  const float scale = static_cast<float>(shape.scale);
  for (int64_t i = 0; i < queries.count; ++i)
    for (int64_t j = 0; j < kBlock; j += kLanes) {
      store(p[i] + j, zero());
      store(ds[i] + j, zero());
    }
  multiply_add<float>(queries.count, shape.head_dim, kBlock, {queries.q[0], kMaxHeadDim, 1},
                      {keys.k[0], kBlock}, {p[0], kBlock});
  multiply_add<float>(queries.count, shape.head_dim, kBlock, {queries.do_[0], kMaxHeadDim, 1},
                      {keys.v[0], kBlock}, {ds[0], kBlock});
  for (int64_t i = 0; i < queries.count; ++i) {
    const int64_t visible = queries.first + i - keys.first + 1;
    for (int64_t j = 0; j < kBlock; j += kLanes) {
      const Mask mask = first_lanes(visible - j);
      const Vec weight = exp(fma(set1(scale), load(p[i] + j), set1(-queries.lse[i])));
      const Vec flow = mul(mul(weight, sub(load(ds[i] + j), set1(queries.delta[i]))), set1(scale));
      store(p[i] + j, select(mask, weight, zero()));
      store(ds[i] + j, select(mask, flow, zero()));
    }
  }
}

}  // namespace

template <Isa I, class T>
void attention_backward_q(const AttentionShape& shape, const AttentionBlock& block,
                          const AttentionGrad<T>& grad) {
  const int64_t dim = shape.head_dim, group = shape.heads / shape.kv_heads;
  Queries queries;
  Keys keys;
  alignas(64) Rows k, dq;
  alignas(64) Weights p, ds;
  queries.first = block.begin;
  queries.count = block.end - block.begin;
  for (int64_t head = block.kv_head * group; head < (block.kv_head + 1) * group; ++head) {
    load_queries(shape, *block.sequence, head, grad, queries);
    clear(queries.count, dim, dq);
    for (keys.first = 0; keys.first < block.end; keys.first += kBlock) {
      keys.count = min_of(kBlock, block.end - keys.first);
      load_keys(shape, *block.sequence, block.kv_head, grad, keys, k);
      weights_and_gradients(shape, queries, keys, p, ds);
      multiply_add<float>(queries.count, keys.count, dim, {ds[0], kBlock, 1}, {k[0], kMaxHeadDim},
                          {dq[0], kMaxHeadDim});
    }
    store_rows(queries.count, dim, dq,
               grad.dq + (block.sequence->first_row + block.begin) * shape.qkv_stride + head * dim,
               shape.qkv_stride);
  }
}

template <Isa I, class T>
void attention_backward_kv(const AttentionShape& shape, const AttentionBlock& block,
                           const AttentionGrad<T>& grad) {
  const int64_t dim = shape.head_dim, group = shape.heads / shape.kv_heads;
  Queries queries;
  Keys keys;
  alignas(64) Rows k, dk, dv;
  alignas(64) Weights p, ds;
  keys.first = block.begin;
  keys.count = block.end - block.begin;
  load_keys(shape, *block.sequence, block.kv_head, grad, keys, k);
  clear(keys.count, dim, dk);
  clear(keys.count, dim, dv);
  for (queries.first = block.begin; queries.first < block.sequence->num_rows;
       queries.first += kBlock) {
    queries.count = min_of(kBlock, block.sequence->num_rows - queries.first);
    for (int64_t head = block.kv_head * group; head < (block.kv_head + 1) * group; ++head) {
      load_queries(shape, *block.sequence, head, grad, queries);
      weights_and_gradients(shape, queries, keys, p, ds);
      multiply_add<float>(keys.count, queries.count, dim, {ds[0], 1, kBlock},
                          {queries.q[0], kMaxHeadDim}, {dk[0], kMaxHeadDim});
      multiply_add<float>(keys.count, queries.count, dim, {p[0], 1, kBlock},
                          {queries.do_[0], kMaxHeadDim}, {dv[0], kMaxHeadDim});
    }
  }
  const int64_t at =
      (block.sequence->first_row + block.begin) * shape.qkv_stride + block.kv_head * dim;
  store_rows(keys.count, dim, dk, grad.dk + at, shape.qkv_stride);
  store_rows(keys.count, dim, dv, grad.dv + at, shape.qkv_stride);
}

#define R1_INSTANTIATE(T)                                                                    \
  template void attention_backward_q<kIsa, T>(const AttentionShape&, const AttentionBlock&,  \
                                              const AttentionGrad<T>&);                      \
  template void attention_backward_kv<kIsa, T>(const AttentionShape&, const AttentionBlock&, \
                                               const AttentionGrad<T>&);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels::simd
