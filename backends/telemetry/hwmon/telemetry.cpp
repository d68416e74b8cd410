#include "backends/telemetry/hwmon/telemetry.h"

#include <utility>

#include "base/bytes.h"

namespace backends::hwmon {
namespace {

constexpr const char* kProcessor = "cpu:0";

}  // namespace

HwmonTelemetry::HwmonTelemetry(Roots roots, std::shared_ptr<const base::Clock> clock)
    : roots_(std::move(roots)), clock_(std::move(clock)), processor_(roots_) {}

base::Result<std::vector<TelemetryCard>> HwmonTelemetry::cards() {
  owner_.assert_here();
  std::map<std::string, Card> found = find_cards(roots_);
  std::vector<TelemetryCard> out = {{kProcessor, processor_.name()}};
  for (auto& [label, card] : found) {
    const auto known = cards_.find(label);
    if (known != cards_.end()) card.energy = known->second.energy;
    out.push_back({label, card.name});
  }
  cards_ = std::move(found);
  return out;
}

base::Result<TelemetrySample> HwmonTelemetry::sample(const std::string& label) {
  owner_.assert_here();
  if (label == kProcessor) return processor_.sample(clock_->now());
  if (cards_.empty()) cards_ = find_cards(roots_);
  const auto card = cards_.find(label);
  if (card == cards_.end()) {
    return base::unavailable("no card '" + base::printable(label, 64) + "' with sensors");
  }
  const auto sample = read_card(card->second, label, clock_->now());
  if (!sample) {
    cards_.clear();
    return base::device_fault(label + ": the card is gone");
  }
  return *sample;
}

}  // namespace backends::hwmon
