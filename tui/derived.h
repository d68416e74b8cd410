#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "miner/snapshot.h"
#include "tui/style.h"

// What several parts of the screen make of a snapshot.
namespace tui {

/// How a device is doing, in the rate's place unless it races: "STARTING", "LOADING 45 %", "READY",
/// "REST" (no sprint, the card is free), "OFF" (paused by the user), "HOT" (paused to cool down),
/// "SICK" (computes wrong, or failed and is tried again), "DEAD" (given up), "RACING".
std::string state_word(const miner::DeviceSnapshot& device);
Style state_style(const miner::DeviceSnapshot& device);
/// Sick, hot or dead.
bool is_unwell(const miner::DeviceSnapshot& device);

/// Energy drawn by the devices that tell it, idle included, for each nonce that those computed. The
/// energy of times in which a device did not tell its power is taken to be like that of the others.
/// No value before the first nonce.
std::optional<double> joules_per_nonce(const miner::Snapshot& snapshot);

/// What a device drew in this run: "0.56 Wh".
std::string watt_hours(const miner::DeviceSnapshot& device);

/// Out of the race because somebody asked, and for no other cause.
bool is_paused_by_user(const miner::DeviceSnapshot& device);

/// Wrong digests of all devices.
std::uint64_t hardware_errors(const miner::Snapshot& snapshot);

/// 0..1: of the time to the deadline while racing, of the weights before, 1 after the end.
double sprint_progress(const miner::Snapshot& snapshot);

/// Where a temperature is: plain, warm (kWarn) or too hot (kBad). Degrees Celsius.
Style core_temperature_style(const std::optional<double>& celsius);
Style memory_temperature_style(const std::optional<double>& celsius);

}  // namespace tui
