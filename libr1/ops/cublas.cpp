#include "libr1/ops/cublas.h"

#include <cublasLt.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "libr1/core/cuda_stream.h"
#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "libr1/core/log.h"
#include "libr1/core/shared_library.h"

namespace r1::ops {
namespace {

const int64_t kWorkBytes = product_work_bytes(Products::kFastest);
// What operands are aligned to, or the library is not asked: so that the choice of an algorithm
// does not depend on where a batch happens to lie.
constexpr uint32_t kAlignment = 16;
// For which number of rows a pinned algorithm is chosen, between decoding and training, and for
// which it is asked about first: were decoding refused and training not, their bits would differ.
constexpr int64_t kPinnedRows = 512;
constexpr int64_t kRowsOfAll[] = {1, 16, 64, 512, 8192};

// The library is 500 MB; no run without this setting has to have it.
struct CublasLt {
  decltype(&::cublasLtCreate) create;
  decltype(&::cublasLtDestroy) destroy;
  decltype(&::cublasLtMatmulDescCreate) desc_create;
  decltype(&::cublasLtMatmulDescDestroy) desc_destroy;
  decltype(&::cublasLtMatmulDescSetAttribute) desc_set;
  decltype(&::cublasLtMatrixLayoutCreate) layout_create;
  decltype(&::cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&::cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&::cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) preference_set;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&::cublasLtMatmulAlgoCheck) algo_check;
  decltype(&::cublasLtMatmul) matmul;
};

CublasLt load() {
  const SharedLibrary library(concat("libcublasLt.so.", CUBLAS_VER_MAJOR),
                              "compute.products asks for cuBLASLt", "set compute.products=own");
  CublasLt api{};
  library.find("cublasLtCreate", api.create);
  library.find("cublasLtDestroy", api.destroy);
  library.find("cublasLtMatmulDescCreate", api.desc_create);
  library.find("cublasLtMatmulDescDestroy", api.desc_destroy);
  library.find("cublasLtMatmulDescSetAttribute", api.desc_set);
  library.find("cublasLtMatrixLayoutCreate", api.layout_create);
  library.find("cublasLtMatrixLayoutDestroy", api.layout_destroy);
  library.find("cublasLtMatmulPreferenceCreate", api.preference_create);
  library.find("cublasLtMatmulPreferenceDestroy", api.preference_destroy);
  library.find("cublasLtMatmulPreferenceSetAttribute", api.preference_set);
  library.find("cublasLtMatmulAlgoGetHeuristic", api.heuristic);
  library.find("cublasLtMatmulAlgoCheck", api.algo_check);
  library.find("cublasLtMatmul", api.matmul);
  return api;
}

const CublasLt& cublas() {
  static const CublasLt api = load();
  return api;
}

void check(cublasStatus_t status, const char* call) {
  R1_CHECK(status == CUBLAS_STATUS_SUCCESS, "cuBLASLt failed in ", call, " with status ",
           static_cast<int>(status));
}

// cuBLAS has columns together where this project has rows: a row-major c [rows, cols] is its
// column-major [cols, rows], so that c = a b^T is computed as c^T = b a^T, with b as first factor.
class Layout {
 public:
  Layout(cudaDataType_t type, int64_t rows, int64_t cols, int64_t stride) {
    check(cublas().layout_create(&layout_, type, static_cast<uint64_t>(rows),
                                 static_cast<uint64_t>(cols), stride),
          "cublasLtMatrixLayoutCreate");
  }
  ~Layout() { cublas().layout_destroy(layout_); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  cublasLtMatrixLayout_t get() const { return layout_; }

  // As stored: columns of sums, or rows of them.
  static Layout of(const kernels::Factor<Bf16>& f, int64_t rows, int64_t sum_size) {
    return f.sum_stride == 1 ? Layout(CUDA_R_16BF, sum_size, rows, f.row_stride)
                             : Layout(CUDA_R_16BF, rows, sum_size, f.sum_stride);
  }

 private:
  cublasLtMatrixLayout_t layout_ = nullptr;
};

class Description {
 public:
  explicit Description(const kernels::Product& p) {
    check(cublas().desc_create(&desc_, CUBLAS_COMPUTE_32F, CUDA_R_32F), "cublasLtMatmulDescCreate");
    set(CUBLASLT_MATMUL_DESC_TRANSA, p.b.sum_stride == 1 ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, p.a.sum_stride == 1 ? CUBLAS_OP_N : CUBLAS_OP_T);
    if (!p.bias) return;
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
  }
  ~Description() { cublas().desc_destroy(desc_); }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;
  cublasLtMatmulDesc_t get() const { return desc_; }

