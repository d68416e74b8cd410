#include "miner/sensor_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace miner {
namespace {

constexpr base::Micros kLookEvery = std::chrono::seconds(60);
constexpr base::Micros kLookAfterFault = std::chrono::seconds(10);
constexpr base::Micros kSlow = std::chrono::seconds(1);  // a few milliseconds are usual

}  // namespace

std::vector<SensorSource> sensor_sources(std::span<backends::LoadedModule> modules) {
  std::vector<SensorSource> out;
  for (backends::LoadedModule& module : modules) {
    if (module.telemetry != nullptr) out.push_back({module.name, module.telemetry.get()});
  }
  return out;
}

SensorReader::SensorReader(SensorSource source, std::uint32_t number, SensorBoard& board,
                           base::LogSink& sink, const base::Clock& clock)
    : source_(std::move(source)),
      number_(number),
      board_(board),
      log_(sink, "sensors"),
      clock_(clock),
      look_at_(clock.now()) {}

void SensorReader::read(const std::atomic<bool>& stop) {
  owner_.assert_here();
  const base::SteadyTime begin = clock_.now();
  if (begin >= look_at_) look(begin);
  for (const std::uint32_t device : devices_) {
    if (stop) return;
    sample(device);
  }
  const base::Micros taken = clock_.now() - begin;
  if (taken < kSlow || told_slow_) return;
  told_slow_ = true;
  log_.warn("sensors are slow",
            {{"module", source_.module}, {"took_s", std::chrono::duration<double>(taken).count()}});
}

/// Finds the devices among the module's cards.
void SensorReader::look(base::SteadyTime now) {
  look_at_ = now + kLookEvery;
  devices_.clear();
  const auto cards = source_.telemetry->cards();
  if (!cards.ok()) {
    if (std::exchange(no_cards_, cards.message()) == cards.message()) return;
    log_.debug("no sensors", {{"module", source_.module}, {"reason", cards.message()}});
    return;
  }
  no_cards_.clear();
  const auto& labels = board_.labels();
  for (std::uint32_t i = 0; i < labels.size(); ++i) {
    const bool here = std::any_of(cards->begin(), cards->end(),
                                  [&](const auto& card) { return card.label == labels[i]; });
    if (here) devices_.push_back(i);
  }
}

void SensorReader::sample(std::uint32_t device) {
  // The time before the call: what a driver says after a minute may be what it knew before.
  const base::SteadyTime at = clock_.now();
  const std::string& label = board_.labels()[device];
  auto sample = source_.telemetry->sample(label);
  if (!sample.ok()) {
    failed(label, sample.message());
    return;
  }
  failing_.erase(label);
  board_.set(device, number_, std::move(sample).value(), at);
}

/// One line for a card that fails, until it has answered again.
void SensorReader::failed(const std::string& label, const std::string& reason) {
  look_at_ = std::min(look_at_, clock_.now() + kLookAfterFault);
  if (!failing_.insert(label).second) return;
  log_.warn("sensors fail", {{"device", label}, {"module", source_.module}, {"reason", reason}});
}

}  // namespace miner
