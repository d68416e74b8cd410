// What a whole pool answers to lines about a sprint: every line of
// stratum/golden/miner_to_pool_in_a_sprint.jsonl gets the reaction that stands beside it.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "base/check.h"
#include "poc/target.h"
#include "tests/places.h"
#include "tests/pool/rig.h"
#include "tests/stratum/golden_file.h"

namespace pool {
namespace {

using stratum::Golden;
using tests::kNoon;
using tests::microseconds;
using tests::seconds;

const base::UnixTime kT0 = kNoon + seconds(10);
const base::UnixTime kEnd = kT0 + seconds(20);
const base::UnixTime kAfter = kEnd + microseconds(1);

/// The pool and the miners of the golden lines: alice.w has lease 1 (nonces 0..2^32-1), bob.w lease
/// 2, both of device 0, of the first sprint.
struct Stage {
  explicit Stage(const Config& config) : rig(config) {
    alice = &rig.connect("alice");
    bob = &rig.connect("bob");
    rig.at(kNoon);
    sprint = rig.sprint(1);
    lease = alice->ready(sprint);
    bobs = bob->ready(sprint);
  }

  /// Started, with shares of alice's: seq 1, nonce 0, a wrong digest of aa..; seq 2, nonce 1,
  /// right.
  void race() {
    rig.at(kT0);
    EXPECT_EQ(alice->submit(sprint, lease, 0, digest_of(0xaa), 1), 0);
    EXPECT_EQ(alice->submit(sprint, lease, 1, alice->digest(sprint, 1), 2), 0);
    EXPECT_EQ(bob->submit(sprint, bobs, bobs.base, digest_of(0xbb), 1), 0);
  }
  void use_up_leases() {
    for (int i = 1; i < 16; ++i) alice->ready(sprint);
  }

  static poc::Digest digest_of(std::uint8_t byte) {
    poc::Digest digest;
    digest.fill(byte);
    return digest;
  }

  tests::PoolRig rig;
  tests::TestMiner* alice = nullptr;
  tests::TestMiner* bob = nullptr;
  std::string sprint;
  stratum::Lease lease;
  stratum::Lease bobs;
};

using Way = std::function<void(Stage&)>;

/// After the race began.
Way raced(const Way& then) {
  return [then](Stage& stage) {
    stage.race();
    then(stage);
  };
}

/// The result told, and so much later.
Way over(base::Micros later) {
  return raced([later](Stage& stage) {
    stage.rig.at(kAfter);
    stage.rig.verify();
    stage.rig.at(kAfter + seconds(5));  // one was wrong
    EXPECT_TRUE(stage.alice->heard("sprint.result", stage.sprint));
    stage.rig.at(kAfter + seconds(5) + later);
  });
}

void cancel(Stage& stage) {
  stage.rig.pool.stop(stage.rig.now);
  stage.rig.settle();
  EXPECT_TRUE(stage.alice->heard("sprint.cancel", stage.sprint));
}

/// How each state comes about, from that in which the sprint is announced.
const std::map<std::string, Way>& ways() {
  static const std::map<std::string, Way> all = {
      {"announced", [](Stage&) {}},
      {"racing", raced([](Stage&) {})},
      {"racing, hard", [](Stage& s) { s.rig.at(kT0); }},
      {"racing, leases used up", raced([](Stage& s) { s.use_up_leases(); })},
      {"racing, withdrawn", raced([](Stage& s) { EXPECT_EQ(s.alice->withdraw(s.sprint, 1), 1U); })},
      {"racing, verified", raced([](Stage& s) { s.rig.verify(); })},
      // The clock has got there, and the pool has not looked at it yet.
      {"at T_end", raced([](Stage& s) { s.rig.now = kEnd; })},
      {"after T_end", raced([](Stage& s) { s.rig.now = kAfter; })},
      {"ended", raced([](Stage& s) { s.rig.at(kAfter); })},
      {"ended, 5 s later", raced([](Stage& s) { s.rig.at(kEnd + seconds(5)); })},
      {"ended, over 5 s later", raced([](Stage& s) { s.rig.at(kAfter + seconds(5)); })},
      {"over", over(seconds(0))},
      {"a day later", over(std::chrono::hours(24))},
      {"cancelled", raced(cancel)},
  };
  return all;
}

TEST(PoolGolden, EachLineGetsItsReaction) {
  const auto all = stratum::read_golden(SPRINT_GOLDEN_DIR "/miner_to_pool_in_a_sprint.jsonl");
  ASSERT_GE(all.size(), 60U);
  std::set<std::string> names;
  for (const Golden& golden : all) {
    SCOPED_TRACE(golden.name);
    EXPECT_TRUE(names.insert(golden.name).second);
    Config config = tests::rig_config();
    if (golden.state == "racing, hard") config.difficulty = poc::kMaxDifficulty;
    Stage stage(config);
    ways().at(golden.state)(stage);
    auto& session = stage.alice->session;
    ASSERT_EQ(session.output(), "");
    const auto status = session.feed(golden.line, stage.rig.now);
    stage.rig.pool.handle(1, stage.rig.now);
    stratum::expect_status(golden, status);
    stratum::expect_answer(golden, std::string(session.output()));
  }
}

}  // namespace
}  // namespace pool
