#include "backends/cpu/group.h"

#include <algorithm>

#include "base/check.h"
#include "poc/params.h"

namespace backends::cpu {
namespace {

constexpr std::uint64_t kLeastAuto = 4;
constexpr std::uint64_t kMostAuto = 16;

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

}  // namespace

std::uint32_t auto_group(const poc::Profile& profile, std::uint64_t l2_bytes) {
  const std::uint64_t widest = std::max(profile.dim, profile.ffn);
  const std::uint64_t fits = l2_bytes / 4 * 3 / (POC_TOKENS * widest);
  return static_cast<std::uint32_t>(std::clamp(fits, kLeastAuto, kMostAuto));
}

GroupPlan plan_groups(std::uint64_t count, std::uint32_t threads, std::uint32_t max_group) {
  CHECK(threads >= 1 && max_group >= 1 && max_group <= kMaxGroup);
  if (count == 0) return {};
  const std::uint64_t rounds = divide_up(count, std::uint64_t{threads} * max_group);
  const std::uint64_t group = divide_up(divide_up(count, rounds), threads);
  return {count, static_cast<std::uint32_t>(group), divide_up(count, group)};
}

std::optional<GroupClaims::Group> GroupClaims::claim() {
  const std::uint64_t index = next_.fetch_add(1, std::memory_order_relaxed);
  if (index >= plan_.groups) return std::nullopt;
  const std::uint64_t first = index * plan_.group;
  const std::uint64_t size = std::min<std::uint64_t>(plan_.group, plan_.count - first);
  return Group{first, static_cast<std::uint32_t>(size)};
}

}  // namespace backends::cpu
