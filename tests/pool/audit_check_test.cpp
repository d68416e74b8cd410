#include "pool/audit_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "poc/target.h"
#include "pool/race.h"
#include "tests/pool/audit_rig.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using Outcome = AuditCheck::Outcome;
using State = Share::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::FakeVerifier;
using tests::kNoon;
using tests::seconds;

constexpr std::size_t kAll = 1'000'000;
const base::Bytes32 kStranger = poc::sha256(base::as_bytes("stranger"));

AuditReport check(const AuditRecord& record, std::size_t shares = kAll) {
  FakeVerifier verifier;
  return check_audit(record, {shares, verifier, tests::seeded_random(1)});
}

/// The checks that failed, by name.
std::set<std::string> failed(const AuditReport& report) {
  std::set<std::string> names;
  for (const AuditCheck& each : report.checks) {
    if (each.outcome() == Outcome::kFailed) names.insert(std::string(each.name));
  }
  return names;
}

std::string first_fault(const AuditReport& report) {
  for (const AuditCheck& each : report.checks) {
    if (!each.told.empty()) return each.told.front();
  }
  return {};
}

const AuditCheck& named(const AuditReport& report, std::string_view name) {
  for (const AuditCheck& each : report.checks) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << "no check " << name;
  return report.checks.front();
}

TEST(AuditCheck, FindsNothingWhereAllIsRight) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const AuditRecord record = tests::make_audit(seed);
    const AuditReport report = check(record);
    ASSERT_EQ(report.outcome(), Outcome::kPassed) << "seed " << seed << ": " << first_fault(report);
    ASSERT_EQ(report.recomputed, record.outcome.recomputed) << "seed " << seed;
  }
}

TEST(AuditCheck, RecomputesByTheLaw) {
  std::mt19937_64 random(5);
  tests::RememberingVerifier law;
  AuditRecord record = tests::make_audit(random, law, {4, 4, 3});
  const auto with_law = [&] {
    poc::ReferenceVerifier verifier;
    return check_audit(record, {kAll, verifier, tests::seeded_random(1)});
  };
  EXPECT_THAT(failed(with_law()), IsEmpty());
  record.header.model_seed[5] ^= 1;
  EXPECT_THAT(failed(with_law()), testing::Contains("digests"));
}

/// One thing that is not right, and all the checks that see it.
struct Tampering {
  std::string what;
  std::function<void(AuditRecord&)> change;
  std::set<std::string> seen_by;
};

using Tamperings = std::vector<Tampering>;

const Tamperings& of_sprint_and_leases() {
  static const Tamperings all = {
      {"no time at all", [](auto& r) { r.header.t_end = r.header.t0; }, {"times"}},
      {"over an hour", [](auto& r) { r.header.t_end += seconds(3600); }, {"times"}},
      {"commitment", [](auto& r) { r.header.commitment[0] ^= 1; }, {"commitment"}},
      {"a beacon that was not announced",
       [](auto& r) {
         r.header.drawn = "mine";
         r.header.start_seed = *base::bytes32_from_hex(
             "08b25c4b9bae4e89c9751d507696e2065c0a9bb8f269c15e365070245e60eeac");
       },
       {"beacon", "start_seed"}},
      {"a beacon that was announced, and not used",
       [](auto& r) { r.header.beacon = "drand:7"; },
       {"beacon"}},
      {"a lease twice", [](auto& r) { r.leases.push_back(r.leases.back()); }, {"leases", "shares"}},
      {"a lease inside another",
       [](auto& r) {
         AuditLease inner = r.leases.back();
         inner.lease.id += 1;
         inner.lease.bits = 16;
         inner.lease.base += inner.lease.size();
         r.leases.push_back(inner);
       },
       {"leases"}},
      {"a lease that begins anywhere",
       [](auto& r) { r.leases.back().lease.base += 1; },
       {"leases", "shares"}},
      {"numbers of leases", [](auto& r) { r.leases.back().lease.id = 1; }, {"leases"}},
      {"a lease of another account",
       [](auto& r) { r.leases.back().account = kStranger; },
       {"shares"}},
      {"a lease of another D", [](auto& r) { ++r.leases.back().lease.difficulty; }, {"shares"}},
      {"a lease less", [](auto& r) { r.leases.pop_back(); }, {"shares"}},
  };
  return all;
}

