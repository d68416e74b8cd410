#include <array>
#include <random>
#include <set>

#include "tests/miner/share_desk_fixture.h"

// Thousands of events in random order, held against a model that knows each share by itself.
namespace miner {
namespace {

using stratum::Code;
using Fate = std::uint64_t ShareCounts::*;

constexpr std::array kCodes = {Code::kOther,       Code::kUnknownSprint, Code::kDuplicate,
                               Code::kAboveTarget, Code::kNotYourLease,  Code::kLate,
                               Code::kWrongDigest, Code::kNotOpen,       Code::kBusy,
                               Code::kNoLease,     Code::kDraining};

Fate fate_of(Code code) {
  if (code == Code::kUnknownSprint || code == Code::kLate) return &ShareCounts::stale;
  return code == Code::kDuplicate ? &ShareCounts::duplicate : &ShareCounts::rejected;
}

/// What must become of one share, by the protocol's page alone.
struct ModelShare {
  SprintKey key = 0;
  std::uint32_t device = 0;
  bool waiting = true;  ///< to be sent
  bool stored = false;
  bool at_pool = false;   ///< it was sent and not sent back: may be stored
  std::uint64_t seq = 0;  ///< in this session, or the one that it goes on with
  Fate fate = &ShareCounts::pending;
  bool to_withdraw = false;
  bool late = false;      ///< given up while it may be stored: the pool may still decide it
  bool unsure = false;    ///< an answer to it was lost
  bool credited = false;  ///< its sprint's result came

