#include "backends/sim/faults.h"

#include <algorithm>

#include "base/check.h"

namespace backends::sim {

const std::vector<std::string>& fault_names() {
  static const std::vector<std::string> kNames = {"none",      "wrong_digest", "bad_ticket",
                                                  "bad_nonce", "hang",         "lost",
                                                  "slow",      "no_memory",    "no_open"};
  return kNames;
}

FaultPlan FaultPlan::from(const OptionValues& values) {
  const auto& names = fault_names();
  const auto found = std::find(names.begin(), names.end(), values.text("fault"));
  CHECK(found != names.end());
  FaultPlan plan;
  plan.kind = static_cast<FaultKind>(found - names.begin());
  plan.after = static_cast<std::uint64_t>(values.integer("fault_after"));
  plan.every = static_cast<std::uint64_t>(values.integer("fault_every"));
  plan.hang = std::chrono::milliseconds(values.integer("hang_ms"));
  return plan;
}

bool Faults::strikes(FaultKind kind) {
  if (!active(kind)) return false;
  return ++chances_ % plan_.every == 0;
}

poc::Digest false_digest(const poc::InputKey& key, const poc::Digest& digest,
                         const poc::Target& target, const std::function<bool()>& stop) {
  constexpr std::uint64_t kMostTries = 1 << 20;
  poc::Digest wrong = digest;
  for (std::uint64_t attempt = 1; attempt <= kMostTries; ++attempt) {
    // Counts in the first eight bytes; never 0, so never the true digest.
    for (std::size_t i = 0; i < 8; ++i) {
      wrong[i] = static_cast<std::uint8_t>(digest[i] ^ (attempt >> (8 * i)));
    }
    if (target.met_by(poc::make_ticket(key, wrong))) break;
    if (attempt % 256 == 0 && stop()) break;
  }
  return wrong;
}

}  // namespace backends::sim
