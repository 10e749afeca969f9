// libcublasLt.so without a GPU: what libr1/ops/cublas.cpp asks of cuBLASLt, on the emulated device,
// with column-major matrices as the manual defines them. Built against its header, so types and
// signatures are those of the real one.
#include <cublasLt.h>

#include <cstring>
#include <optional>

#include "libr1/core/types.h"
#include "tests/kernels/cuda_emulation/memory.h"

namespace emulation = r1::cuda_emulation;

namespace {

struct Desc {
  cublasOperation_t op_a = CUBLAS_OP_N, op_b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;
};

struct Layout {
  cudaDataType type;
  uint64_t rows, cols;
  int64_t stride;
};

struct Preference {
  uint64_t work_bytes = 0;
  uint32_t reduction = CUBLASLT_REDUCTION_SCHEME_MASK;
  uint32_t alignment = 0;  // of all four
};

// What a heuristic's algorithm was chosen for.
struct Algorithm {
  uint64_t magic, alignment, bias;
};
constexpr uint64_t kMagic = 0x5eedbed;
static_assert(sizeof(Algorithm) <= sizeof(cublasLtMatmulAlgo_t));

template <class T>
T* from(void* handle) {
  return static_cast<T*>(handle);
}

float value(const Layout& m, const void* bytes, uint64_t row, uint64_t col) {
  const uint64_t at = row + col * static_cast<uint64_t>(m.stride);
  return m.type == CUDA_R_16BF ? r1::to_float(static_cast<const r1::Bf16*>(bytes)[at])
                               : static_cast<const float*>(bytes)[at];
}

bool aligned(const void* bytes, const Layout& m, uint64_t alignment) {
  const auto stride = static_cast<uint64_t>(m.stride) * (m.type == CUDA_R_16BF ? 2 : 4);
  return reinterpret_cast<uintptr_t>(bytes) % alignment == 0 && stride % alignment == 0;
}

bool is_valid(const Layout& m) { return static_cast<uint64_t>(m.stride) >= m.rows; }

bool fit(const Desc& desc, const Layout& a, const Layout& b, const Layout& c) {
  const uint64_t sum_a = desc.op_a == CUBLAS_OP_N ? a.cols : a.rows;
  const uint64_t sum_b = desc.op_b == CUBLAS_OP_N ? b.rows : b.cols;
  return sum_a == sum_b && c.rows == (desc.op_a == CUBLAS_OP_N ? a.rows : a.cols) &&
         c.cols == (desc.op_b == CUBLAS_OP_N ? b.cols : b.rows) && is_valid(a) && is_valid(b) &&
         is_valid(c);
}

}  // namespace

