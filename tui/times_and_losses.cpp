#include "tui/times_and_losses.h"

#include <fmt/core.h>

#include "tui/numbers.h"

namespace tui {
namespace {

/// "41,000".
std::string in_thousands(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string cost_text(const miner::Loss& loss) {
  const auto nonces = loss.estimate();
  if (!nonces) return "cost not known";
  const bool all = loss.priced == loss.time;
  return fmt::format("{}~{} nonces", all ? "" : "at least ", in_thousands(*nonces));
}

}  // namespace

std::string spread_text(const std::optional<miner::TimeSpread>& spread, const char* nothing) {
  if (!spread) return nothing;
  return fmt::format("p50 {}, p95 {}, p99 {}, worst {} of {}", brief(spread->p50),
                     brief(spread->p95), brief(spread->p99), brief(spread->worst), spread->count);
}

std::string loss_text(const miner::Loss& loss, const char* nothing) {
  if (loss.time <= base::Micros(0)) return nothing;
  return miner::tenths_of(loss.time) + ", " + cost_text(loss);
}

std::string lost_sprint_text(const miner::LostSprint& sprint) {
  const miner::Loss all = miner::sum_of(sprint.by_cause);
  return fmt::format("{}: {} of {}, {}: {}", sprint.id, miner::tenths_of(all.time),
                     miner::tenths_of(sprint.of), cost_text(all), miner::causes_of(sprint));
}

}  // namespace tui
