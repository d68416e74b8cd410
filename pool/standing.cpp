#include "pool/standing.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "stratum/messages.h"

namespace pool {
namespace {

using stratum::kMaxInteger;

constexpr std::array<std::string_view, kStandings> kStandingWords = {"new", "regular", "trusted"};

/// The sum, or 2^53-1 where it is more; `count` is at most that.
std::uint64_t counted(std::uint64_t count, std::uint64_t more) {
  return more > kMaxInteger - count ? kMaxInteger : count + more;
}

bool reached(const Entry& shown, const Entry& entry) {
  return shown.shares >= entry.shares && shown.sprints >= entry.sprints;
}

base::Status check_entry(std::string_view standing, std::string_view what, std::uint64_t count) {
  if (count >= 1 && count <= kMaxInteger) return base::Ok{};
  return base::invalid(std::string(standing) + ": " + std::to_string(count) + " " +
                       std::string(what) + " are not in 1..2^53-1");
}

base::Status check_entry(Standing standing, const Entry& entry) {
  RETURN_IF_ERROR(check_entry(standing_word(standing), "shares", entry.shares));
  return check_entry(standing_word(standing), "sprints", entry.sprints);
}

base::Result<std::uint64_t> count_of(std::string_view column, std::int64_t value) {
  const auto count = static_cast<std::uint64_t>(value);  // a negative one is above all others
  if (count <= kMaxInteger) return count;
  return base::invalid("reputation: " + std::string(column) + " of " + std::to_string(value) +
                       " is not in 0..2^53-1");
}

}  // namespace

std::string_view standing_word(Standing standing) {
  return kStandingWords[static_cast<std::size_t>(standing)];
}

std::optional<Standing> standing_of(std::string_view word) {
  for (std::size_t i = 0; i < kStandings; ++i) {
    if (kStandingWords[i] == word) return static_cast<Standing>(i);
  }
  return std::nullopt;
}

base::Result<StandingPolicy> check_standings(const StandingPolicy& policy) {
  RETURN_IF_ERROR(check_entry(Standing::kRegular, policy.regular));
  RETURN_IF_ERROR(check_entry(Standing::kTrusted, policy.trusted));
  if (!reached(policy.trusted, policy.regular)) {
    return base::invalid("trusted is reached with less than regular");
  }
  return policy;
}

base::Result<Reputation> Reputation::from_row(const ReputationRow& row) {
  ASSIGN_OR_RETURN(const std::uint64_t shares, count_of("shares", row.shares));
  ASSIGN_OR_RETURN(const std::uint64_t sprints, count_of("sprints", row.sprints));
  ASSIGN_OR_RETURN(const std::uint64_t faults, count_of("faults", row.faults));
  return Reputation({shares, sprints}, faults);
}

ReputationRow Reputation::row() const {
  return {static_cast<std::int64_t>(shown_.shares), static_cast<std::int64_t>(shown_.sprints),
          static_cast<std::int64_t>(faults_)};
}

Reputation Reputation::after(const Findings& findings) const {
  if (findings.wrong > 0) return {{}, counted(faults_, 1)};
  if (findings.right == 0) return *this;
  return {{counted(shown_.shares, findings.right), counted(shown_.sprints, 1)}, faults_};
}

Standing Reputation::standing(const StandingPolicy& policy) const {
  if (reached(shown_, policy.trusted)) return Standing::kTrusted;
  return reached(shown_, policy.regular) ? Standing::kRegular : Standing::kNew;
}

}  // namespace pool