const Tamperings& of_shares() {
  static const Tamperings all = {
      {"a share twice",
       [](auto& r) {
         r.shares.insert(r.shares.begin(), r.shares.front());
         tests::settle(r);
       },
       {"nonces"}},
      {"shares out of order",
       [](auto& r) {
         std::swap(r.shares.front(), r.shares.back());
         tests::settle(r);
       },
       {"nonces"}},
      {"a verified share called wrong",
       [](auto& r) {
         tests::first(r, State::kVerified).state = State::kWrong;
         tests::settle(r);
       },
       {"wrong_digests"}},
      {"a wrong share called verified",
       [](auto& r) {
         tests::first(r, State::kWrong).state = State::kVerified;
         tests::settle(r);
       },
       {"digests"}},
      {"a verified share taken away",
       [](auto& r) { tests::first(r, State::kVerified).state = State::kWithdrawn; },
       {"credits", "root", "recomputed"}},
  };
  return all;
}

const Tamperings& of_outcome() {
  static const Tamperings all = {
      {"a credit that nobody earned",
       [](auto& r) {
         r.credits.push_back({kStranger, 7});
       },
       {"credits"}},
      {"a credit more", [](auto& r) { ++r.credits.front().credit; }, {"credits"}},
      {"a credit less", [](auto& r) { r.credits.pop_back(); }, {"credits"}},
      {"a credit twice", [](auto& r) { r.credits.push_back(r.credits.front()); }, {"credits"}},
      {"total", [](auto& r) { ++r.outcome.total; }, {"credits"}},
      {"root", [](auto& r) { r.outcome.root[31] ^= 1; }, {"root"}},
      {"more recomputed than there are", [](auto& r) { ++r.outcome.recomputed; }, {"recomputed"}},
      {"wrong ones that were not recomputed",
       [](auto& r) { r.outcome.recomputed = 0; },
       {"recomputed"}},
  };
  return all;
}

/// A seed whose audit has shares of all kinds, some in its last lease, and D above 1.
AuditRecord rich_audit() {
  for (std::uint64_t seed = 1;; ++seed) {
    AuditRecord record = tests::make_audit(seed);
    std::set<State> states;
    for (const AuditShare& share : record.shares) states.insert(share.state);
    const AuditLease& last = record.leases.back();
    const bool used = !record.shares.empty() && last.lease.contains(record.shares.back().nonce);
    if (states.size() == 3 && used && last.lease.bits > 17) return record;
  }
}

void see_each(const Tamperings& tamperings) {
  for (const Tampering& tampering : tamperings) {
    AuditRecord record = rich_audit();
    ASSERT_EQ(check(record).outcome(), Outcome::kPassed);
    tampering.change(record);
    const AuditReport report = check(record);
    EXPECT_EQ(failed(report), tampering.seen_by) << tampering.what << ": " << first_fault(report);
    EXPECT_EQ(report.outcome(), Outcome::kFailed) << tampering.what;
  }
}

// Each thing that is not right is seen by its check, and by no other.

TEST(AuditCheck, SeesWhatIsNotRightWithSprintAndLeases) {
  see_each(of_sprint_and_leases());
}

TEST(AuditCheck, SeesWhatIsNotRightWithShares) {
  see_each(of_shares());
}

TEST(AuditCheck, SeesWhatIsNotRightWithCreditsAndRoot) {
  see_each(of_outcome());
}

TEST(AuditCheck, AShareAboveItsTargetIsSeen) {
  AuditRecord record = rich_audit();
  for (AuditLease& lease : record.leases) lease.lease.difficulty = poc::kMaxDifficulty;
  for (AuditShare& share : record.shares) share.difficulty = poc::kMaxDifficulty;
  const AuditReport report = check(record);
  EXPECT_EQ(named(report, "targets").faults, record.shares.size());
  EXPECT_EQ(named(report, "targets").told.size(), AuditCheck::kMaxTold);
  EXPECT_THAT(named(report, "targets").told.front(), HasSubstr("misses the target of D"));
}

TEST(AuditCheck, SumsThatNoIntegerHoldsAreNone) {
  AuditRecord record = rich_audit();
  const AuditShare share = tests::first(record, State::kVerified);
  for (int i = 0; i < 5000; ++i) record.shares.push_back(share);
  for (AuditShare& each : record.shares) each.difficulty = UINT64_MAX;
  record.outcome.total = 0;
  EXPECT_THAT(failed(check(record, 0)), testing::IsSupersetOf({"credits", "targets", "shares"}));
}

void flip(base::Bytes32& value, std::mt19937_64& random) {
  value[random() % 32] ^= static_cast<std::uint8_t>(1U << random() % 8);
}

