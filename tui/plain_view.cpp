#include "tui/plain_view.h"

#include <fmt/core.h>

#include <array>
#include <chrono>

namespace tui {
namespace {

using miner::DeviceSnapshot;
using miner::DeviceState;
using miner::Snapshot;

double in_seconds(base::Micros time) {
  return std::chrono::duration<double>(time).count();
}

std::string_view name_of(DeviceState state) {
  switch (state) {
    case DeviceState::kStarting:
      return "STARTING";
    case DeviceState::kIdle:
      return "IDLE";
    case DeviceState::kLoading:
      return "LOADING";
    case DeviceState::kReady:
      return "READY";
    case DeviceState::kRacing:
      return "RACING";
    case DeviceState::kPaused:
      return "PAUSED";
    case DeviceState::kFailed:
      return "FAILED";
    case DeviceState::kOff:
      return "OFF";
  }
  return "?";
}

std::string sprint_text(const Snapshot& s) {
  switch (s.sprint.phase) {
    case miner::SprintPhase::kNone:
      return s.pool.connected ? "no sprint announced" : "not connected";
    case miner::SprintPhase::kAnnounced:
      return fmt::format("{} starts in {:.0f} s", s.sprint.id, in_seconds(s.sprint.left));
    case miner::SprintPhase::kRacing:
      return fmt::format("{} {:.0f} s left of {:.0f}", s.sprint.id, in_seconds(s.sprint.left),
                         in_seconds(s.sprint.length));
  }
  return {};
}

std::string device_text(const DeviceSnapshot& device) {
  std::string text = fmt::format("{} {}", device.info.label(), name_of(device.state));
  if (device.state == DeviceState::kLoading) text += fmt::format(" {:.0f} %", device.loading * 100);
  if (!device.reason.empty()) text += fmt::format(" ({})", device.reason);
  return text;
}

std::string shares_text(const miner::ShareCounts& c) {
  return fmt::format("accepted {}, rejected {}, stale {}, duplicate {}, pending {}", c.accepted,
                     c.rejected, c.stale, c.duplicate, c.pending) +
         fmt::format(", hardware errors {}, withdrawn {}, lost {}", c.hardware_error, c.withdrawn,
                     c.lost);
}

}  // namespace

std::string rate_text(const std::optional<double>& per_second, std::string_view unit) {
  if (!per_second) return "not filled yet";
  static constexpr std::array<std::string_view, 6> kPrefixes = {"", "k", "M", "G", "T", "P"};
  double value = *per_second;
  std::size_t prefix = 0;
  for (; value >= 1000 && prefix + 1 < kPrefixes.size(); ++prefix) value /= 1000;
  const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", value, digits, kPrefixes[prefix], unit);
}

std::string status_line(const Snapshot& s) {
  std::string line = sprint_text(s);
  line +=
      fmt::format(" | 10 s: {}, {} | 60 s: {}", rate_text(s.nonces_per_second.last_10s, "nonces/s"),
                  rate_text(s.mac_per_second.last_10s, "MAC/s"),
                  rate_text(s.nonces_per_second.last_60s, "nonces/s"));
  line += fmt::format(" | shares {} accepted, {} rejected, {} pending", s.shares.accepted,
                      s.shares.rejected, s.shares.pending);
  for (const DeviceSnapshot& device : s.devices) {
    if (device.state != DeviceState::kRacing) line += " | " + device_text(device);
  }
  return line;
}

std::string summary(const Snapshot& s) {
  std::string text = fmt::format("{} sprints in {:.0f} s, {} nonces, credit {} nonces\n", s.sprints,
                                 in_seconds(s.uptime), s.nonces, s.credit);
  text += fmt::format("  shares: {}\n", shares_text(s.shares));
  text += fmt::format("  rate:   10 s {}, 60 s {}, 15 min {}\n",
                      rate_text(s.nonces_per_second.last_10s, "nonces/s"),
                      rate_text(s.nonces_per_second.last_60s, "nonces/s"),
                      rate_text(s.nonces_per_second.last_15min, "nonces/s"));
  for (const DeviceSnapshot& device : s.devices) {
    text += fmt::format("  {}: {}, {}, {} nonces, {} shares found, {} wrong digests\n",
                        device_text(device), device.info.name, device.info.path, device.nonces,
                        device.found, device.hardware_errors);
  }
  for (const miner::SprintRecord& sprint : s.last_sprints) {
    const double seconds = in_seconds(sprint.length);
    text +=
        fmt::format("  sprint {}: {}, {:.0f} s, {} nonces, {}, {} shares, credit {}\n", sprint.id,
                    poc::to_string(sprint.profile), seconds, sprint.nonces,
                    rate_text(static_cast<double>(sprint.nonces) / seconds, "nonces/s"),
                    sprint.found, sprint.credit ? std::to_string(*sprint.credit) : "never told");
  }
  return text;
}

}  // namespace tui
