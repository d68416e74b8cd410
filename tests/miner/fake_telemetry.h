#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backends/api/telemetry.h"
#include "base/mutex.h"

namespace tests {

/// A sample of nothing but a temperature and power.
inline backends::TelemetrySample sample_of(double celsius, double watts) {
  backends::TelemetrySample out;
  out.core_celsius = celsius;
  out.power_watts = watts;
  return out;
}

/// Sensors that say what they are told to, or hang as in a driver. Any thread.
class FakeTelemetry final : public backends::Telemetry {
 public:
  std::function<void()> while_sampling = [] {};  ///< set before any thread uses it

  /// From now on it has this card, which says this.
  void set(const std::string& label, backends::TelemetrySample sample) {
    base::MutexLock lock(mutex_);
    cards_.insert_or_assign(label, base::Result<backends::TelemetrySample>(std::move(sample)));
  }
  void fail(const std::string& label, const std::string& why) {
    base::MutexLock lock(mutex_);
    cards_.insert_or_assign(
        label, base::Result<backends::TelemetrySample>(base::device_fault(label + ": " + why)));
  }
  void forget(const std::string& label) {
    base::MutexLock lock(mutex_);
    cards_.erase(label);
  }

  /// From now on each sample hangs, until `release`.
  void hang() { set_hanging(true); }
  void release() { set_hanging(false); }
  bool is_inside() const {
    base::MutexLock lock(mutex_);
    return inside_;
  }

  int lists() const {
    base::MutexLock lock(mutex_);
    return lists_;
  }
  int samples() const {
    base::MutexLock lock(mutex_);
    return samples_;
  }

  base::Result<std::vector<backends::TelemetryCard>> cards() override {
    base::MutexLock lock(mutex_);
    ++lists_;
    if (cards_.empty()) return base::unavailable("no driver");
    std::vector<backends::TelemetryCard> out;
    for (const auto& card : cards_) out.push_back({card.first, "Fake card"});
    return out;
  }

  base::Result<backends::TelemetrySample> sample(const std::string& label) override {
    base::MutexLock lock(mutex_);
    ++samples_;
    inside_ = true;
    while_sampling();
    while (hanging_) changed_.wait(mutex_);
    inside_ = false;
    const auto card = cards_.find(label);
    if (card == cards_.end()) return base::unavailable(label + ": no such card");
    return card->second;
  }

 private:
  void set_hanging(bool hanging) {
    {
      base::MutexLock lock(mutex_);
      hanging_ = hanging;
    }
    changed_.notify_all();
  }

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::map<std::string, base::Result<backends::TelemetrySample>> cards_ GUARDED_BY(mutex_);
  bool hanging_ GUARDED_BY(mutex_) = false;
  bool inside_ GUARDED_BY(mutex_) = false;
  int lists_ GUARDED_BY(mutex_) = 0;
  int samples_ GUARDED_BY(mutex_) = 0;
};

}  // namespace tests
