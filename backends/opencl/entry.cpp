#include "backends/api/module.h"
#include "backends/opencl/backend.h"

namespace {

/// After every module made for a maker's cards, which drives them better; and after `cpu`, whose
/// device so keeps its number in lists whatever platforms are installed.
constexpr std::int32_t kRank = 5;

backends::Backend* make_backend() {
  return new backends::opencl::OpenClBackend();
}

}  // namespace

SPRINTMINER_MODULE("opencl", kRank, make_backend, nullptr)