// Property: whatever single value is changed in a random record, some check sees it, but for what
// the page says that no audit can see.
TEST(AuditCheck, AnyValueOfACreditedShareIsBound) {
  std::mt19937_64 random(11);
  const std::function<void(AuditShare&)> changes[] = {
      [&](AuditShare& share) { share.nonce ^= std::uint64_t{1} << random() % 64; },
      [&](AuditShare& share) { flip(share.digest, random); },
      [&](AuditShare& share) { flip(share.account, random); },
      [&](AuditShare& share) { share.difficulty += 1 + random() % 5; },
      [](AuditShare& share) { share.state = State::kWrong; },
      [](AuditShare& share) { share.state = State::kWithdrawn; },
  };
  for (std::size_t round = 0; round < 300; ++round) {
    AuditRecord record = rich_audit();
    AuditShare& share = tests::first(record, State::kVerified);
    changes[round % std::size(changes)](share);
    ASSERT_EQ(check(record).outcome(), Outcome::kFailed) << "seed 11, round " << round;
    tests::settle(record);  // a pool that lies counts its own sums right
    const bool gone = share.state == State::kWithdrawn;
    ASSERT_EQ(check(record).outcome(), gone ? Outcome::kPassed : Outcome::kFailed)
        << "seed 11, round " << round << ", settled";
  }
}

// Recomputation.

TEST(AuditRecompute, AWrongShareThatWasCreditedIsFoundWhenItIsChosen) {
  AuditRecord record = rich_audit();
  AuditShare& share = tests::first(record, State::kVerified);
  share.digest = tests::wrong_digest(tests::key_of(record, share), share.difficulty, share.digest);
  tests::settle(record);
  EXPECT_EQ(check(record, 0).outcome(), Outcome::kPassed) << "nothing but the digest is wrong";
  const AuditReport report = check(record);
  EXPECT_THAT(failed(report), ElementsAre("digests"));
  EXPECT_EQ(named(report, "digests").faults, 1U);
  EXPECT_THAT(first_fault(report), HasSubstr(base::to_hex(share.nonce) + " is credited"));
}

/// An audit with exactly so many verified shares, and no others.
AuditRecord audit_with(std::size_t verified) {
  AuditRecord record = tests::make_audit(1, {40, 10, 2});
  std::erase_if(record.shares, [](const auto& share) { return share.state != State::kVerified; });
  EXPECT_GE(record.shares.size(), verified);
  record.shares.resize(verified);
  tests::settle(record);
  return record;
}

TEST(AuditRecompute, EachShareIsChosenAsOftenAsAnyOther) {
  AuditRecord record = audit_with(8);
  AuditShare& bad = record.shares[5];
  bad.digest = tests::wrong_digest(tests::key_of(record, bad), bad.difficulty, bad.digest);
  tests::settle(record);
  FakeVerifier verifier;
  const RandomSource random = tests::seeded_random(3);
  int found = 0;
  for (int round = 0; round < 4000; ++round) {
    found += failed({recompute_audit(record, {2, verifier, random})}).empty() ? 0 : 1;
  }
  EXPECT_NEAR(found, 1000, 110) << "2 of 8, 4000 times; 4 standard deviations";
}

TEST(AuditRecompute, ChoosesNoShareTwice) {
  const AuditRecord record = audit_with(20);
  for (std::size_t wanted : {std::size_t{0}, std::size_t{1}, std::size_t{19}, std::size_t{20}}) {
    FakeVerifier verifier;
    const auto random = tests::seeded_random(wanted);
    const AuditReport report{recompute_audit(record, {wanted, verifier, random})};
    EXPECT_EQ(named(report, "digests").examined, wanted);
    EXPECT_EQ(named(report, "digests").there, 20U);
    EXPECT_EQ(report.outcome(), Outcome::kPassed);
  }
}

TEST(AuditRecompute, AsksInGroupsOfSixteenAndTellsHowFarItIs) {
  const AuditRecord record = audit_with(40);
  FakeVerifier verifier;
  std::vector<std::size_t> told;
  const auto random = tests::seeded_random(1);
  recompute_audit(record, {40, verifier, random, [&](std::size_t done, std::size_t of) {
                             EXPECT_EQ(of, 40U);
                             told.push_back(done);
                           }});
  EXPECT_THAT(verifier.groups, ElementsAre(16, 16, 8));
  EXPECT_THAT(told, ElementsAre(0, 16, 32, 40));
}

