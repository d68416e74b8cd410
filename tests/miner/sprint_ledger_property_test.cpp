#include <gtest/gtest.h>

#include <random>

#include "miner/sprint_ledger.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Micros kLength = seconds(20);
constexpr std::uint32_t kDevices = 2;

/// A ledger to which anything may happen, in any order.
class Walk {
 public:
  explicit Walk(std::uint32_t seed) : random_(seed) {}

  void step() {
    now_ += base::Micros(pick(3) == 0 ? 0 : pick(4'000'000));
    key_ = 1 + pick(6);
    device_ = pick(kDevices);
    t0_ = now_ + milliseconds(pick(30'000)) - seconds(10);
    (this->*kSteps[pick(std::size(kSteps))])();
  }

  /// No moment is lost twice, and the totals are the sum of the sprints.
  void check() const {
    EXPECT_EQ(ledger_.totals().sprints, sprints_);
    EXPECT_EQ(sum_of(ledger_.totals().by_cause).time, sum_.time);
  }

 private:
  std::uint32_t pick(std::size_t count) { return static_cast<std::uint32_t>(random_() % count); }

  void session() { pick(2) == 0 ? ledger_.logged_in(now_) : ledger_.session_lost(now_); }
  void fault() {
    pick(2) == 0 ? ledger_.device_up(device_, now_) : ledger_.device_down(device_, now_);
  }
  void pause() { ledger_.paused(device_, static_cast<PauseCause>(pick(3)), now_); }
  void resume() { ledger_.paused(device_, std::nullopt, now_); }
  void announce() { ledger_.announced(key_, "s", "nano", t0_, t0_ + kLength, now_); }
  void start() { ledger_.started(key_, t0_, t0_ + kLength, now_); }
  void prepare() { ledger_.prepared(key_, device_, now_); }
  void lease() { ledger_.leased(key_, device_, pick(3), now_); }
  void use_up() { ledger_.used_up(key_, device_, pick(3), now_); }
  void work() { ledger_.worked(key_, device_, now_ - milliseconds(pick(3000))); }
  void end() { ledger_.ended(key_, now_); }
  void forget() { ledger_.forgotten(key_, now_); }
  void close() { book(ledger_.close(key_, now_)); }
  void close_void() { book(ledger_.close_void(key_, LossCause::kPool, now_)); }

  void book(const std::optional<LostSprint>& lost) {
    if (!lost) return;
    ++sprints_;
    const Loss all = sum_of(lost->by_cause);
    sum_ += all;
    EXPECT_GT(all.time, base::Micros(0));
    EXPECT_LE(all.time, lost->of);
    EXPECT_LE(lost->of, kDevices * kLength);
    for (const Loss& loss : lost->by_cause) EXPECT_GE(loss.time, base::Micros(0));
  }

  static constexpr void (Walk::*kSteps[])() = {
      &Walk::session, &Walk::fault,   &Walk::pause, &Walk::resume,    &Walk::announce,
      &Walk::start,   &Walk::prepare, &Walk::lease, &Walk::use_up,    &Walk::work,
      &Walk::end,     &Walk::forget,  &Walk::close, &Walk::close_void};

  std::minstd_rand random_;
  base::SteadyTime now_ = tests::at(base::Micros(0));
  SprintKey key_ = 0;
  std::uint32_t device_ = 0;
  base::SteadyTime t0_;
  SprintLedger ledger_{kDevices};
  std::uint64_t sprints_ = 0;
  Loss sum_;
};

TEST(SprintLedgerProperty, WhateverHappensTimeIsSpentOnce) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Walk walk(seed);
    for (int step = 0; step < 400; ++step) walk.step();
    walk.check();
  }
}

}  // namespace
}  // namespace miner
