#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "stratum/messages.h"

namespace pool {

/// Who gets a sprint's reward.
enum class Scheme {
  kProportional,  ///< all who earned credit in it, by their credits
  kPplns,         ///< all who earned credit in the last N sprints, by the sums of their credits
  kSolo,          ///< the account that found its rarest ticket
};

/// The word for it in flags, tables and outputs: "proportional", "pplns", "solo".
std::string_view scheme_word(Scheme scheme);
std::optional<Scheme> scheme_of(std::string_view word);

constexpr std::uint32_t kMaxRewardWindow = 1000;  ///< sprints: sums of credits stay below 2^63
constexpr std::uint32_t kMillion = 1'000'000;

/// What a sprint brings. Amounts are integers in units of the operator's choice.
struct RewardConfig {
  Scheme scheme = Scheme::kProportional;
  std::uint32_t window = 1;   ///< for kPplns: credited sprints that count, this one included
  std::uint64_t reward = 0;   ///< of a sprint; 0: nothing is paid
  std::uint32_t fee_ppm = 0;  ///< the pool's part of it, in millionths
};

/// The same, if its window is in 1..1000, its reward below 2^53, its fee no more than all.
base::Result<RewardConfig> check_rewards(const RewardConfig& config);

/// What each account did for a reward, by name; names compare as bytes.
using Weights = std::map<std::string, std::uint64_t>;

/// A reward, divided: `fee` and all amounts together are exactly it.
struct RewardSplit {
  std::uint64_t fee = 0;
  Weights amounts;  ///< of every account with a weight above 0; some may be 0
};

/// Divides a reward of 0..2^53-1. The fee is its part rounded down; what is left goes by weight:
/// each account gets its exact share rounded down, and what remains goes, a unit each, to those
/// that lost most by that, of equals to the first by name (largest remainder, after Hamilton). So
/// everybody gets less than a unit more or less than its exact share, and nobody less than one with
/// a smaller weight. Nothing when no weight is above 0: then nothing is distributed.
std::optional<RewardSplit> split(std::uint64_t reward, std::uint32_t fee_ppm,
                                 const Weights& weights);

}  // namespace pool
