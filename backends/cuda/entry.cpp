#include "backends/api/module.h"
#include "backends/cuda/backend.h"

namespace {

/// Before any other way to the same card.
constexpr std::int32_t kRank = 100;

backends::Backend* make_backend() {
  return new backends::cuda::CudaBackend();
}

}  // namespace

SPRINTMINER_MODULE("cuda", kRank, make_backend, nullptr)
