#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "miner/miner.h"
#include "tests/miner/fake_device.h"
#include "tests/miner/fake_telemetry.h"
#include "tests/miner/support.h"
#include "tests/miner/tcp_pool.h"

namespace miner {

/// The whole miner with two fake devices against pools on real sockets. Real time passes here, and
/// no expectation depends on how much.
class MinerTest : public ::testing::Test {
 protected:
  MinerTest() {
    config_.reopen_after = std::chrono::milliseconds(1);
    config_.limits.better_after = std::chrono::hours(1);  // but where a test is about it
    // Each nonce a share, and few enough for a machine that has much else to do.
    for (tests::FakeCard& card : cards_) card.nonces_per_second = 50;
  }
  ~MinerTest() override {
    if (!HasFailure()) return;
    for (const std::string& line : sink_.lines()) printf("  %s\n", line.c_str());
  }

  void add_pool(const stratum::PoolUrl& url, const std::string& user = "alice.rig") {
    config_.pools.push_back({url, user, "x"});
  }
  void begin() {
    std::vector<WorkerDevice> devices;
    for (std::uint32_t i = 0; i < 2; ++i)
      devices.push_back({i, tests::fake_info(i), &backend_, {}});
    miner_ =
        std::make_unique<Miner>(config_, std::move(devices), std::make_unique<tests::FakeTruth>(),
                                sink_, clock_, std::vector<SensorSource>{{"sensors", &telemetry_}});
    ASSERT_TRUE(tests::eventually([&] { return miner_->snapshot()->devices.size() == 2; }));
  }
  /// Waits until the run is over by itself and says how.
  ExitCode ending() {
    if (!miner_->wait(std::chrono::minutes(1))) {
      ADD_FAILURE() << "the run does not end";
      return ExitCode::kInternal;
    }
    EXPECT_FALSE(miner_->outcome().reason.empty());
    return miner_->outcome().code;
  }
  std::uint64_t found() const {
    std::uint64_t sum = 0;
    const auto snapshot = miner_->snapshot();  // what is walked through lives as long as it does
    for (const DeviceSnapshot& device : snapshot->devices) sum += device.found;
    return sum;
  }
  /// A port at which nobody listens.
  static stratum::PoolUrl nobody() {
    const tests::TcpPool gone(std::chrono::seconds(1));
    return gone.url();
  }

  MinerConfig config_;
  base::SystemClock clock_;
  tests::CollectingSink sink_;
  tests::FakeCard cards_[2];
  tests::FakeCards backend_{{&cards_[0], &cards_[1]}};
  tests::FakeTelemetry telemetry_;
  std::unique_ptr<Miner> miner_;
};

}  // namespace miner
