#include "pool/forfeit.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "pool/wide.h"
#include "stratum/messages.h"

namespace pool {
namespace {

using stratum::kMaxInteger;

base::Status check_within(std::string_view what, std::uint32_t value, std::uint32_t least,
                          std::uint32_t most) {
  if (value >= least && value <= most) return base::Ok{};
  return base::invalid(std::string(what) + " of " + std::to_string(value) + " is not in " +
                       std::to_string(least) + ".." + std::to_string(most));
}

std::string text_of(const Probability& chance) {
  return std::to_string(chance.numerator) + "/" + std::to_string(chance.denominator);
}

std::uint64_t sum_of(std::vector<Escrow::Held>::const_iterator begin,
                     std::vector<Escrow::Held>::const_iterator end) {
  std::uint64_t sum = 0;
  for (; begin != end; ++begin) sum += begin->amount;
  return sum;
}

}  // namespace

base::Result<Escrow> Escrow::from_rows(std::vector<Held> rows) {
  if (rows.size() > kMaxHoldSprints) {
    return base::invalid("escrow: " + std::to_string(rows.size()) + " sprints, 1000 at most");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [sprint, amount] = rows[i];
    if (i > 0 && sprint <= rows[i - 1].sprint) {
      return base::invalid("escrow: sprint " + std::to_string(sprint) + " stands after sprint " +
                           std::to_string(rows[i - 1].sprint));
    }
    if (amount == 0 || amount > kMaxInteger) {
      return base::invalid("escrow: " + std::to_string(amount) + " of sprint " +
                           std::to_string(sprint) + " is not in 1..2^53-1");
    }
  }
  Escrow escrow;
  escrow.rows_ = std::move(rows);
  return escrow;
}

std::uint64_t Escrow::total() const {
  return sum_of(rows_.begin(), rows_.end());
}

void Escrow::hold(std::uint64_t sprint, std::uint64_t amount) {
  CHECK(amount <= kMaxInteger);
  CHECK(rows_.empty() || rows_.back().sprint < sprint);
  if (amount > 0) rows_.push_back({sprint, amount});
}

std::uint64_t Escrow::release(std::uint64_t sprint) {
  const auto kept = std::partition_point(
      rows_.begin(), rows_.end(), [sprint](const Held& held) { return held.sprint <= sprint; });
  const std::uint64_t sum = sum_of(rows_.begin(), kept);
  rows_.erase(rows_.begin(), kept);
  return sum;
}

std::uint64_t Escrow::forfeit() {
  const std::uint64_t sum = total();
  rows_.clear();
  return sum;
}

base::Result<ForfeitRule> ForfeitRule::create(const ForfeitConfig& config) {
  RETURN_IF_ERROR(check_rate(config.regular));
  RETURN_IF_ERROR(check_rate(config.trusted));
  const Probability& regular = config.regular.probability;
  const Probability& trusted = config.trusted.probability;
  if (std::uint64_t{trusted.numerator} * regular.denominator >
      std::uint64_t{regular.numerator} * trusted.denominator) {
    return base::invalid("trusted accounts are checked more (" + text_of(trusted) +
                         ") than regular ones (" + text_of(regular) + ")");
  }
  RETURN_IF_ERROR(check_within("a hold", config.hold_sprints, 1, kMaxHoldSprints));
  // With a margin of 100 % the first fake costs what it brings.
  RETURN_IF_ERROR(check_within("a margin", config.margin_percent, 101, 10'000));
  RETURN_IF_ERROR(check_within("a number of shares", config.usual_shares, 1, 1'000'000));
  const ForfeitRule rule(config);
  RETURN_IF_ERROR(rule.check_safe(Standing::kRegular, regular));
  RETURN_IF_ERROR(rule.check_safe(Standing::kTrusted, trusted));
  return rule;
}

base::Status ForfeitRule::check_safe(Standing standing, const Probability& chance) const {
  const std::uint64_t held = std::uint64_t{config_.hold_sprints} * config_.usual_shares;
  if (safe(chance, {held, 1})) return base::Ok{};
  const std::uint64_t odds =
      std::uint64_t{config_.margin_percent} * (chance.denominator - chance.numerator);
  const std::uint64_t unit = std::uint64_t{100} * chance.numerator;
  return base::invalid(std::string(standing_word(standing)) + " accounts are checked by " +
                       text_of(chance) + ", so that " + std::to_string((odds + unit - 1) / unit) +
                       " shares must be held: " + std::to_string(config_.hold_sprints) +
                       " sprints of " + std::to_string(config_.usual_shares) + " are " +
                       std::to_string(held));
}

bool ForfeitRule::safe(const Probability& chance, const Stake& stake) const {
  // p E >= margin (1 - p) d; both sides are below 2^104.
  const std::uint32_t misses = chance.denominator - chance.numerator;
  return Wide{stake.held} * chance.numerator * 100 >=
         Wide{stake.largest} * misses * config_.margin_percent;
}

SampleRate ForfeitRule::rate(Standing standing, const Stake& stake) const {
  if (standing == Standing::kTrusted && safe(config_.trusted.probability, stake)) {
    return config_.trusted;
  }
  if (standing != Standing::kNew && safe(config_.regular.probability, stake)) {
    return config_.regular;
  }
  return kEveryShare;
}

Moved ForfeitRule::judge(Escrow& escrow, std::uint64_t sprint, std::uint64_t earned,
                         bool wrong) const {
  if (wrong) return {0, 0, earned + escrow.forfeit()};
  escrow.hold(sprint, earned);
  const bool any = sprint > config_.hold_sprints;
  return {earned, any ? escrow.release(sprint - config_.hold_sprints) : 0, 0};
}

}  // namespace pool
