#pragma once

#include <string>

#include "base/log.h"
#include "miner/snapshot.h"

namespace tui {

/// The miner as one event: sprint, rates of those windows that are filled, shares, `hottest_c` (the
/// highest temperature of any sensor, degrees Celsius) and `watts` (of all devices that tell it)
/// where they are known, devices that are not at work.
void log_status(const miner::Snapshot& snapshot, const base::Log& log);

/// Each device as one event, all with the same fields in the same order: state, rates over a
/// minute, sensors that are there, what became of its shares, margin. A table for people and for
/// programs.
void log_devices(const miner::Snapshot& snapshot, const base::Log& log);

/// The run as a whole, over several lines (each ends with a newline): sprints, nonces, rates,
/// shares by fate, credit, one line per device with what its sensors said last.
std::string summary(const miner::Snapshot& snapshot);

/// "12.3 nonces/s", "1.23 k nonces/s"; "not filled yet" for a window without a value.
std::string rate_text(const std::optional<double>& per_second, std::string_view unit);

}  // namespace tui
