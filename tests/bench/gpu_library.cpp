#include "tests/bench/gpu_library.h"

#include <cublasLt.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
  }
}
void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    throw std::runtime_error(std::string(what) + ": " + cublasLtGetStatusString(status));
  }
}
#define CHECKED(call) check(call, #call)

/// Device memory with random bytes between -limit and limit, or with nothing.
struct Memory {
  explicit Memory(std::size_t bytes) { CHECKED(cudaMalloc(&data, bytes)); }
  Memory(std::size_t bytes, int limit) : Memory(bytes) {
    std::mt19937 random(1);
    std::uniform_int_distribution<int> draw(-limit, limit);
    std::vector<std::int8_t> host(std::size_t{1} << 20);
    for (auto& byte : host) byte = static_cast<std::int8_t>(draw(random));
    for (std::size_t at = 0; at < bytes; at += host.size()) {
      const std::size_t part = std::min(host.size(), bytes - at);
      CHECKED(cudaMemcpy(static_cast<char*>(data) + at, host.data(), part, cudaMemcpyHostToDevice));
    }
  }
  ~Memory() { cudaFree(data); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  void* data = nullptr;
};

constexpr std::size_t kWorkspaceBytes = 64 << 20;
constexpr int kProposals = 16;

/// One way: a kind of result and an algorithm.
struct Way {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t out = nullptr;
  bool bytes_out = false;
  cublasLtMatmulAlgo_t algorithm{};
};

}  // namespace

struct LibraryProduct::State {
  State(std::uint32_t m, std::uint32_t n, std::uint32_t k)
      : rows(m),
        outputs(n),
        inputs(k),
        a(std::size_t{m} * k, 64),
        w(std::size_t{n} * k, 64),
        out(std::size_t{m} * n * 4),
        workspace(kWorkspaceBytes) {
    CHECKED(cublasLtCreate(&library));
    CHECKED(cudaStreamCreate(&stream));
    CHECKED(cudaEventCreate(&began));
    CHECKED(cudaEventCreate(&ended));
    // Column-major to the library: out^T = w a^T, both with their terms side by side.
    CHECKED(cublasLtMatrixLayoutCreate(&w_layout, CUDA_R_8I, k, n, k));
    CHECKED(cublasLtMatrixLayoutCreate(&a_layout, CUDA_R_8I, k, m, k));
  }
  ~State() {
    cudaDeviceSynchronize();
    cudaEventDestroy(began);
    cudaEventDestroy(ended);
    cudaStreamDestroy(stream);
    cublasLtDestroy(library);
  }

  double time(const Way& way, int repeats) {
    const std::int32_t one = 1;
    const std::int32_t zero = 0;
    const float one_f = 0.01F;
    const float zero_f = 0;
    const void* alpha = way.bytes_out ? static_cast<const void*>(&one_f) : &one;
    const void* beta = way.bytes_out ? static_cast<const void*>(&zero_f) : &zero;
    CHECKED(cudaEventRecord(began, stream));
    for (int i = 0; i < repeats; ++i) {
      const auto status = cublasLtMatmul(library, way.product, alpha, w.data, w_layout, a.data,
                                         a_layout, beta, out.data, way.out, out.data, way.out,
                                         &way.algorithm, workspace.data, kWorkspaceBytes, stream);
      if (status != CUBLAS_STATUS_SUCCESS) return 1e9;
    }
    CHECKED(cudaEventRecord(ended, stream));
    CHECKED(cudaEventSynchronize(ended));
    float ms = 0;
    CHECKED(cudaEventElapsedTime(&ms, began, ended));
    return ms / 1e3 / repeats;
  }

  /// The library's proposals for one kind of result.
  std::vector<Way> ways(bool bytes_out) {
    Way way;
    way.bytes_out = bytes_out;
    const cudaDataType_t scale = bytes_out ? CUDA_R_32F : CUDA_R_32I;
    CHECKED(cublasLtMatmulDescCreate(&way.product, CUBLAS_COMPUTE_32I, scale));
    const cublasOperation_t transposed = CUBLAS_OP_T;
    CHECKED(cublasLtMatmulDescSetAttribute(way.product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed,
                                           sizeof transposed));
    CHECKED(cublasLtMatrixLayoutCreate(&way.out, bytes_out ? CUDA_R_8I : CUDA_R_32I, outputs, rows,
                                       outputs));
    cublasLtMatmulPreference_t preference = nullptr;
    CHECKED(cublasLtMatmulPreferenceCreate(&preference));
    CHECKED(cublasLtMatmulPreferenceSetAttribute(preference,
                                                 CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                 &kWorkspaceBytes, sizeof kWorkspaceBytes));
    std::array<cublasLtMatmulHeuristicResult_t, kProposals> proposals{};
    int count = 0;
    const auto status =
        cublasLtMatmulAlgoGetHeuristic(library, way.product, w_layout, a_layout, way.out, way.out,
                                       preference, kProposals, proposals.data(), &count);
    cublasLtMatmulPreferenceDestroy(preference);
    std::vector<Way> proposed;
    if (status != CUBLAS_STATUS_SUCCESS) return proposed;
    for (int i = 0; i < count; ++i) {
      way.algorithm = proposals[static_cast<std::size_t>(i)].algo;
      proposed.push_back(way);
    }
    return proposed;
  }

  std::uint32_t rows, outputs, inputs;
  Memory a, w, out, workspace;
  cublasLtHandle_t library = nullptr;
  cudaStream_t stream = nullptr;
  cudaEvent_t began = nullptr, ended = nullptr;
  cublasLtMatrixLayout_t w_layout = nullptr, a_layout = nullptr;
  Way best;
};

LibraryProduct::LibraryProduct(std::uint32_t rows, std::uint32_t outputs, std::uint32_t inputs)
    : state_(std::make_unique<State>(rows, outputs, inputs)) {
  choose();
}

LibraryProduct::~LibraryProduct() = default;

void LibraryProduct::choose() {
  double fastest = 1e9;
  for (const bool bytes_out : {false, true}) {
    for (const Way& way : state_->ways(bytes_out)) {
      state_->time(way, 1);
      const double seconds = state_->time(way, 20);
      if (seconds >= fastest) continue;
      fastest = seconds;
      state_->best = way;
    }
  }
  if (fastest >= 1e9) throw std::runtime_error("cublasLt has no way to multiply signed bytes here");
  const std::size_t version = cublasLtGetVersion();
  description_ = "cublasLt " + std::to_string(version) +
                 (state_->best.bytes_out ? ", int8 out" : ", int32 out");
}

double LibraryProduct::seconds(int repeats) {
  return state_->time(state_->best, repeats);
}

}  // namespace bench
