#pragma once

#include <string>

#include "miner/snapshot.h"
#include "tui/style.h"

// What pools credit beside what was computed, in the words that the screen and the plain view
// share.
namespace tui {

/// "1.02 k (0.95 k..1.10 k)": a rate with its 95 % interval, "!" behind it where that does not hold
/// the raw rate; without brackets where there is no interval.
std::string sampled_text(const miner::SampledRate& rate);
/// "0.95 k..1.10 k", the interval alone; empty where there is none.
std::string interval_text(const miner::SampledRate& rate);
/// kWarn where the interval does not hold the raw rate.
Style sampled_style(const miner::SampledRate& rate);
/// "1.02 H100", "6.20 mH100": a rate of multiply-accumulates in the unit of
/// `poc::kH100MacPerSecond`.
std::string h100_text(double mac_per_second);
/// "24 shares proven, 3 sprints right", and how many sprints were not proven or wrong.
std::string checks_text(const miner::CreditChecks& checks);

/// For the summary: the three rates in both units, and the checks; lines that end with a newline.
std::string credit_summary(const miner::Snapshot& snapshot);

}  // namespace tui
