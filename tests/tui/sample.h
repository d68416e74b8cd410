#pragma once

#include <string>

#include "miner/snapshot.h"
#include "tui/log_tail.h"

// Snapshots to draw, with every value different.
namespace tui {

/// A rig of so many cards in the middle of a race, with all sensors.
inline miner::Snapshot racing_rig(std::size_t devices) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  miner::Snapshot s;
  s.uptime = seconds(83);
  s.pool.url = "stratum+tcp://pool.example:3333";
  s.pool.user = "alice.rig";
  s.pool.connected = true;
  s.pool.round_trip = base::Micros(23'100);
  s.pool.clock_offset = base::Micros(-420);
  s.pool.clock_jitter = base::Micros(57);
  s.times.delay = {78, base::Micros(310), base::Micros(1200), base::Micros(3100), milliseconds(41)};
  s.times.margin = {78, seconds(4), milliseconds(310), milliseconds(12), milliseconds(-3)};
  s.losses.sprints = 2;
  s.losses.by_cause[1] = {milliseconds(12'300), milliseconds(12'300), 41'234};
  s.losses.by_cause[3] = {milliseconds(2000), milliseconds(500), 640};
  s.losses.last = {"9-cc", seconds(40), s.losses.by_cause};
  s.pools = {{0, s.pool.url, s.pool.user, miner::PoolStanding::kInUse, "", 12, 345, 6789},
             {1, "stratum+tcp://other.example:3333", "alice", miner::PoolStanding::kStandby, ""},
             {2, "stratum+tcp://third.example:1", "al", miner::PoolStanding::kFailed, "no answer"}};
  s.sprint.phase = miner::SprintPhase::kRacing;
  s.sprint.id = "12-9e9082eacd0e";
  s.sprint.profile = "micro";
  s.sprint.number = 12;
  s.sprint.left = seconds(5);
  s.sprint.length = seconds(20);
  for (std::size_t i = 0; i < devices; ++i) {
    miner::DeviceSnapshot device;
    device.info.backend = "sim";
    device.info.index = static_cast<std::uint32_t>(i);
    device.info.name = "Simulated card";
    device.info.path = "reference";
    device.info.memory_bytes = std::uint64_t{24} << 30;
    char address[16];
    std::snprintf(address, sizeof address, "0000:%02zx:00.0", 0x10 + i);
    device.info.pci_address = address;
    device.state = miner::DeviceState::kRacing;
    device.nonces_per_second = {1230.0 + static_cast<double>(i), 1200.0, 1100.0};
    device.mac_per_second = {147e9, 146e9, 145e9};
    device.nonces = 1000;
    device.shares.accepted = 7;
    device.margin = base::Micros(12'300);
    device.sensors.emplace();
    device.sensors->core_celsius = 67;
    device.sensors->memory_celsius = 84;
    device.sensors->fan_percent = 55;
    device.sensors->power_watts = 245;
    device.sensors->core_mhz = 2505;
    device.sensors->memory_mhz = 10501;
    device.sensors->memory_used_bytes = std::uint64_t{3} << 30;
    device.sensors->memory_total_bytes = std::uint64_t{24} << 30;
    device.energy_joules = 2000;
    device.energy_time = s.uptime;
    s.devices.push_back(device);
  }
  s.nonces_per_second = {3380.0, 3210.0, std::nullopt};
  s.mac_per_second = {1.474e12, 1.4e12, std::nullopt};
  s.shares.accepted = 78;
  s.shares.pending = 3;
  s.best_difficulty = 123'456;
  s.power_watts = 245.0 * static_cast<double>(devices);
  s.credit = 170'010;
  s.last_sprints = {{"11-aa", poc::Profile{}, seconds(20), 60'000, 40, 70'000, {}},
                    {"10-bb", poc::Profile{}, seconds(20), 64'000, 40, std::nullopt, {}}};
  // As 124000 nonces in 40 s, and 70000 credited in 70 shares.
  const miner::SampledRate credited = {1750, miner::Interval{1364, 2211},
                                       miner::AgainstRaw::kBelow};
  const miner::SampledRate in_macs = {1750e6, miner::Interval{1364e6, 2211e6},
                                      miner::AgainstRaw::kBelow};
  s.last_rates = s.rates =
      miner::HonestRates{{3100, credited, credited}, {3100e6, in_macs, in_macs}};
  s.last_sprints[0].rates = s.last_rates;
  s.credit_checks = {4, 0, 0, 32, ""};
  return s;
}

/// So many lines: "line 1", "line 2", ...
inline std::vector<LogLine> log_lines(std::uint64_t first, std::uint64_t last) {
  std::vector<LogLine> lines;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    lines.push_back({seq, base::LogLevel::kInfo, "line " + std::to_string(seq)});
  }
  return lines;
}

}  // namespace tui
