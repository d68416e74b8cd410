#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poc/keys.h"
#include "tests/pool/node_rig.h"

// A miner's session, wired to the pool's rules through bridge and service: the whole way of a share
// by HTTP but for HTTP itself.
namespace pool {
namespace {

using stratum::Code;
using tests::HandJournal;
using tests::kNoon;
using tests::microseconds;
using tests::milliseconds;
using tests::NodeMiner;
using tests::NodeRig;
using tests::seconds;
namespace client = stratum::client;

const base::UnixTime kT0 = kNoon + seconds(10);
const base::UnixTime kEnd = kT0 + seconds(20);

/// A share of alice's in a sprint of this announcement and start.
stratum::ShareClaim share_of(const client::Announced& announced, const client::Started& started,
                             const stratum::Lease& lease, std::uint64_t n, bool wrong = false) {
  const auto& a = announced.announcement;
  const poc::RaceSpec race{
      {a.profile, a.model_seed}, started.notice.start_seed, *poc::hash_identity(a.identity)};
  const std::uint64_t nonce = lease.base + n;
  poc::Digest digest = tests::right_digest(poc::input_key(race, nonce));
  if (wrong) digest.fill(0xee);
  return {lease.id, nonce, digest};
}

/// Alice, with a lease in the first sprint, which runs.
class NodeWired : public testing::Test {
 protected:
  explicit NodeWired(HandJournal* journal = nullptr) : node(tests::rig_config(), journal) {
    node.at(kNoon);
  }
  void race(NodeMiner& miner) {
    miner.talk();
    const auto heard = miner.next<client::Announced>();
    ASSERT_TRUE(heard) << (miner.over.ok() ? "not announced" : miner.over.message());
    announced = *heard;
    const stratum::ReadyDevice device{0, "first", 0};
    miner.session.ready(announced.announcement.sprint, {&device, 1});
    miner.talk();
    const auto leased = miner.next<client::Leased>();
    ASSERT_TRUE(leased);
    lease = leased->leases.at(0);
    node.at(kT0);
    miner.talk();
    const auto begun = miner.next<client::Started>();
    ASSERT_TRUE(begun);
    started = *begun;
  }
  std::uint64_t submit(NodeMiner& miner, std::uint64_t n, bool wrong = false) {
    return miner.session.submit(announced.announcement.sprint,
                                share_of(announced, started, lease, n, wrong));
  }
  /// The code of the next answer; 0: stored.
  int answered(NodeMiner& miner) {
    miner.talk();
    const auto answer = miner.next<client::Answered>();
    if (!answer) return -1;
    return answer->error ? static_cast<int>(answer->error->code) : 0;
  }
  /// To T_end and its result, which is told by the poll.
  void finish(NodeMiner& miner) {
    node.at(kEnd + microseconds(1));
    miner.talk();
    node.verify();
    node.at(kEnd + seconds(6));
    miner.talk();
  }

  NodeRig node;
  client::Announced announced;
  client::Started started;
  stratum::Lease lease;
};

TEST_F(NodeWired, SharesAreStoredVerifiedAndCredited) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  EXPECT_EQ(announced.announcement.identity, "alice");
  for (std::uint64_t n = 0; n < 3; ++n) submit(alice, n);
  for (int n = 0; n < 3; ++n) EXPECT_EQ(answered(alice), 0);
  finish(alice);
  EXPECT_TRUE(alice.next<client::Ended>());
  const auto judged = alice.next<client::Judged>();
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->verdict.verified, 3u);
  EXPECT_TRUE(judged->verdict.voided.empty());
  const auto credited = alice.next<client::Credited>();
  ASSERT_TRUE(credited);
  EXPECT_EQ(credited->result.credit, 3u);
  EXPECT_EQ(credited->result.total, 3u);
  EXPECT_EQ(node.rig.pool.summary().verified, 3u);
  EXPECT_TRUE(alice.over.ok()) << alice.over.message();
}

TEST_F(NodeWired, AWrongDigestIsVoidBySeq) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  submit(alice, 0);
  const std::uint64_t wrong = submit(alice, 1, true);
  EXPECT_EQ(answered(alice), 0);
  EXPECT_EQ(answered(alice), 0);
  finish(alice);
  const auto judged = alice.next<client::Judged>();
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->verdict.verified, 1u);
  ASSERT_EQ(judged->verdict.voided.size(), 1u);
  EXPECT_EQ(judged->verdict.voided[0].seq, wrong);
  EXPECT_EQ(judged->verdict.voided[0].code, Code::kWrongDigest);
  EXPECT_EQ(alice.next<client::Credited>()->result.credit, 1u);
}

