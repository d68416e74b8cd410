#include "tui/derived.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "tui/numbers.h"

namespace tui {
namespace {

using miner::DeviceSnapshot;
using miner::DeviceState;
using miner::PauseCause;
using miner::Snapshot;

// Where cards of all makers begin to lower their clocks, and 10 degrees before that. Memory chips
// (GDDR6X, HBM) are made for 10 degrees more.
constexpr double kCoreWarm = 75;
constexpr double kCoreHot = 85;
constexpr double kMemoryWarm = 90;
constexpr double kMemoryHot = 100;

using base::in_seconds;

Style temperature_style(const std::optional<double>& celsius, double warm, double hot) {
  if (!celsius || *celsius < warm) return Style::kPlain;
  return *celsius < hot ? Style::kWarn : Style::kBad;
}

std::string_view paused_word(PauseCause cause) {
  switch (cause) {
    case PauseCause::kUser:
      return "OFF";
    case PauseCause::kWrongDigests:
      return "SICK";
    case PauseCause::kHeat:
      return "HOT";
  }
  return "?";
}

}  // namespace

std::string state_word(const DeviceSnapshot& device) {
  if (is_paused_by_user(device) && device.state != DeviceState::kOff) return "OFF";
  switch (device.state) {
    case DeviceState::kStarting:
      return "STARTING";
    case DeviceState::kIdle:
      return "REST";
    case DeviceState::kLoading:
      return fmt::format("LOADING {:2.0f} %", device.loading * 100);
    case DeviceState::kReady:
      return "READY";
    case DeviceState::kRacing:
      return "RACING";
    case DeviceState::kPaused:
      return std::string(paused_word(device.pause_cause));
    case DeviceState::kFailed:
      return "SICK";
    case DeviceState::kOff:
      return "DEAD";
  }
  return "?";
}

Style state_style(const DeviceSnapshot& device) {
  if (is_unwell(device)) return Style::kBad;
  if (is_paused_by_user(device)) return Style::kDim;
  switch (device.state) {
    case DeviceState::kRacing:
    case DeviceState::kReady:
      return Style::kGood;
    case DeviceState::kStarting:
    case DeviceState::kLoading:
      return Style::kWarn;
    default:
      return Style::kDim;
  }
}

bool is_unwell(const DeviceSnapshot& device) {
  if (device.state == DeviceState::kOff) return true;
  if (is_paused_by_user(device)) return false;
  return device.state == DeviceState::kFailed ||
         (device.state == DeviceState::kPaused && device.pause_cause != PauseCause::kUser);
}

std::optional<double> joules_per_nonce(const Snapshot& s) {
  double joules = 0;
  double nonces = 0;
  for (const DeviceSnapshot& device : s.devices) {
    if (!device.energy_joules || device.energy_time <= base::Micros(0)) continue;
    const double whole_run = in_seconds(s.uptime) / in_seconds(device.energy_time);
    joules += *device.energy_joules * std::max(whole_run, 1.0);
    nonces += static_cast<double>(device.nonces);
  }
  return nonces > 0 ? std::optional(joules / nonces) : std::nullopt;
}

std::string watt_hours(const DeviceSnapshot& device) {
  constexpr double kJoules = 3600;
  if (!device.energy_joules) return scaled(std::nullopt, "Wh");
  return scaled_small(*device.energy_joules / kJoules, "Wh");
}

bool is_paused_by_user(const DeviceSnapshot& device) {
  return device.paused_by_user ||
         (device.state == DeviceState::kPaused && device.pause_cause == PauseCause::kUser);
}

std::uint64_t hardware_errors(const Snapshot& s) {
  std::uint64_t sum = 0;
  for (const DeviceSnapshot& device : s.devices) sum += device.hardware_errors;
  return sum;
}

double sprint_progress(const Snapshot& s) {
  switch (s.sprint.phase) {
    case miner::SprintPhase::kNone:
      return 0;
    case miner::SprintPhase::kEnded:
      return 1;
    case miner::SprintPhase::kRacing:
      return s.sprint.length > base::Micros(0)
                 ? 1 - in_seconds(s.sprint.left) / in_seconds(s.sprint.length)
                 : 1;
    case miner::SprintPhase::kAnnounced:
      break;
  }
  double made = 0;
  double of = 0;
  for (const DeviceSnapshot& device : s.devices) {
    const bool ready = device.state == DeviceState::kReady || device.state == DeviceState::kRacing;
    if (device.state == DeviceState::kPaused || device.state == DeviceState::kOff) continue;
    of += 1;
    made += ready ? 1 : device.loading * (device.state == DeviceState::kLoading ? 1 : 0);
  }
  return of > 0 ? made / of : 0;
}

Style core_temperature_style(const std::optional<double>& celsius) {
  return temperature_style(celsius, kCoreWarm, kCoreHot);
}

Style memory_temperature_style(const std::optional<double>& celsius) {
  return temperature_style(celsius, kMemoryWarm, kMemoryHot);
}

}  // namespace tui
