#pragma once

#include <string>

#include "miner/snapshot.h"

namespace tui {

/// The miner on one line, for a log: sprint, rate, shares, devices that are not at work.
std::string status_line(const miner::Snapshot& snapshot);

/// The run as a whole, over several lines (each ends with a newline): sprints, nonces, rates,
/// shares by fate, credit, one line per device.
std::string summary(const miner::Snapshot& snapshot);

/// "12.3 nonces/s", "1.23 k nonces/s"; "not filled yet" for a window without a value.
std::string rate_text(const std::optional<double>& per_second, std::string_view unit);

}  // namespace tui
