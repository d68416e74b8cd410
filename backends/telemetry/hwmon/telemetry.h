#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/api/telemetry.h"
#include "backends/telemetry/hwmon/cards.h"
#include "backends/telemetry/hwmon/processor.h"
#include "backends/telemetry/hwmon/roots.h"
#include "base/clock.h"
#include "base/owner_thread.h"

namespace backends::hwmon {

/// The processor's sensors, joined to the device "cpu:0" of the backend for processors, and those
/// of graphics cards whose driver has no module of its own here (i915, xe, nouveau), by PCI
/// address. One thread; it may be made and destroyed by another.
class HwmonTelemetry final : public Telemetry {
 public:
  HwmonTelemetry(Roots roots, std::shared_ptr<const base::Clock> clock);

  /// Looks anew at each call. The processor is always among them.
  base::Result<std::vector<TelemetryCard>> cards() override;
  base::Result<TelemetrySample> sample(const std::string& label) override;

 private:
  const Roots roots_;
  const std::shared_ptr<const base::Clock> clock_;
  Processor processor_;
  std::map<std::string, Card> cards_;  // by label, as last looked
  base::OwnerThread owner_;
};

}  // namespace backends::hwmon
