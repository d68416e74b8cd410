#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "miner/scheduler.h"
#include "tests/miner/support.h"

namespace miner {

/// Keeps what the scheduler made happen; `take_*` gives it and forgets it.
class FakeSchedulerPorts final : public SchedulerPorts {
 public:
  struct Ready {
    std::string sprint;
    std::uint32_t device;
    std::string name;
    std::uint64_t rate;
    bool operator==(const Ready&) const = default;
  };
  using LeaseRequest = std::pair<std::string, std::uint32_t>;

  void send_ready(const std::string& sprint,
                  std::span<const stratum::ReadyDevice> devices) override {
    EXPECT_FALSE(devices.empty());
    EXPECT_LE(devices.size(), stratum::kMaxReadyDevices);
    for (const auto& d : devices) readies_.push_back({sprint, d.device, d.name, d.rate_per_1000s});
  }
  void request_lease(const std::string& sprint, std::uint32_t device) override {
    requests_.emplace_back(sprint, device);
  }
  void publish(std::uint32_t device, const Assignment& assignment) override {
    const auto known = latest_.find(device);
    const bool same =
        known != latest_.end() ? known->second == assignment : assignment == Assignment();
    EXPECT_FALSE(same) << "published without a change to device " << device;
    latest_[device] = assignment;
    published_.push_back(device);
  }

  std::vector<Ready> take_readies() { return std::exchange(readies_, {}); }
  std::vector<LeaseRequest> take_requests() { return std::exchange(requests_, {}); }
  /// The devices that something was published to, in order.
  std::vector<std::uint32_t> take_published() { return std::exchange(published_, {}); }
  /// What the device has now.
  const Assignment& latest(std::uint32_t device) { return latest_[device]; }

 private:
  std::vector<Ready> readies_;
  std::vector<LeaseRequest> requests_;
  std::vector<std::uint32_t> published_;
  std::map<std::uint32_t, Assignment> latest_;
};

/// A scheduler of two devices, "gpu:0" and "gpu:1", and shorthands for what happens to it. Sprints
/// last 10 s.
class SchedulerTest : public ::testing::Test {
 protected:
  static base::SteadyTime s(std::int64_t seconds) {
    return tests::at(std::chrono::seconds(seconds));
  }

  SprintKey announce(const std::string& sprint, std::int64_t t0, std::uint8_t seed = 1) {
    return scheduler_.announced(tests::make_announcement(sprint, seed), s(t0), s(t0 + 10));
  }
  void start(const std::string& sprint, std::int64_t t0, std::uint8_t seed = 1) {
    scheduler_.started(tests::make_start(tests::make_announcement(sprint, seed)), s(t0),
                       s(t0 + 10));
  }
  void lease(const std::string& sprint, std::uint64_t id, std::uint32_t device) {
    leases_.push_back(tests::make_lease(id, device, id));
    scheduler_.leased(sprint, {&leases_.back(), 1}, {});
  }
  /// Announced, made and leased by both devices (leases `first_lease` and the next).
  SprintKey make_ready(const std::string& sprint, std::int64_t t0, std::uint64_t first_lease) {
    const SprintKey key = announce(sprint, t0);
    for (std::uint32_t device = 0; device < 2; ++device) {
      scheduler_.prepared(device, key, 1000);
      lease(sprint, first_lease + device, device);
    }
    ports_.take_readies();
    ports_.take_published();
    return key;
  }
  SprintKey race_key(std::uint32_t device) {
    const auto& race = ports_.latest(device).race;
    return race == nullptr ? 0 : race->key;
  }
  std::vector<SprintKey> upcoming(std::uint32_t device) {
    std::vector<SprintKey> keys;
    for (const Upcoming& sprint : ports_.latest(device).upcoming) keys.push_back(sprint.key);
    return keys;
  }
  std::vector<std::uint64_t> leases(std::uint32_t device) {
    std::vector<std::uint64_t> ids;
    for (const stratum::Lease& lease : ports_.latest(device).leases) ids.push_back(lease.id);
    return ids;
  }

  using Ready = FakeSchedulerPorts::Ready;
  using Requests = std::vector<FakeSchedulerPorts::LeaseRequest>;
  using Keys = std::vector<SprintKey>;
  using Ids = std::vector<std::uint64_t>;
  using Devices = std::vector<std::uint32_t>;

  FakeSchedulerPorts ports_;
  Scheduler scheduler_{ports_, {"gpu:0", "gpu:1"}};
  std::vector<stratum::Lease> leases_;
};

}  // namespace miner
