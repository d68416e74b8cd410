#pragma once

#include <optional>
#include <string>

#include "miner/snapshot.h"

// What shares took on their way and what sprints lost, in words and units that the screen and the
// plain view share. `nothing` is what stands for a value that there is none of.
namespace tui {

/// "p50 0.42 ms, p95 1.20 ms, p99 3.10 ms, worst 4.00 ms of 78".
std::string spread_text(const std::optional<miner::TimeSpread>& spread, const char* nothing);
/// "12.3 s, ~41,000 nonces", "12.3 s, at least ~41,000 nonces" where the rate is not known of all
/// of it, "12.3 s, cost not known"; `nothing` for no time.
std::string loss_text(const miner::Loss& loss, const char* nothing);
/// "s-0041: 12.3 s of 20.0 s, ~41,000 nonces: weights not ready".
std::string lost_sprint_text(const miner::LostSprint& sprint);

}  // namespace tui
