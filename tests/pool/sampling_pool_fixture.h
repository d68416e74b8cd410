#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pool/audit_check.h"
#include "tests/pool/fake_beacon.h"
#include "tests/pool/rig.h"

// A pool that recomputes a sample, with accounts of which it knows something. Source: the sampling
// page.
namespace pool {

using tests::kNoon;
using tests::microseconds;
using tests::seconds;
using tests::TestMiner;

inline constexpr base::UnixTime kT0 = kNoon + seconds(10);
inline constexpr base::UnixTime kEnd = kT0 + seconds(20);
inline constexpr base::UnixTime kLastWord = kEnd + seconds(5) + microseconds(1);
inline constexpr std::uint64_t kReward = 48'000;
inline constexpr std::size_t kShares = 24;

inline Config sampling_config() {
  Config config = tests::rig_config();
  config.database = "x";
  config.sampling.emplace();
  config.rewards.reward = kReward;
  return config;
}

/// An account that was right for long, and of which so much is held in each of four sprints.
inline Saved::Known known_account(const std::string& account, std::int64_t shares,
                                  std::int64_t sprints, std::uint64_t held) {
  Saved::Known row{account, {shares, sprints, 0}, {}};
  for (std::uint64_t sprint = 1; sprint <= 4 && held > 0; ++sprint) {
    row.held.push_back({sprint, held});
  }
  return row;
}

class SamplingPoolTest : public testing::Test {
 protected:
  SamplingPoolTest() {
    journal_.writes_at_once = true;
    journal_.earlier.last_sprint = 4;
    journal_.earlier.known = {
        known_account("alice", 2000, 200, 24'000), known_account("carol", 100, 10, 24'000),
        known_account("poor", 2000, 200, 100), known_account("small", 2000, 200, 5000)};
  }

  void begin() {
    rig_ = std::make_unique<tests::PoolRig>(config_, &journal_, journal_.saved(), now_, beacon_);
  }
  /// With a beacon: a value that the pool asked for.
  void tell(const BeaconUse use, const std::string& value) {
    const std::string name = use == BeaconUse::kDraw ? "fake:5:draw" : "fake:5";
    rig_->pool.drawn({number_, use, name, value}, rig_->now);
    rig_->settle();
  }
  /// With a beacon: alice's shares, of a sprint whose start value came so much late.
  TestMiner& raced(base::Micros late) {
    beacon_ = &fake_;
    begin();
    rig_->at(kNoon);
    TestMiner& alice = miner("alice");
    rig_->at(kT0);
    rig_->at(kT0 + late);
    tell(BeaconUse::kStart, "v1");
    submit(alice);
    rig_->at(kEnd + late + microseconds(1));
    return alice;
  }
  /// The pool dies and comes back with what its journal holds.
  void restart() {
    now_ = rig_->now;
    rig_.reset();
    begin();
  }
  /// A miner with a lease of the sprint that is announced.
  TestMiner& miner(const std::string& account) {
    TestMiner& made = rig_->connect(account);
    leases_[account] = made.ready(sprint());
    return made;
  }
  std::string sprint() const { return rig_->sprint(number_); }
  std::uint64_t nonce(const std::string& account, std::size_t share) {
    return leases_.at(account).base + share;
  }
  /// A sprint that is over, in which these sent so many right shares; they, in this order.
  std::vector<TestMiner*> raced_by(const std::vector<std::pair<const char*, std::size_t>>& who) {
    begin();
    rig_->at(kNoon);
    std::vector<TestMiner*> miners;
    for (const auto& [account, shares] : who) miners.push_back(&miner(account));
    rig_->at(kT0);
    for (std::size_t i = 0; i < who.size(); ++i) submit(*miners[i], who[i].second);
    rig_->at(kEnd + microseconds(1));
    return miners;
  }
  void submit(TestMiner& from, std::size_t shares = kShares, std::size_t first = 0) {
    for (std::size_t i = first; i < first + shares; ++i) {
      const std::uint64_t at = nonce(from.account, i);
      ASSERT_EQ(
          from.submit(sprint(), leases_.at(from.account), at, from.digest(sprint(), at), i + 1), 0);
    }
  }
  static base::Bytes32 hash_of(const std::string& account) {
    return poc::sha256(base::as_bytes(account));
  }
  static std::size_t jobs_in(const std::vector<CheckJob>& jobs, const std::string& account) {
    return static_cast<std::size_t>(
        std::count_if(jobs.begin(), jobs.end(),
                      [&](const CheckJob& job) { return job.account == hash_of(account); }));
  }
  std::size_t jobs_of(const std::string& account) const {
    return jobs_in(rig_->checker.jobs, account);
  }
  /// All that wait are answered; these come out wrong.
  void answer_wrong(const std::function<bool(const CheckJob&)>& is_wrong) {
    rig_->pool.checked(rig_->checker.right_but_for(is_wrong), rig_->now);
    rig_->settle();
  }
  std::uint64_t forfeited_nonce(const std::string& account) const {
    for (const AuditShare& share : audit().shares) {
      const bool its = share.account == hash_of(account) && share.state == Share::State::kForfeited;
      if (its) return share.nonce;
    }
    ADD_FAILURE() << "none is forfeited";
    return 0;
  }
  /// Of the newest audit.
  const AuditRecord& audit() const { return *rig_->audits.records.back(); }
  std::size_t count(const std::string& account, Share::State state) const {
    const base::Bytes32 hash = hash_of(account);
    const auto& shares = audit().shares;
    return static_cast<std::size_t>(std::count_if(
        shares.begin(), shares.end(),
        [&](const AuditShare& share) { return share.account == hash && share.state == state; }));
  }
  static std::vector<std::string> failed_checks(const AuditRecord& record) {
    std::vector<std::string> names;
    for (const AuditCheck& check : check_audit_sums(record)) {
      if (check.outcome() != AuditCheck::Outcome::kPassed) names.emplace_back(check.name);
    }
    return names;
  }
  /// What the journal was told of an account by the sprint closed last.
  record::Judged judged(const std::string& account) const {
    for (auto at = journal_.records.rbegin(); at != journal_.records.rend(); ++at) {
      const auto* closed = std::get_if<record::Closed>(&*at);
      if (closed == nullptr) continue;
      for (const record::Judged& one : closed->settled.value().judged.value()) {
        if (one.account == account) return one;
      }
      break;
    }
    ADD_FAILURE() << account << " was not judged";
    return {};
  }
  bool said(const std::string& line) const { return rig_->log.count(line) > 0; }

  /// From when on the value of the draw was asked for.
  base::UnixTime asked_for_draw() const {
    for (const auto& wanted : fake_.wanted) {
      if (wanted.value.name == "fake:5:draw") return wanted.at;
    }
    ADD_FAILURE() << "not at all";
    return {};
  }

  tests::FakeBeacon fake_;
  Beacon* beacon_ = nullptr;
  Config config_ = sampling_config();
  tests::HandJournal journal_;
  base::UnixTime now_ = kNoon;
  std::unique_ptr<tests::PoolRig> rig_;
  std::map<std::string, stratum::Lease> leases_;
  std::uint64_t number_ = 5;
};

}  // namespace pool