extern "C" {

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  *handle = reinterpret_cast<cublasLtHandle_t>(new int);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  delete reinterpret_cast<int*>(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* desc, cublasComputeType_t compute,
                                        cudaDataType_t scale) {
  if (compute != CUBLAS_COMPUTE_32F || scale != CUDA_R_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
  *desc = reinterpret_cast<cublasLtMatmulDesc_t>(new Desc);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) {
  delete from<Desc>(desc);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t handle,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* bytes, size_t size) {
  Desc& desc = *from<Desc>(handle);
  const auto set = [&](auto& to) {
    if (size != sizeof to) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&to, bytes, size);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return set(desc.op_a);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return set(desc.op_b);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return set(desc.epilogue);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
      return set(desc.bias);
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType type,
                                          uint64_t rows, uint64_t cols, int64_t stride) {
  *layout = reinterpret_cast<cublasLtMatrixLayout_t>(new Layout{type, rows, cols, stride});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  delete from<Layout>(layout);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  *preference = reinterpret_cast<cublasLtMatmulPreference_t>(new Preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  delete from<Preference>(preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t handle,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* bytes, size_t size) {
  Preference& preference = *from<Preference>(handle);
  const auto set = [&](auto& to) {
    if (size != sizeof to) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&to, bytes, size);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (attribute) {
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES:
      return set(preference.work_bytes);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
      return set(preference.reduction);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return set(preference.alignment);
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t desc,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int wanted,
                                              cublasLtMatmulHeuristicResult_t results[],
                                              int* count) {
  *count = 0;
  if (wanted < 1 || c != d ||
      !fit(*from<Desc>(desc), *from<Layout>(a), *from<Layout>(b), *from<Layout>(c)))
    return CUBLAS_STATUS_INVALID_VALUE;
  const Algorithm chosen{kMagic, from<Preference>(preference)->alignment,
                         from<Desc>(desc)->epilogue == CUBLASLT_EPILOGUE_BIAS};
  if (chosen.alignment == 0) return CUBLAS_STATUS_INVALID_VALUE;
  results[0] = {};
  std::memcpy(&results[0].algo, &chosen, sizeof chosen);
  results[0].state = CUBLAS_STATUS_SUCCESS;
  *count = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t desc,
                                       cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                       cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                       const cublasLtMatmulAlgo_t* algo,
                                       cublasLtMatmulHeuristicResult_t* result) {
  Algorithm chosen{};
  std::memcpy(&chosen, algo, sizeof chosen);
  *result = {};
  return chosen.magic == kMagic && c == d &&
                 fit(*from<Desc>(desc), *from<Layout>(a), *from<Layout>(b), *from<Layout>(c))
             ? CUBLAS_STATUS_SUCCESS
             : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc_handle, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_handle, const void* b,
                              cublasLtMatrixLayout_t b_handle, const void* beta, const void* c,
                              cublasLtMatrixLayout_t c_handle, void* d, cublasLtMatrixLayout_t,
                              const cublasLtMatmulAlgo_t* algo, void* work, size_t work_bytes,
                              cudaStream_t) {
  const Desc desc = *from<Desc>(desc_handle);
  const Layout in_a = *from<Layout>(a_handle), in_b = *from<Layout>(b_handle);
  const Layout out = *from<Layout>(c_handle);
  const float scale = *static_cast<const float*>(alpha), keep = *static_cast<const float*>(beta);
  Algorithm chosen{};
  std::memcpy(&chosen, algo, sizeof chosen);
  const bool with_bias = desc.epilogue == CUBLASLT_EPILOGUE_BIAS;
  if (chosen.magic != kMagic || chosen.bias != with_bias || !fit(desc, in_a, in_b, out) ||
      work_bytes == 0)
    return CUBLAS_STATUS_INVALID_VALUE;
  for (const void* bytes : {a, b, c, static_cast<const void*>(d), static_cast<const void*>(work)})
    if (!bytes || !emulation::is_on_device(bytes)) return CUBLAS_STATUS_INVALID_VALUE;
  if (!aligned(a, in_a, chosen.alignment) || !aligned(b, in_b, chosen.alignment) ||
      !aligned(c, out, chosen.alignment) || !aligned(d, out, chosen.alignment))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  emulation::enqueue([=] {
    const emulation::OpenMemory open;
    const uint64_t sums = desc.op_a == CUBLAS_OP_N ? in_a.cols : in_a.rows;
    for (uint64_t col = 0; col < out.cols; ++col)
      for (uint64_t row = 0; row < out.rows; ++row) {
        float sum = 0;
        for (uint64_t s = 0; s < sums; ++s) {
          const float left =
              desc.op_a == CUBLAS_OP_N ? value(in_a, a, row, s) : value(in_a, a, s, row);
          const float right =
              desc.op_b == CUBLAS_OP_N ? value(in_b, b, s, col) : value(in_b, b, col, s);
          sum += left * right;
        }
        sum *= scale;
        // c is not read where nothing of it is kept: it may hold anything.
        if (keep != 0) sum += keep * value(out, c, row, col);
        if (with_bias) sum += r1::to_float(static_cast<const r1::Bf16*>(desc.bias)[row]);
        const uint64_t at = row + col * static_cast<uint64_t>(out.stride);
        if (out.type == CUDA_R_16BF)
          static_cast<r1::Bf16*>(d)[at] = r1::to_bf16(sum);
        else
          static_cast<float*>(d)[at] = sum;
      }
  });
  return CUBLAS_STATUS_SUCCESS;
}
}