TEST_F(NodeWired, TheGateSaysWhatItSaysToASession) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  submit(alice, 0);
  EXPECT_EQ(answered(alice), 0);
  submit(alice, 0);
  EXPECT_EQ(answered(alice), 0) << "a repeat";
  submit(alice, 0, true);
  EXPECT_EQ(answered(alice), 22) << "another digest of the nonce";
  const stratum::Lease mine = lease;
  lease.base += lease.size() * 5;
  submit(alice, 0);
  EXPECT_EQ(answered(alice), 27) << "of nobody's lease";
  lease = mine;
  node.at(kEnd);
  submit(alice, 1);
  EXPECT_EQ(answered(alice), 0) << "a stamp equal to T_end";
  submit(alice, 2);
  node.at(kEnd + microseconds(1));
  EXPECT_EQ(answered(alice), 28);
  alice.session.submit("9-nowhere", share_of(announced, started, lease, 3));
  EXPECT_EQ(answered(alice), 21);
}

TEST_F(NodeWired, ALeaseBelongsToItsAccount) {
  NodeMiner alice(node, "alice.rig");
  NodeMiner bob(node, "bob");
  NodeMiner other(node, "alice.other", "c2");
  bob.talk();
  other.talk();
  race(alice);
  bob.talk();
  other.talk();
  submit(bob, 0);
  EXPECT_EQ(answered(bob), 27);
  submit(other, 0);
  EXPECT_EQ(answered(other), 0) << "another worker of the account";
}

TEST_F(NodeWired, AWithdrawnShareIsNeitherRightNorWrong) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  const std::uint64_t seq = submit(alice, 0, true);
  EXPECT_EQ(answered(alice), 0);
  alice.session.withdraw(announced.announcement.sprint, {&seq, 1});
  alice.talk();
  const auto withdrawn = alice.next<client::Withdrawn>();
  ASSERT_TRUE(withdrawn);
  EXPECT_EQ(withdrawn->count, 1u);
  finish(alice);
  const auto judged = alice.next<client::Judged>();
  ASSERT_TRUE(judged);
  EXPECT_TRUE(judged->verdict.voided.empty());
  EXPECT_EQ(node.rig.pool.summary().withdrawn, 1u);
}

TEST_F(NodeWired, AWithdrawalInOneBreathWithItsShareCounts) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  const std::uint64_t seq = submit(alice, 0, true);
  alice.session.withdraw(announced.announcement.sprint, {&seq, 1});
  alice.talk();
  const auto withdrawn = alice.next<client::Withdrawn>();
  ASSERT_TRUE(withdrawn);
  EXPECT_EQ(withdrawn->count, 1u);
  EXPECT_EQ(node.rig.pool.summary().withdrawn, 1u);
}

TEST_F(NodeWired, OneMoreLeaseIsAskedForLikeTheFirst) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  alice.session.request_lease(announced.announcement.sprint, 0);
  alice.talk();
  const auto more = alice.next<client::Leased>();
  ASSERT_TRUE(more);
  EXPECT_NE(more->leases.at(0).base, lease.base);
}

TEST_F(NodeWired, MoreSharesThanAResultCallHoldsAreAllJudged) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  constexpr std::uint64_t kShares = 600;  // three calls
  for (std::uint64_t n = 0; n < kShares; n += 100) {
    for (std::uint64_t i = n; i < n + 100; ++i) submit(alice, i, i == 599);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(answered(alice), 0);
  }
  finish(alice);
  const auto judged = alice.next<client::Judged>();
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->verdict.verified, kShares - 1);
  EXPECT_EQ(judged->verdict.voided.size(), 1u);
}

TEST_F(NodeWired, SprintsBackToBackAreAnnouncedDuringTheRaceBefore) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  node.at(kT0 + seconds(10));
  alice.talk();
  const auto second = alice.next<client::Announced>();
  ASSERT_TRUE(second);
  node.at(kEnd);
  node.at(kEnd + milliseconds(20));
  alice.talk();
  EXPECT_TRUE(alice.next<client::Started>()) << "T0 of the next is T_end of the one before";
}

TEST_F(NodeWired, AMinerThatComesBackSendsAllAgainAndLosesNothing) {
  NodeMiner alice(node, "alice.rig", "before");
  race(alice);
  submit(alice, 0);
  EXPECT_EQ(answered(alice), 0);
  NodeMiner again(node, "alice.rig", "after");
  again.talk();
  ASSERT_TRUE(again.next<client::Started>()) << "in mid-race";
  submit(again, 0);
  submit(again, 1);
  EXPECT_EQ(answered(again), 0);
  EXPECT_EQ(answered(again), 0);
  finish(again);
  EXPECT_EQ(again.next<client::Credited>()->result.credit, 2u);
}

