#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "miner/sprint_ledger.h"
#include "tests/miner/support.h"

namespace miner {

constexpr SprintKey kKey = 1;
constexpr std::uint64_t kLease = 7;

inline base::SteadyTime s(double after_start) {
  return tests::at(base::Micros(static_cast<std::int64_t>(after_start * 1e6)));
}

/// A ledger that nobody tells anything but the test. A sprint is announced at 0 s, starts at 20 s
/// and ends at 40 s, and devices do 1000 nonces/s, unless a test says otherwise.
class SprintLedgerTest : public ::testing::Test {
 protected:
  /// All devices are there and we are logged in.
  void open(std::size_t devices = 1) {
    ledger_.emplace(devices);
    for (std::uint32_t i = 0; i < devices; ++i) {
      ledger_->device_up(i, s(-60));
      ledger_->rate(i, "nano", 1000);
    }
    ledger_->logged_in(s(-60));
  }
  void announce(double now = 0, SprintKey key = kKey, double t0 = 20) {
    ledger_->announced(key, "s-" + std::to_string(key), "nano", s(t0), s(t0 + 20), s(now));
  }
  void start(double now = 20, SprintKey key = kKey, double t0 = 20) {
    ledger_->started(key, s(t0), s(t0 + 20), s(now));
  }
  /// Its weights are made, and it has a lease.
  void ready(double now, std::uint32_t device = 0, SprintKey key = kKey) {
    ledger_->prepared(key, device, s(now));
    ledger_->leased(key, device, kLease, s(now));
  }
  /// The sprint is over and credited; all devices raced until the end, if they raced.
  void finish(double now = 40, SprintKey key = kKey) {
    ledger_->tick(s(now));
    worked(now);
    lost_ = ledger_->close(key, s(now));
  }
  void worked(double at, std::uint32_t device = 0) {
    ledger_->tick(s(at));
    ledger_->worked(kKey, device, s(at));
  }

  /// What was lost through this, and through nothing else.
  using Lost = std::map<LossCause, double>;
  void expect(const Lost& wanted, double of = 20) const {
    ASSERT_EQ(lost_.has_value(), !wanted.empty());
    if (!lost_) return;
    for (std::size_t i = 0; i < kLossCauses; ++i) {
      const auto cause = static_cast<LossCause>(i);
      const double time = wanted.contains(cause) ? wanted.at(cause) : 0;
      const Loss& loss = lost_->by_cause.at(i);
      EXPECT_EQ(loss.time, s(time) - s(0)) << name_of(cause);
      if (loss.priced == loss.time) {
        EXPECT_NEAR(loss.nonces, time * 1000, 1) << name_of(cause);
      }
    }
    EXPECT_EQ(lost_->of, s(of) - s(0));
  }

  std::optional<SprintLedger> ledger_;
  std::optional<LostSprint> lost_;
};

}  // namespace miner
