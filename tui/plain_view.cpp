#include "tui/plain_view.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/clock.h"
#include "tui/credit_text.h"
#include "tui/derived.h"
#include "tui/numbers.h"
#include "tui/times_and_losses.h"

namespace tui {
namespace {

using miner::DeviceSnapshot;
using miner::DeviceState;
using miner::Snapshot;

using base::in_seconds;

std::string_view phase_text(const Snapshot& s) {
  switch (s.sprint.phase) {
    case miner::SprintPhase::kNone:
      return s.pool.connected ? "no sprint announced" : "not connected";
    case miner::SprintPhase::kAnnounced:
      return "sprint to come";
    case miner::SprintPhase::kRacing:
      return "racing";
    case miner::SprintPhase::kEnded:
      return "waits for the result";
  }
  return "?";
}

std::string device_text(const DeviceSnapshot& device) {
  std::string text = fmt::format("{} {}", device.info.label(), state_word(device));
  if (!device.reason.empty()) text += fmt::format(" ({})", device.reason);
  return text;
}

/// Those that do not race, with what they do instead.
std::string idle_text(const Snapshot& s) {
  std::string text;
  for (const DeviceSnapshot& device : s.devices) {
    if (device.state == DeviceState::kRacing) continue;
    if (!text.empty()) text += ", ";
    text += device_text(device);
  }
  return text;
}

/// A value that is told only when `there` is.
template <class T>
std::optional<T> told(bool there, const T& value) {
  return there ? std::optional<T>(value) : std::nullopt;
}

std::optional<double> giga(const std::optional<double>& value) {
  return value ? std::optional(*value / 1e9) : std::nullopt;
}

std::optional<double> h100(const std::optional<double>& mac_per_second) {
  return mac_per_second ? std::optional(poc::h100_equivalents(*mac_per_second)) : std::nullopt;
}

/// To a tenth: a line is read by people.
std::optional<double> tenths(const std::optional<double>& value) {
  return value ? std::optional(std::round(*value * 10) / 10) : std::nullopt;
}

std::optional<double> in_milliseconds(const std::optional<base::Micros>& time) {
  return time ? std::optional(in_seconds(*time) * 1000) : std::nullopt;
}

std::optional<base::Micros> margin_p99(const Snapshot& s) {
  return s.times.margin ? std::optional(s.times.margin->p99) : std::nullopt;
}

/// The highest temperature of any sensor of any device.
std::optional<double> hottest_celsius(const Snapshot& s) {
  std::optional<double> hottest;
  for (const DeviceSnapshot& device : s.devices) {
    if (!device.sensors) continue;
    for (const auto& celsius : {device.sensors->core_celsius, device.sensors->hotspot_celsius,
                                device.sensors->memory_celsius}) {
      if (celsius && (!hottest || *celsius > *hottest)) hottest = celsius;
    }
  }
  return hottest;
}

/// ", 64 C" for a sensor that is there; nothing for one that is not.
std::string sensor_text(const char* before, const std::optional<double>& value, const char* unit) {
  return value ? fmt::format(", {}{:.0f} {}", before, *value, unit) : "";
}

/// ", core 64 C, memory 82 C, 287 W, fan 41 %": what there is, each with a comma before it.
std::string sensors_text(const DeviceSnapshot& device) {
  std::string text;
  if (device.sensors) {
    const auto& sensors = *device.sensors;
    text += sensor_text("core ", sensors.core_celsius, "C");
    text += sensor_text("hot spot ", sensors.hotspot_celsius, "C");
    text += sensor_text("memory ", sensors.memory_celsius, "C");
    text += sensor_text("", sensors.power_watts, "W");
    text += sensors.fan_percent ? sensor_text("fan ", sensors.fan_percent, "%")
                                : sensor_text("fan ", sensors.fan_rpm, "rpm");
    if (sensors.throttle_reason) text += fmt::format(", throttled ({})", *sensors.throttle_reason);
  }
  return text + sensor_text("", device.energy_joules, "J");
}

std::string shares_text(const miner::ShareCounts& c) {
  return fmt::format("accepted {}, rejected {}, stale {}, duplicate {}, pending {}", c.accepted,
                     c.rejected, c.stale, c.duplicate, c.pending) +
         fmt::format(", hardware errors {}, withdrawn {}, lost {}", c.hardware_error, c.withdrawn,
                     c.lost);
}

/// For the summary: a line each.
std::string times_text(const Snapshot& s) {
  constexpr const char* kNone = "-";
  const auto known = [](const auto& time, const auto& text) {
    return time ? text(time) : std::string(kNone);
  };
  const auto line = [](const char* name, const auto& spread, const char* what) {
    return fmt::format("  {:<7} {}{}\n", name, spread_text(spread, kNone), spread ? what : "");
  };
  return line("sent:", s.times.delay, " after a share was found") +
         line("answer:", s.times.answer, " after it was sent") +
         line("margin:", s.times.margin, " before the end of the sprint") +
         fmt::format("  clock:  the pool's minus ours {}, jitter {}, round trip {}\n",
                     known(s.pool.clock_offset, signed_brief), known(s.pool.clock_jitter, brief),
                     known(s.pool.round_trip, brief));
}

/// ", credited 790 (610..1.01 k) nonces/s"
std::string credited_rate_text(const miner::SprintRecord& sprint) {
  if (!sprint.credit || !sprint.rates) return "";
  return fmt::format(", credited {} nonces/s", sampled_text(sprint.rates->nonces.credited));
}

std::string losses_text(const miner::LossTotals& losses) {
  if (losses.sprints == 0) return "  lost:   nothing\n";
  std::string text =
      fmt::format("  lost:   of {} sprint{}, device time {}\n", losses.sprints,
                  losses.sprints == 1 ? "" : "s", loss_text(sum_of(losses.by_cause), "0.0 s"));
  for (std::size_t i = 0; i < miner::kLossCauses; ++i) {
    const miner::Loss& loss = losses.by_cause.at(i);
    if (loss.time < std::chrono::milliseconds(50)) continue;
    text += fmt::format("    {}: {}\n", miner::name_of(static_cast<miner::LossCause>(i)),
                        loss_text(loss, ""));
  }
  return text;
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

void log_status(const Snapshot& s, const base::Log& log) {
  const bool sprint = s.sprint.phase != miner::SprintPhase::kNone;
  const bool racing = s.sprint.phase == miner::SprintPhase::kRacing;
  const std::string idle = idle_text(s);
  log.info(phase_text(s),
           {{"sprint", told(sprint, s.sprint.id)},
            {racing ? "left_s" : "starts_in_s", told(sprint, in_seconds(s.sprint.left))},
            {"length_s", told(sprint, in_seconds(s.sprint.length))},
            {"nonces_per_s_10s", s.nonces_per_second.last_10s},
            {"nonces_per_s_60s", s.nonces_per_second.last_60s},
            {"gmac_per_s_10s", giga(s.mac_per_second.last_10s)},
            {"h100", h100(s.mac_per_second.last_10s)},
            {"accepted", s.shares.accepted},
            {"rejected", s.shares.rejected},
            {"pending", s.shares.pending},
            {"hottest_c", tenths(hottest_celsius(s))},
            {"watts", tenths(s.power_watts)},
            {"clock_offset_ms", in_milliseconds(s.pool.clock_offset)},
            {"clock_jitter_ms", in_milliseconds(s.pool.clock_jitter)},
            {"margin_p99_ms", in_milliseconds(margin_p99(s))},
            {"lost_sprints", told(s.losses.sprints != 0, s.losses.sprints)},
            {"not_racing", told(!idle.empty(), idle)}});
}

void log_devices(const Snapshot& s, const base::Log& log) {
  const backends::TelemetrySample none;
  for (const DeviceSnapshot& device : s.devices) {
    const backends::TelemetrySample& sensors = device.sensors ? *device.sensors : none;
    log.info("device", {{"device", device.info.label()},
                        {"state", state_word(device)},
                        {"nonces_per_s", device.nonces_per_second.last_60s},
                        {"gmac_per_s", giga(device.mac_per_second.last_60s)},
                        {"core_c", tenths(sensors.core_celsius)},
                        {"memory_c", tenths(sensors.memory_celsius)},
                        {"fan_percent", tenths(sensors.fan_percent)},
                        {"watts", tenths(sensors.power_watts)},
                        {"accepted", device.shares.accepted},
                        {"rejected", device.shares.rejected + device.shares.stale},
                        {"hw_errors", device.hardware_errors},
                        {"margin_ms", in_milliseconds(device.margin)}});
  }
}

std::string summary(const Snapshot& s) {
  std::string text = fmt::format("{} sprints in {:.0f} s, {} nonces, credit {} nonces\n", s.sprints,
                                 in_seconds(s.uptime), s.nonces, s.credit);
  text += fmt::format("  shares: {}\n", shares_text(s.shares));
  text += fmt::format("  rate:   10 s {}, 60 s {}, 15 min {}\n",
                      rate_text(s.nonces_per_second.last_10s, "nonces/s"),
                      rate_text(s.nonces_per_second.last_60s, "nonces/s"),
                      rate_text(s.nonces_per_second.last_15min, "nonces/s"));
  text += credit_summary(s) + times_text(s) + losses_text(s.losses);
  for (const DeviceSnapshot& device : s.devices) {
    text += fmt::format("  {}: {}, {}, {} nonces, {} shares found, {} wrong digests{}\n",
                        device_text(device), device.info.name, device.info.path, device.nonces,
                        device.found, device.hardware_errors, sensors_text(device));
  }
  for (const miner::SprintRecord& sprint : s.last_sprints) {
    const double seconds = in_seconds(sprint.length);
    text += fmt::format("  sprint {}: {}, {:.0f} s, {} nonces, {}, {} shares, credit {}{}\n",
                        sprint.id, poc::to_string(sprint.profile), seconds, sprint.nonces,
                        rate_text(static_cast<double>(sprint.nonces) / seconds, "nonces/s"),
                        sprint.found, sprint.credit ? std::to_string(*sprint.credit) : "never told",
                        credited_rate_text(sprint));
  }
  return text;
}

}  // namespace tui