TEST_F(NodeWired, AShareOfAnEarlierSprintBringsItsResult) {
  NodeMiner alice(node, "alice.rig", "before");
  race(alice);
  submit(alice, 0);
  EXPECT_EQ(answered(alice), 0);
  finish(alice);
  NodeMiner again(node, "alice.rig", "after");
  again.talk();
  submit(again, 0);
  EXPECT_EQ(answered(again), 0) << "a repeat after the result";
  again.talk();
  const auto credited = again.next<client::Credited>();
  ASSERT_TRUE(credited);
  EXPECT_EQ(credited->result.credit, 1u);
}

TEST_F(NodeWired, ACancelledSprintIsToldAsSuch) {
  NodeMiner alice(node, "alice.rig");
  race(alice);
  submit(alice, 0);
  EXPECT_EQ(answered(alice), 0);
  node.at(kT0 + seconds(1));
  alice.talk();  // polls
  node.rig.pool.stop(kT0 + seconds(1));
  node.settle();
  alice.talk();
  EXPECT_TRUE(alice.next<client::Cancelled>());
}

/// Made before the pool that writes into it.
struct JournalFirst {
  HandJournal journal;
};

class NodeWithJournal : protected JournalFirst, public NodeWired {
 protected:
  NodeWithJournal() : NodeWired(&journal) {}
};

TEST_F(NodeWithJournal, AnAcknowledgementWaitsUntilItsShareIsDurable) {
  NodeMiner alice(node, "alice.rig");
  alice.talk();
  node.written();  // the announcement
  node.at(kNoon + milliseconds(20));
  alice.talk();
  const auto heard = alice.next<client::Announced>();
  ASSERT_TRUE(heard);
  announced = *heard;
  const stratum::ReadyDevice device{0, "first", 0};
  alice.session.ready(announced.announcement.sprint, {&device, 1});
  alice.talk();
  EXPECT_FALSE(alice.next<client::Leased>()) << "a grant is not durable yet";
  node.written();
  alice.talk();
  const auto leased = alice.next<client::Leased>();
  ASSERT_TRUE(leased);
  lease = leased->leases.at(0);
  node.at(kT0);
  node.written();
  alice.talk();
  started = *alice.next<client::Started>();
  submit(alice, 0);
  EXPECT_EQ(answered(alice), -1);
  node.written();
  EXPECT_EQ(answered(alice), 0);
}

TEST_F(NodeWithJournal, ARestartInMidSprintLosesNothing) {
  NodeMiner alice(node, "alice.rig", "before");
  alice.talk();
  node.written();
  node.at(kNoon + milliseconds(20));
  alice.talk();
  announced = *alice.next<client::Announced>();
  const stratum::ReadyDevice device{0, "first", 0};
  alice.session.ready(announced.announcement.sprint, {&device, 1});
  alice.talk();
  node.written();
  alice.talk();
  lease = alice.next<client::Leased>()->leases.at(0);
  node.at(kT0);
  node.written();
  alice.talk();
  started = *alice.next<client::Started>();
  submit(alice, 0);
  alice.talk();
  node.written();
  EXPECT_EQ(answered(alice), 0);
  submit(alice, 1);
  alice.talk();  // taken, and never acknowledged

  Config config = tests::rig_config();
  config.database = "a database";  // so that it goes on
  HandJournal later;
  NodeRig after(config, &later, journal.saved(), kT0 + seconds(5));
  NodeMiner again(after, "alice.rig", "after");
  after.at(kT0 + seconds(5));
  after.written();
  again.talk();
  after.written();
  after.at(kT0 + seconds(6));
  again.talk();
  ASSERT_TRUE(again.next<client::Started>());
  submit(again, 0);
  submit(again, 1);
  submit(again, 2);  // of the lease of before
  for (int i = 0; i < 3; ++i) {
    again.talk();
    after.written();
    EXPECT_EQ(answered(again), 0);
  }
  after.at(kEnd + microseconds(1));
  after.written();
  after.verify();
  after.written();
  after.at(kEnd + seconds(6));
  after.written();
  after.at(kEnd + seconds(7));
  again.talk();
  const auto credited = again.next<client::Credited>();
  ASSERT_TRUE(credited);
  EXPECT_EQ(credited->result.credit, 3u);
}

}  // namespace
}  // namespace pool