 private:
  template <class Value>
  void set(cublasLtMatmulDescAttributes_t attribute, const Value& value) {
    check(cublas().desc_set(desc_, attribute, &value, sizeof value),
          "cublasLtMatmulDescSetAttribute");
  }
  cublasLtMatmulDesc_t desc_ = nullptr;
};

// A product as cuBLASLt is told of it, with so many rows of a.
struct Call {
  Description description;
  Layout a, b, c;

  Call(const kernels::Product& p, int64_t rows)
      : description(p),
        a(Layout::of(p.a, rows, p.sum_size)),
        b(Layout::of(p.b, p.b.rows, p.sum_size)),
        c(p.dtype == Dtype::kBf16 ? CUDA_R_16BF : CUDA_R_32F, p.b.rows, rows, p.stride) {}
};

class Preference {
 public:
  explicit Preference(bool pinned) {
    check(cublas().preference_create(&preference_), "cublasLtMatmulPreferenceCreate");
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<uint64_t>(kWorkBytes));
    // Parts of a sum are added in f32, or there are none.
    set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
        static_cast<uint32_t>(pinned ? CUBLASLT_REDUCTION_SCHEME_NONE
                                     : CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
    for (const auto matrix :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
      set(matrix, kAlignment);
  }
  ~Preference() { cublas().preference_destroy(preference_); }
  Preference(const Preference&) = delete;
  Preference& operator=(const Preference&) = delete;
  cublasLtMatmulPreference_t get() const { return preference_; }

 private:
  template <class Value>
  void set(cublasLtMatmulPreferenceAttributes_t attribute, const Value& value) {
    check(cublas().preference_set(preference_, attribute, &value, sizeof value),
          "cublasLtMatmulPreferenceSetAttribute");
  }
  cublasLtMatmulPreference_t preference_ = nullptr;
};

bool is_aligned(const void* bytes, int64_t stride, Dtype dtype) {
  return reinterpret_cast<uintptr_t>(bytes) % kAlignment == 0 &&
         stride * size_bytes(dtype) % kAlignment == 0;
}

bool is_aligned(const kernels::Factor<Bf16>& f) {
  return is_aligned(f.data, f.sum_stride == 1 ? f.row_stride : f.sum_stride, Dtype::kBf16);
}

class CublasProducts : public kernels::ProductLibrary {
 public:
  explicit CublasProducts(bool pinned) : pinned_(pinned) {
    check(cublas().create(&handle_), "cublasLtCreate");
    work_ = gpu::allocate(kWorkBytes);
  }
  ~CublasProducts() override {
    gpu::release(work_);
    cublas().destroy(handle_);
  }
  CublasProducts(const CublasProducts&) = delete;
  CublasProducts& operator=(const CublasProducts&) = delete;