  bool alive() const { return fate == &ShareCounts::pending; }
  bool open() const { return alive() || late; }
  void decide(Fate by) {
    fate = by;
    late = false;
  }
};

class ShareDeskProperty : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::size_t kSprints = 6;
  // Sprints 0, 2, 4.. are pool 0's, 1, 3, 5.. pool 1's; each id is used by both.
  static std::size_t pool_of(SprintKey key) { return key % 2; }
  static std::string id_of(SprintKey key) { return "s-" + std::to_string(key / 2); }

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  void step() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        return find();
      case 3:
      case 4:
      case 5:
        return answer();
      case 6:
      case 7:
        return recheck();
      case 8:
        return judge();
      case 9:
        return pick(4) == 0 ? reconnect() : tick();
      case 10:
        if (pick(20) == 0) return late_result();
        return pick(10) == 0 ? end_of_a_sprint() : tick();
      default:
        return tick();
    }
  }

  void find() {
    const bool again = pick(20) == 0 && !shares_.empty();
    std::uint64_t nonce = last_nonce_ + 1;
    SprintKey key = keys_[pick(kSprints)];
    if (again) {  // the same nonce once more
      const auto known =
          std::next(shares_.begin(), static_cast<std::ptrdiff_t>(pick(shares_.size())));
      nonce = known->first;
      key = known->second.key;
      if (given_up_.contains(key)) return;  // a sprint that is over for good gets no more
    }
    const bool hard = pick(20) == 0;
    const auto device = static_cast<std::uint32_t>(pick(3));
    if (again) ++expected_again_.at(device).duplicate;
    if (!again) {
      last_nonce_ = nonce;
      shares_[nonce].key = key;
      shares_[nonce].device = device;
      if (hard) shares_[nonce].fate = &ShareCounts::hardware_error;
    }
    ++offered_;
    Race race = *make_race(key);
    race.sprint = id_of(key);
    const stratum::Lease lease = tests::make_lease(1, device, 0, hard ? poc::kMaxDifficulty : 1);
    const std::size_t jobs = ports_.jobs.size();
    desk_.found(device, {std::make_shared<const Race>(race), lease, {nonce, {}}}, pool_of(key),
                now_);
    if (ports_.jobs.size() > jobs) jobs_.emplace_back(ports_.jobs.back().share, nonce);
  }

  /// A share with a seq in this session, or none.
  ModelShare* sent_one() {
    std::vector<ModelShare*> sent;
    for (auto& [nonce, share] : shares_) {
      if (share.seq != 0 && session_ == pool_of(share.key)) sent.push_back(&share);
    }
    return sent.empty() ? nullptr : sent[pick(sent.size())];
  }

  void answer() {
    ModelShare* share = sent_one();
    if (share == nullptr) return;
    std::optional<stratum::WireError> error;
    const std::uint64_t what = pick(2 * kCodes.size());
    if (what < kCodes.size()) error = stratum::WireError{kCodes[what], "", pick(3000)};
    const bool unknown = pick(10) == 0;
    desk_.answered(id_of(share->key), unknown ? 1'000'000 : share->seq, error, now_);
    if (unknown || !share->open() || share->stored || share->waiting) return;
    if (!error) {
      share->stored = true;
      if (share->credited) share->decide(&ShareCounts::accepted);
    } else if (stratum::is_final(error->code)) {
      share->decide(fate_of(error->code));
    } else {
      share->waiting = true;
      share->at_pool = share->unsure;
    }
  }

  void recheck() {
    if (jobs_.empty()) return;
    const auto [id, nonce] = jobs_[pick(jobs_.size())];
    const std::uint64_t what = pick(4);
    const auto right = what == 0 ? std::nullopt : std::optional<bool>(what != 1);
    const bool first = checked_.insert(id).second;
    ModelShare& share = shares_.at(nonce);
    const bool wrong = first && right == false && share.alive();
    if (wrong) {
      share.fate = share.at_pool ? &ShareCounts::withdrawn : &ShareCounts::hardware_error;
      share.to_withdraw = share.at_pool;
      share.waiting = false;
    }
    desk_.rechecked({id, right});
  }

  void judge() {
    ModelShare* share = sent_one();
    if (share == nullptr || share->waiting) return;
    const Code code = pick(2) == 0 ? Code::kWrongDigest : kCodes[pick(7)];
    desk_.judged({id_of(share->key), 1, {{share->seq, code, ""}, {2'000'000, code, ""}}});
    if (share->open()) share->decide(fate_of(code));
  }

  void reconnect() {
    if (session_) {
      ports_.session_open = false;
      desk_.session_lost();
      session_.reset();
      for (auto& [nonce, share] : shares_) {
        if (!share.open() || share.stored) continue;
        share.unsure = share.unsure || !share.waiting;
        share.waiting = true;
      }
    } else {
      session_ = pick(2);
      const bool resumed = pick(2) == 0;
      for (auto& [nonce, share] : shares_) {
        if (resumed || session_ != pool_of(share.key)) continue;
        share.seq = 0;
        if (share.open() && std::exchange(share.stored, false)) share.waiting = true;
      }
      ports_.new_session(*session_, resumed);
      desk_.session_opened(*session_, resumed, now_);
    }
  }

  void end_of_a_sprint() {
    const std::size_t slot = pick(kSprints);
    const SprintKey key = keys_[slot];
    const std::uint64_t what = pick(3);
    if (what != 2 && session_ != pool_of(key)) return;  // nobody is there to tell it
    if (what == 0) desk_.credited({id_of(key), 1, 1, {}});
    if (what == 1) desk_.cancelled(id_of(key));
    for (auto& [nonce, share] : shares_) {
      if (share.key != key || !share.alive()) continue;
      share.fate = what == 0 && share.stored ? &ShareCounts::accepted
                   : what == 1               ? &ShareCounts::rejected
                                             : &ShareCounts::lost;
      share.late = share.fate == &ShareCounts::lost && share.at_pool;
      share.credited = what == 0;
    }
    desk_.give_up(key);
    for (auto& [nonce, share] : shares_) share.to_withdraw &= share.key != key;
    given_up_.insert(key);
    keys_[slot] += kSprints;
  }

  /// The result of a sprint that was given up.
  void late_result() {
    const auto late = std::find_if(shares_.begin(), shares_.end(), [&](const auto& entry) {
      return entry.second.late && !entry.second.credited && session_ == pool_of(entry.second.key);
    });
    if (late == shares_.end()) return;
    const SprintKey key = late->second.key;
    EXPECT_TRUE(desk_.awaits(id_of(key)));
    // It decides every sprint of this id, of which there may be some.
    desk_.credited({id_of(key), 1, 1, {}});
    for (auto& [nonce, share] : shares_) {
      if (share.key != key || !share.late) continue;
      share.credited = true;
      if (share.stored) share.decide(&ShareCounts::accepted);
    }
    ++late_results_;
  }

  void tick() {
    now_ += base::Micros(static_cast<std::int64_t>(pick(1'000'000)));
    desk_.tick(now_);
  }

  /// What went out since the last step, and whether it had to.
  void take_output() {
    for (const auto& sent : std::exchange(ports_.submits, {})) {
      ModelShare& share = shares_.at(sent.nonce);
      EXPECT_EQ(session_, pool_of(share.key)) << "another pool's session gets it";
      EXPECT_EQ(sent.sprint, id_of(share.key));
      EXPECT_TRUE(share.open() ? share.waiting : share.to_withdraw) << "sent without need";
      EXPECT_TRUE(share.seq == 0 || share.seq == sent.seq) << "under another number";
      share.seq = sent.seq;
      share.waiting = false;
      share.at_pool = true;
    }
    for (const auto& [sprint, seq] : std::exchange(ports_.withdrawals, {})) {
      bool known = false;
      for (auto& [nonce, share] : shares_) {
        if (share.seq != seq || id_of(share.key) != sprint || session_ != pool_of(share.key)) {
          continue;
        }
        known = known || share.to_withdraw;
        share.to_withdraw = false;
      }
      EXPECT_TRUE(known) << "withdrawn without need: " << sprint << " " << seq;
    }
  }

  void check() {
    std::array<ShareCounts, 3> expected = expected_again_;
    std::array<std::uint64_t, 2> accepted{};
    std::array<std::size_t, 2> unsent{};  // by pool
    for (const auto& [nonce, share] : shares_) {
      ++(expected.at(share.device).*share.fate);
      if (share.fate == &ShareCounts::accepted) ++accepted.at(pool_of(share.key));
      if (share.alive() && !share.stored) ++unsent.at(pool_of(share.key));
      const bool here = session_ == pool_of(share.key);
      EXPECT_FALSE(here && share.to_withdraw) << "a wrong share is left at the pool";
      EXPECT_FALSE(here && share.alive() && share.seq == 0 && share.waiting) << "not sent";
    }
    ShareCounts sum;
    for (std::uint32_t device = 0; device < 3; ++device) {
      EXPECT_EQ(desk_.counts_of(device), expected.at(device)) << "device " << device;
      sum += expected.at(device);
    }
    EXPECT_EQ(desk_.counts(), sum);
    EXPECT_EQ(desk_.counts().total(), offered_);
    for (std::size_t pool = 0; pool < 2; ++pool) {
      EXPECT_EQ(desk_.yield_of(pool).accepted, accepted.at(pool)) << "pool " << pool;
      EXPECT_EQ(desk_.unsent(pool), unsent.at(pool)) << "pool " << pool;
    }
  }

  std::mt19937_64 random_{GetParam()};
  FakeDeskPorts ports_;
  tests::CollectingSink sink_;
  ShareDesk desk_{ports_, {1, 3, 0}, sink_};
  std::map<std::uint64_t, ModelShare> shares_;                 // by nonce, which no two share
  std::vector<std::pair<std::uint64_t, std::uint64_t>> jobs_;  // the desk's id, nonce
  std::set<std::uint64_t> checked_;
  std::array<SprintKey, kSprints> keys_ = {0, 1, 2, 3, 4, 5};
  std::set<SprintKey> given_up_;
  std::optional<std::size_t> session_;
  base::SteadyTime now_ = tests::at(base::Micros(0));
  std::uint64_t last_nonce_ = 0;
  std::uint64_t offered_ = 0;
  std::array<ShareCounts, 3> expected_again_{};  // duplicates, by device
  std::uint64_t late_results_ = 0;
};

TEST_P(ShareDeskProperty, S11_OneFateForEachCandidate) {
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    SCOPED_TRACE(::testing::Message() << "step " << i);
    step();
    take_output();
    check();
  }
  for (const SprintKey key : keys_) desk_.give_up(key);
  EXPECT_EQ(desk_.counts().pending, 0u);
  EXPECT_EQ(desk_.counts().total(), offered_);
  const ShareCounts counts = desk_.counts();  // the test saw every fate
  for (const std::uint64_t count :
       {counts.accepted, counts.rejected, counts.stale, counts.duplicate, counts.hardware_error,
        counts.withdrawn, counts.lost, late_results_}) {
    EXPECT_GT(count, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ShareDeskProperty, ::testing::Values(31u, 32u, 33u, 34u, 35u, 36u));

}  // namespace
}  // namespace miner
