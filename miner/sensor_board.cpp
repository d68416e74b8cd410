#include "miner/sensor_board.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

/// Adds what is known: a sum of nothing has no value.
void add_to(std::optional<double>& sum, const std::optional<double>& value) {
  if (value) sum = sum.value_or(0) + *value;
}

}  // namespace

const SensorBoard::Reading* SensorBoard::shown(const Entry& entry, base::SteadyTime now) {
  for (const auto& [source, reading] : entry.readings) {
    if (now - reading.at <= kFreshFor) return &reading;
  }
  return nullptr;
}

void SensorBoard::set(std::uint32_t device, std::uint32_t source, backends::TelemetrySample sample,
                      base::SteadyTime at) {
  base::MutexLock lock(mutex_);
  Entry& entry = entries_.at(device);
  Reading& reading = entry.readings[source];
  reading = {std::move(sample), at};
  const bool counts = shown(entry, at) == &reading;
  if (counts && reading.sample.power_watts) entry.energy.add(at, *reading.sample.power_watts);
}

std::optional<backends::TelemetrySample> SensorBoard::sensors(std::uint32_t device,
                                                              base::SteadyTime now) const {
  base::MutexLock lock(mutex_);
  const Reading* reading = shown(entries_.at(device), now);
  return reading == nullptr ? std::nullopt : std::optional(reading->sample);
}

void SensorBoard::write_to(Snapshot& snapshot, base::SteadyTime now) const {
  base::MutexLock lock(mutex_);
  const std::size_t count = std::min(entries_.size(), snapshot.devices.size());
  for (std::size_t i = 0; i < count; ++i) {
    DeviceSnapshot& device = snapshot.devices[i];
    if (const Reading* reading = shown(entries_[i], now)) device.sensors = reading->sample;
    device.energy_joules = entries_[i].energy.joules();
    device.energy_time = entries_[i].energy.covered();
    add_to(snapshot.energy_joules, device.energy_joules);
    if (device.sensors) add_to(snapshot.power_watts, device.sensors->power_watts);
  }
}

}  // namespace miner