  bool multiply(const kernels::Product& p, const Stream& stream) const override {
    const bool goes_on = p.added && p.added == p.result;  // the gradient of a weight
    if (p.a.rows == 0 || p.b.rows == 0 || p.sum_size == 0 || (goes_on && pinned_)) return false;
    if (p.bias && p.dtype != Dtype::kBf16) return false;
    if (!is_aligned(p.a) || !is_aligned(p.b) || !is_aligned(p.result, p.stride, p.dtype) ||
        !is_aligned(p.bias, 0, Dtype::kBf16) || !is_aligned(p.added, 0, p.dtype))
      return false;
    const Algorithm* algorithm = algorithm_for(p);
    if (!algorithm) return false;
    const Call call(p, p.a.rows);
    const float one = 1, zero = 0;
    const auto status = cublas().matmul(
        handle_, call.description.get(), &one, p.b.data, call.b.get(), p.a.data, call.a.get(),
        p.added ? &one : &zero, p.added ? p.added : p.result, call.c.get(), p.result, call.c.get(),
        algorithm, work_, kWorkBytes, native_stream(stream));
    // An algorithm that was chosen for other rows: it may not take these, or not in this work
    // space.
    if (pinned_ && is_refusal(status)) {
      if (!std::exchange(warned_, true))
        log_warning("cuBLASLt has no way to pin a product of ", p.a.rows, " x ", p.b.rows, " over ",
                    p.sum_size, "; our own is taken, whose bits differ");
      return false;
    }
    check(status, "cublasLtMatmul");
    return true;
  }

 private:
  using Algorithm = cublasLtMatmulAlgo_t;
  // Rows of a (0: pinned), of b, of the sum; strides; which strides are 1; kind of the result.
  using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, bool, bool, Dtype, bool, bool>;

  // nullptr: there is none. The entry stays where it is.
  const Algorithm* algorithm_for(const kernels::Product& p) const {
    const std::lock_guard lock(mutex_);
    const Key key{
        pinned_ ? 0 : p.a.rows, p.b.rows, p.sum_size,        p.stride,          p.a.sum_stride == 1,
        p.b.sum_stride == 1,    p.dtype,  p.bias != nullptr, p.added != nullptr};
    if (const auto found = algorithms_.find(key); found != algorithms_.end())
      return found->second.state == CUBLAS_STATUS_SUCCESS ? &found->second.algo : nullptr;
    // Another layer's bias may be less aligned than this one's, which the choice would count on.
    kernels::Product any = p;
    if (p.bias) any.bias = reinterpret_cast<const Bf16*>(uintptr_t{kAlignment});
    const Call call(any, pinned_ ? kPinnedRows : p.a.rows);
    const Preference preference(pinned_);
    cublasLtMatmulHeuristicResult_t best{};
    int count = 0;
    const auto status =
        cublas().heuristic(handle_, call.description.get(), call.b.get(), call.a.get(),
                           call.c.get(), call.c.get(), preference.get(), 1, &best, &count);
    if (status != CUBLAS_STATUS_NOT_SUPPORTED) check(status, "cublasLtMatmulAlgoGetHeuristic");
    if (count == 0 || (pinned_ && !takes_all_rows(any, best.algo)))
      best.state = CUBLAS_STATUS_NOT_SUPPORTED;
    const auto& kept = algorithms_.emplace(key, best).first->second;
    return kept.state == CUBLAS_STATUS_SUCCESS ? &kept.algo : nullptr;
  }

  bool takes_all_rows(const kernels::Product& p, const Algorithm& algorithm) const {
    return std::ranges::all_of(kRowsOfAll, [&](int64_t rows) {
      const Call call(p, rows);
      cublasLtMatmulHeuristicResult_t found{};
      const auto status =
          cublas().algo_check(handle_, call.description.get(), call.b.get(), call.a.get(),
                              call.c.get(), call.c.get(), &algorithm, &found);
      if (!is_refusal(status)) check(status, "cublasLtMatmulAlgoCheck");
      return status == CUBLAS_STATUS_SUCCESS &&
             found.workspaceSize <= static_cast<size_t>(kWorkBytes);
    });
  }

  // Of an algorithm that was chosen for other rows.
  static bool is_refusal(cublasStatus_t status) {
    return status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE;
  }

  bool pinned_;
  cublasLtHandle_t handle_ = nullptr;
  void* work_ = nullptr;
  mutable bool warned_ = false;
  mutable std::mutex mutex_;
  mutable std::map<Key, cublasLtMatmulHeuristicResult_t> algorithms_;
};

}  // namespace

std::unique_ptr<kernels::ProductLibrary> product_library(Products products) {
  if (products == Products::kOwn) return nullptr;
  return std::make_unique<CublasProducts>(products == Products::kPinned);
}

}  // namespace r1::ops