TEST(AuditRecompute, AVerifierThatFailsSaysNothingAboutShares) {
  const AuditRecord record = audit_with(40);
  FakeVerifier verifier;
  verifier.fails_after = 1;
  const auto random = tests::seeded_random(1);
  const AuditReport report = check_audit(record, {40, verifier, random});
  EXPECT_EQ(report.outcome(), Outcome::kNotDone);
  EXPECT_EQ(report.recomputed, 16U);
  EXPECT_EQ(named(report, "digests").not_done, "the device is gone");
}

TEST(AuditRecompute, WithoutRandomNumbersNothingIsChosen) {
  FakeVerifier verifier;
  const RandomSource none = [](std::span<std::uint8_t>) { return false; };
  const AuditReport report = check_audit(audit_with(3), {2, verifier, none});
  EXPECT_EQ(report.outcome(), Outcome::kNotDone);
  EXPECT_THAT(verifier.groups, IsEmpty());
}

// What a race leaves.

TEST(RaceAudit, SaysAllThatARaceCredited) {
  Config config = tests::rig_config();
  config.difficulty = 1;
  VerifyBudgets budgets;
  Race race(config, budgets,
            *make_sprint(config, {1, kNoon, kNoon + seconds(20)}, tests::counting_random()));
  Participant alice{1, *poc::hash_identity("alice")};
  Participant bob{2, *poc::hash_identity("bob")};
  const stratum::ReadyDevice device{7, "d", 0};
  const auto lease = race.grant(alice, {&device, 1}, kLeaseBits, kNoon).at(0);
  const auto other = race.grant(bob, {&device, 1}, 40, kNoon).at(0);
  race.start({1, kNoon + seconds(1), kNoon + seconds(21)});
  const auto submit = [&](Participant& who, const stratum::Lease& in, std::uint64_t n, bool right) {
    const poc::RaceSpec spec{race.sprint().model(), race.sprint().start.start_seed, who.account};
    poc::Digest digest = tests::right_digest(poc::input_key(spec, in.base + n));
    if (!right) digest[0] ^= 1;
    EXPECT_EQ(
        race.submit(who,
                    {0, "", race.id(), {in.id, in.base + n, digest}, n + 1, kNoon + seconds(2)})
            .code,
        stratum::Code::kOk);
  };
  submit(bob, other, 4, true);
  submit(alice, lease, 9, true);
  submit(alice, lease, 3, false);
  submit(alice, lease, 5, true);
  ASSERT_EQ(race.withdraw(alice, {0, race.id(), {6}, kNoon + seconds(3)}).size(), 1U);
  race.end();
  tests::HandChecker checker;
  std::vector<record::Decided> decided;
  race.feed(checker, kNoon + seconds(30));
  race.take(checker.right(), kNoon + seconds(30), decided);
  const AuditRecord record = race.audit();
  race.close(false);

  EXPECT_EQ(record.header.sprint, race.id());
  EXPECT_EQ(record.header.pool, config.name);
  EXPECT_EQ(record.header.t0, kNoon + seconds(1)) << "actual";
  EXPECT_THAT(record.leases,
              ElementsAre(AuditLease{lease, alice.account}, AuditLease{other, bob.account}));
  std::vector<State> states;
  for (const AuditShare& share : record.shares) states.push_back(share.state);
  EXPECT_THAT(states,
              ElementsAre(State::kWrong, State::kWithdrawn, State::kVerified, State::kVerified));
  EXPECT_EQ(record.outcome.recomputed, 3U);
  EXPECT_EQ(record.outcome.root, race.result(alice.account).root);
  EXPECT_EQ(record.outcome.total, race.result(alice.account).total);
  const AuditReport report = check(record);
  EXPECT_EQ(report.outcome(), Outcome::kPassed) << first_fault(report);
  EXPECT_EQ(report.recomputed, 3U);
}

TEST(RaceAudit, LeavesOutLeasesThatARestartLost) {
  const Config config = tests::rig_config();
  const Slot slot{1, kNoon, kNoon + seconds(20)};
  VerifyBudgets budgets;
  Race race(config, budgets, *make_sprint(config, slot, tests::counting_random()));
  const stratum::Lease third{3, 0, std::uint64_t{5} << 32, 32, 1};
  Saved::Race saved;
  saved.started = true;
  saved.leases = {{9, third}};
  const base::Bytes32 alice = *poc::hash_identity("alice");
  race.restore(saved, {{9, alice}});
  race.end();
  EXPECT_THAT(race.audit().leases, ElementsAre(AuditLease{third, alice}));
}

}  // namespace
}  // namespace pool
