#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "miner/coordinator.h"
#include "tests/miner/fake_device.h"
#include "tests/miner/scripted_pool.h"
#include "tests/miner/support.h"

namespace miner {

/// A coordinator of two devices that nobody drives but the test, a real session, and a scripted
/// pool at the other end of it, in memory. Time stands still unless it is turned.
class CoordinatorTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kDevices = 2;

  void make(std::uint64_t sprints = 0, bool rechecks = false) {
    if (rechecks) {
      recheck_ = std::make_unique<Rechecker>(std::make_unique<tests::FakeTruth>(), mailbox_, sink_,
                                             clock_);
    }
    Coordinator::Setup setup;
    for (std::uint32_t i = 0; i < kDevices; ++i) setup.devices.push_back(tests::fake_info(i));
    setup.recheck_every = {recheck_every_, recheck_every_};
    setup.sprints = sprints;
    setup.publish = [this](std::uint32_t device, const Assignment& assignment) {
      assigned_.at(device) = assignment;
    };
    setup.recheck = recheck_.get();
    setup.board = &board_;
    setup.sink = &sink_;
    setup.solo = solo_;
    setup.address = [](std::size_t pool) { return "pool " + std::to_string(pool); };
    setup.credit_random = std::mt19937_64(7);
    coordinator_ = std::make_unique<Coordinator>(std::move(setup));
  }

  /// Connects to a pool; what was to be said at a login is said.
  void connect(std::size_t pool = 0, const std::string& login = "alice.rig") {
    server_ = std::make_unique<stratum::ServerSession>(pool_.name);
    client_ = std::make_unique<stratum::ClientSession>(stratum::ClientConfig{"test", login, ""},
                                                       clock_.now());
    coordinator_->session_made(*client_, pool);
    pump();
  }
  void disconnect() {
    coordinator_->session_lost();
    client_.reset();
    server_.reset();
  }

  void sent(stratum::ClientSession& session, std::size_t bytes) {
    session.consume(bytes, clock_.now());
  }
  void sent(stratum::ServerSession& session, std::size_t bytes) { session.consume(bytes); }
  /// Carries bytes and events until both sides are silent.
  void pump() {
    for (bool moved = true; moved;) {
      moved = false;
      const auto pass = [&](auto& from, auto feed) {
        const std::string bytes(from.output());
        sent(from, bytes.size());
        moved = moved || !bytes.empty();
        return bytes.empty() || feed(bytes);
      };
      pass(*client_, [&](const std::string& b) { return server_->feed(b, pool_now()).ok(); });
      pool_.serve(*server_);
      pass(*server_, [&](const std::string& b) { return client_->feed(b, clock_.now()).ok(); });
      coordinator_->take_events(clock_.now());
    }
  }
  base::UnixTime pool_now() const { return wall_.now(); }

  // Shorthands for what the pool says; sprints start 10 s after their announcement and last 10 s.
  stratum::Announcement announce(const std::string& sprint, std::uint8_t seed = 1) {
    const auto announcement =
        pool_.make(sprint, pool_now() + std::chrono::seconds(10), std::chrono::seconds(10), seed);
    server_->announce(announcement);
    pump();
    return announcement;
  }
  void start(const stratum::Announcement& announcement) {
    server_->start(tests::make_start(announcement));
    pump();
  }
  void finish(const std::string& sprint) {
    server_->end(sprint, 0);
    server_->verdict({sprint, pool_.stored(sprint), {}});
    server_->result(pool_.result(sprint));
    pump();
  }

  // Shorthands for what workers tell.
  void mail(std::uint32_t device, WorkerEvent event) {
    std::vector<Mail> all;
    all.push_back({device, std::move(event)});
    coordinator_->take_mail(std::move(all), clock_.now());
    pump_if_connected();
  }
  /// The weights of the device's next sprint are made.
  void prepare(std::uint32_t device) {
    mail(device, DevicePrepared{assigned_.at(device).upcoming.at(0).key, 5'000'000});
  }
  /// The device finds the n-th nonce of its first lease, with the right digest or a wrong one.
  void find(std::uint32_t device, std::uint64_t n, bool right = true) {
    const Assignment& assignment = assigned_.at(device);
    ASSERT_NE(assignment.race, nullptr);
    find_in(device, assignment.race, assignment.leases.at(0), n, right);
  }
  void find_in(std::uint32_t device, const std::shared_ptr<const Race>& race,
               const stratum::Lease& lease, std::uint64_t n, bool right = true) {
    backends::Candidate candidate{lease.base + n, {}};
    candidate.digest = tests::fake_digest(poc::input_key(race->spec, candidate.nonce));
    if (!right) candidate.digest[0] ^= 1;
    board_.add_found(device);
    ++found_;
    mail(device, CandidateFound{race, lease, candidate, clock_.now()});
  }
  void pump_if_connected() {
    if (client_ != nullptr) pump();
  }
  /// Announced, prepared by both devices, started.
  stratum::Announcement race(const std::string& sprint, std::uint8_t seed = 1) {
    const auto announcement = announce(sprint, seed);
    for (std::uint32_t device = 0; device < kDevices; ++device) prepare(device);
    start(announcement);
    return announcement;
  }
  Snapshot snapshot() {
    Snapshot result;
    for (std::size_t pool = 0; pool < 2; ++pool) result.pools.emplace_back().number = pool;
    coordinator_->write_to(result, clock_.now());
    EXPECT_EQ(result.shares.total(), found_) << "each candidate has one fate";
    ShareCounts of_devices;
    for (const DeviceSnapshot& device : result.devices) of_devices += device.shares;
    EXPECT_EQ(of_devices, result.shares) << "and is some device's";
    return result;
  }

  base::ManualClock clock_;
  base::SteadyWallClock wall_{clock_, base::UnixTime(std::chrono::seconds(1'800'000'000))};
  tests::CollectingSink sink_;
  Mailbox mailbox_;
  Board board_{{tests::fake_info(0), tests::fake_info(1)}, clock_.now()};
  tests::ScriptedPool pool_;
  std::unique_ptr<Rechecker> recheck_;
  std::vector<Assignment> assigned_ = std::vector<Assignment>(kDevices);
  std::uint64_t found_ = 0;
  std::uint32_t recheck_every_ = 1;
  bool solo_ = false;
  std::unique_ptr<stratum::ServerSession> server_;
  std::unique_ptr<stratum::ClientSession> client_;
  std::unique_ptr<Coordinator> coordinator_;
};

}  // namespace miner
