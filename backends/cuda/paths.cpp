#include "backends/cuda/paths.h"

#include "backends/cuda/wgmma_path.h"
#include "base/check.h"

namespace backends::cuda {
namespace {

constexpr std::uint32_t kOldest = 75;

/// Where the instructions of a path exist, and what a processor multiplies with them per clock: in
/// both, capability 8.6 is 86. Besides, its shared memory must fit. The numbers are those of
/// NVIDIA's data sheets for dense INT8; where a way newer than mma is the fast one, mma's share.
struct Rule {
  std::string_view name;
  bool (*exists)(std::uint32_t capability);
  std::uint32_t (*macs_per_clock)(std::uint32_t capability);
};

bool is_new_enough(std::uint32_t) {
  return true;
}
bool has_large_mma(std::uint32_t capability) {
  return capability >= 80;
}
std::uint32_t tensor_macs(std::uint32_t capability) {
  return capability == 80 || capability == 90 || capability == 100 ? 2048 : 1024;
}

/// wgmma is of 9.0 alone: no card before or after has it.
constexpr Rule kRules[] = {
    {"wgmma", [](std::uint32_t c) { return c == 90; }, [](std::uint32_t) { return 4096U; }},
    {"mma16deep", has_large_mma, tensor_macs},
    {"mma16", has_large_mma, tensor_macs},
    {"mma8", is_new_enough, tensor_macs},
    {"dot4", is_new_enough, [](std::uint32_t c) { return c >= 120 ? 512U : 256U; }},
};

const gpu::ProductPath& product_path(const Rule& rule) {
  const gpu::ProductPath* found =
      rule.name == gpu::hopper::kPath.name ? &gpu::hopper::kPath : nullptr;
  for (const gpu::ProductPath& path : gpu::shared_paths()) {
    if (path.name == rule.name) found = &path;
  }
  CHECK(found != nullptr);
  return *found;
}

bool runs_on(const Rule& rule, const Properties& properties, const BuiltFor& built) {
  if (rule.name == gpu::hopper::kPath.name && !built.wgmma) return false;
  return rule.exists(properties.capability()) &&
         product_path(rule).shared_bytes <= properties.shared_bytes;
}

std::string runnable_names(const Properties& properties, const BuiltFor& built) {
  std::string names;
  for (const Rule& rule : kRules) {
    if (!runs_on(rule, properties, built)) continue;
    if (!names.empty()) names += ", ";
    names += rule.name;
  }
  return names.empty() ? "none" : names;
}

}  // namespace

std::vector<std::string> path_names() {
  std::vector<std::string> names;
  for (const Rule& rule : kRules) names.emplace_back(rule.name);
  return names;
}

base::Result<gpu::ProductPath> choose_path(const Properties& properties, std::string_view wanted,
                                           const BuiltFor& built) {
  const std::string card =
      properties.name + " (compute capability " + properties.capability_text() + ")";
  if (properties.capability() < kOldest) {
    return base::unavailable(card + " is older than 7.5: left to OpenCL");
  }
  if (properties.capability() < 80 && !built.turing) {
    return base::unavailable(card + ": this build has no code for it (SPRINT_CUDA_ARCHITECTURES)");
  }
  for (const Rule& rule : kRules) {
    if (wanted != "auto" && wanted != rule.name) continue;
    if (runs_on(rule, properties, built)) return product_path(rule);
  }
  return base::unavailable("path '" + std::string(wanted) + "' does not run on " + card + "; " +
                           runnable_names(properties, built) + " would");
}

double estimated_macs_per_second(const Properties& properties, const gpu::ProductPath& path) {
  constexpr double kReached = 0.6;  // what base reaches on an H100
  double per_clock = 0;
  for (const Rule& rule : kRules) {
    if (rule.name == path.name) per_clock = rule.macs_per_clock(properties.capability());
  }
  return kReached * per_clock * properties.processors * properties.clock_khz * 1000.0;
}

}  // namespace backends::cuda
