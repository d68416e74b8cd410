#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "miner/share_desk.h"
#include "tests/miner/support.h"

namespace miner {

/// Keeps what the desk made happen, and numbers submits as a session does: 1, 2, .. per sprint. A
/// spool that keeps shares when it is told to.
class FakeDeskPorts final : public DeskPorts {
 public:
  struct Submit {
    std::string sprint;
    std::uint64_t nonce;
    std::uint64_t seq;
    bool operator==(const Submit&) const = default;
  };
  using Withdrawal = std::pair<std::string, std::uint64_t>;

  std::uint64_t submit(const std::string& sprint, const stratum::ShareClaim& share,
                       std::uint64_t seq) override {
    EXPECT_TRUE(session_open) << "a submit without a session";
    if (seq == 0) seq = ++last_seq_[pool][sprint];
    EXPECT_LE(seq, last_seq_[pool][sprint]) << "a number of another session";
    submits.push_back({sprint, share.nonce, seq});
    claims.push_back(share);
    return seq;
  }
  void withdraw(const std::string& sprint, std::uint64_t seq) override {
    withdrawals.emplace_back(sprint, seq);
  }
  bool recheck(RecheckJob job) override {
    if (checks) jobs.push_back(job);
    return checks;
  }
  void wrong_digest(std::uint32_t device, const std::string&) override { wrong.push_back(device); }

  SpoolId keep(std::size_t, SprintKey, const stratum::ShareClaim&, std::uint64_t) override {
    return spools ? ++last_spool : 0;
  }
  void accepted(std::size_t, const std::string&, const stratum::ShareClaim& share,
                std::uint64_t difficulty) override {
    accepted_shares.emplace_back(share.nonce, difficulty);
  }
  void settled(std::size_t, SpoolId share) override {
    EXPECT_TRUE(settled_shares.insert(share).second) << "settled twice";
  }

  /// A new session counts from 1 again, unless it goes on.
  void new_session(std::size_t of_pool, bool resumed) {
    session_open = true;
    pool = of_pool;
    if (!resumed) last_seq_[pool].clear();
  }

  bool session_open = false;
  std::size_t pool = 0;  ///< of the session
  bool spools = false;
  SpoolId last_spool = 0;
  std::set<SpoolId> settled_shares;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> accepted_shares;  ///< nonce, difficulty
  bool checks = true;  ///< the re-check takes jobs
  std::vector<Submit> submits;
  std::vector<stratum::ShareClaim> claims;  ///< of the submits
  std::vector<Withdrawal> withdrawals;
  std::vector<RecheckJob> jobs;
  std::vector<std::uint32_t> wrong;  ///< devices

 private:
  std::map<std::size_t, std::map<std::string, std::uint64_t>> last_seq_;
};

/// A race of the sprint "s-KEY".
inline std::shared_ptr<const Race> make_race(SprintKey key) {
  Race race;
  race.key = key;
  race.sprint = "s-" + std::to_string(key);
  race.spec.model = {tests::tiny_profile(), tests::bytes_of(static_cast<std::uint8_t>(key))};
  race.spec.start_seed = tests::bytes_of(0x55);
  race.t_end = tests::at(std::chrono::seconds(10));
  return std::make_shared<const Race>(std::move(race));
}

/// A desk of two devices whose every share is re-checked, and shorthands for what happens to it.
class ShareDeskTest : public ::testing::Test {
 protected:
  using Submits = std::vector<FakeDeskPorts::Submit>;
  using Withdrawals = std::vector<FakeDeskPorts::Withdrawal>;

  static base::SteadyTime ms(std::int64_t milliseconds) {
    return tests::at(std::chrono::milliseconds(milliseconds));
  }

  void open(std::size_t pool = 0, bool resumed = false) {
    ports_.new_session(pool, resumed);
    desk_.session_opened(pool, resumed, ms(0));
  }
  void lose() {
    ports_.session_open = false;
    desk_.session_lost();
  }
  void find(std::uint64_t nonce, SprintKey key = 1, std::size_t pool = 0,
            std::uint32_t device = 0) {
    const backends::Candidate candidate{nonce, tests::bytes_of(static_cast<std::uint8_t>(nonce))};
    desk_.found(device, {make_race(key), tests::make_lease(5, device, 0), candidate}, pool, ms(0));
    ++offered_;
    check();
  }
  void answer(std::uint64_t seq, std::optional<stratum::Code> code = std::nullopt,
              std::uint64_t retry_ms = 0, SprintKey key = 1, std::int64_t now_ms = 0) {
    std::optional<stratum::WireError> error;
    if (code) error = stratum::WireError{*code, "why", retry_ms};
    desk_.answered("s-" + std::to_string(key), seq, error, ms(now_ms));
    check();
  }
  void recheck(std::size_t job, std::optional<bool> right) {
    desk_.rechecked({ports_.jobs.at(job).share, right});
    check();
  }
  void credit(std::uint64_t amount = 1, SprintKey key = 1) {
    desk_.credited({"s-" + std::to_string(key), amount, amount, {}});
    check();
  }
  Submits take_submits() { return std::exchange(ports_.submits, {}); }
  Withdrawals take_withdrawals() { return std::exchange(ports_.withdrawals, {}); }
  /// Every candidate has one fate.
  void check() {
    EXPECT_EQ(desk_.counts().total(), offered_);
    ShareCounts sum = desk_.counts_of_left();
    sum += desk_.counts_of(0);
    EXPECT_EQ(sum += desk_.counts_of(1), desk_.counts()) << "each share is some device's";
  }

  FakeDeskPorts ports_;
  tests::CollectingSink sink_;
  ShareDesk desk_{ports_, {1, 1}, sink_};
  std::uint64_t offered_ = 0;
};

}  // namespace miner
