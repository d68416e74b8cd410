#include "pool/reward_split.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pool/wide.h"

namespace pool {
namespace {

constexpr std::array<std::string_view, 3> kSchemes = {"proportional", "pplns", "solo"};

struct Remainder {
  Wide value;
  std::uint64_t* amount;
};

}  // namespace

std::string_view scheme_word(Scheme scheme) {
  return kSchemes[static_cast<std::size_t>(scheme)];
}

std::optional<Scheme> scheme_of(std::string_view word) {
  for (std::size_t i = 0; i < kSchemes.size(); ++i) {
    if (kSchemes[i] == word) return static_cast<Scheme>(i);
  }
  return std::nullopt;
}

base::Result<RewardConfig> check_rewards(const RewardConfig& config) {
  if (config.window < 1 || config.window > kMaxRewardWindow) {
    return base::invalid("a window of " + std::to_string(config.window) +
                         " sprints is not in 1..1000");
  }
  if (config.reward > stratum::kMaxInteger) {
    return base::invalid("a reward of " + std::to_string(config.reward) + " is not in 0..2^53-1");
  }
  if (config.fee_ppm > kMillion) {
    return base::invalid("a fee of " + std::to_string(config.fee_ppm) + " millionths is over all");
  }
  return config;
}

std::optional<RewardSplit> split(std::uint64_t reward, std::uint32_t fee_ppm,
                                 const Weights& weights) {
  CHECK(reward <= stratum::kMaxInteger && fee_ppm <= kMillion);
  Wide sum = 0;
  for (const auto& [account, weight] : weights) sum += weight;
  if (sum == 0) return std::nullopt;

  RewardSplit divided;
  divided.fee = static_cast<std::uint64_t>(Wide{reward} * fee_ppm / kMillion);
  const std::uint64_t whole = reward - divided.fee;
  std::uint64_t left = whole;
  std::vector<Remainder> remainders;
  for (const auto& [account, weight] : weights) {
    if (weight == 0) continue;
    const Wide exact = Wide{whole} * weight;  // times 1/sum
    std::uint64_t& amount = divided.amounts[account];
    amount = static_cast<std::uint64_t>(exact / sum);
    left -= amount;
    remainders.push_back({exact % sum, &amount});
  }
  // Stable: those with equal remainders stay in the order of their names.
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const Remainder& a, const Remainder& b) { return a.value > b.value; });
  CHECK(left <= remainders.size());
  for (std::size_t i = 0; i < left; ++i) ++*remainders[i].amount;
  return divided;
}

}  // namespace pool
