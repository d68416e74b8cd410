#pragma once

#include <memory>
#include <string>

#include "backends/api/self_test.h"
#include "backends/opencl/device.h"
#include "backends/opencl/paths.h"
#include "tests/backends_opencl/bench.h"

namespace backends::opencl {

constexpr poc::Profile kSmall{2, 128, 256};

inline poc::RaceSpec race_on(const poc::Profile& profile, std::uint8_t seed = 1) {
  poc::RaceSpec race;
  race.model.profile = profile;
  race.model.model_seed[0] = seed;
  return race;
}

/// Devices on the fake card, opened with what a test chooses.
class FakeCard : public FakeMachine {
 protected:
  DeviceParts parts() const {
    DeviceParts parts;
    const auto listing = list_devices(*library_, {});
    EXPECT_TRUE(listing.ok()) << failure(listing);
    parts.found = listing->devices.at(0);
    parts.info.backend = "opencl";
    parts.info.name = parts.found.properties.name;
    parts.library = library_.get();
    parts.tile = *choose_tile(parts.found.properties, {});
    parts.group = 16;
    parts.clock = &clock_;
    parts.source = "source";
    return parts;
  }
  static std::unique_ptr<OpenClDevice> open(DeviceParts parts) {
    auto device = OpenClDevice::open(std::move(parts));
    EXPECT_TRUE(device.ok()) << failure(device);
    if (!device.ok()) return nullptr;
    return std::unique_ptr<OpenClDevice>(static_cast<OpenClDevice*>(device->release()));
  }
  /// Ready to race.
  std::unique_ptr<OpenClDevice> racing(DeviceParts parts, const poc::RaceSpec& race) const {
    auto device = open(std::move(parts));
    const auto ready = prepare_fully(*device, race.model);
    EXPECT_TRUE(ready.ok()) << failure(ready);
    const auto started = device->start(race);
    EXPECT_TRUE(started.ok()) << failure(started);
    return device;
  }
  /// Launches of a kernel so far.
  std::vector<FakeLaunch> launches_of(const std::string& kernel) const {
    std::vector<FakeLaunch> out;
    for (const FakeLaunch& launch : fake_.launches) {
      if (launch.kernel == kernel) out.push_back(launch);
    }
    return out;
  }

  const std::unique_ptr<const Library> library_ = open_library();
  const base::SystemClock clock_{};
};

}  // namespace backends::opencl
