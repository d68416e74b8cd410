// A miner and its pool, wired, and the connection between them cut wherever it can be: nothing that
// was found is lost, and nothing is credited twice.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/pool/wired_miner.h"
#include "tests/support/sanitizers.h"

namespace tests {
namespace {

constexpr std::uint64_t kShares = 10;
// `make soak` runs them all.
const bool kSlow = std::getenv("SPRINT_SLOW") != nullptr;
#if defined(SPRINT_ADDRESS_SANITIZER) || defined(SPRINT_THREAD_SANITIZER)
constexpr std::uint32_t kRuns = 100;
// A line is longer than the stride, which does not divide its length: each place in a line is met.
constexpr std::size_t kStride = 7;
#else
constexpr std::uint32_t kRuns = 1000;
constexpr std::size_t kStride = 1;
#endif

/// In the race, with ten submits that wait to be carried.
WiredMiner& with_ten_queued(WiredMiner& miner) {
  miner.settle();
  miner.pass_t0();
  miner.settle();
  while (miner.found() < kShares) miner.find_share();
  return miner;
}

/// The cut after `bytes` of the ten submits; the answers to those before it are lost with it, or
/// come as far as they go.
void cut_after(std::size_t bytes, bool answered, bool pool_notices) {
  SCOPED_TRACE(testing::Message() << "cut after byte " << bytes << (answered ? ", answered" : ""));
  WiredMiner miner(1);
  with_ten_queued(miner);
  if (bytes > 0) miner.carry_up(bytes);
  if (answered) {
    for (std::uint64_t i = 0; i < kShares; ++i) miner.write_one();
    if (miner.down() > 0) miner.carry_down(miner.down());
  }
  miner.cut(pool_notices);
  miner.settle();
  EXPECT_TRUE(miner.all_stored());
  miner.pass_t_end();
  miner.settle();
  miner.expect_all_credited_once();
}

TEST(CutSessions, S11_AfterEveryByteOfTenQueuedSubmits) {
  WiredMiner uncut(1);
  const std::size_t bytes = with_ten_queued(uncut).up();
  EXPECT_GT(bytes, kShares * 150);
  for (std::size_t k = 0; k <= bytes && !testing::Test::HasFailure(); k += kStride) {
    cut_after(k, false, k % 2 == 0);
    cut_after(k, true, k % 2 == 1);
  }
}

/// What happens by chance: pieces of all sizes, cuts, records that take their time, and now and
/// then the pool's death.
class Chance {
 public:
  explicit Chance(std::uint32_t seed)
      : random_(seed),
        longest_(1 + random_() % 700),
        cuts_left_(random_() % 12),
        deaths_left_(random_() % 4 == 0 ? 2 : 0),
        miner_(seed) {}

  void run() {
    happen(4 * kUntilQuiet);
    miner_.settle();
    miner_.pass_t0();
    for (int turn = 0; turn < kTurns && (!miner_.races() || miner_.found() < kShares); ++turn) {
      happen(1);
      if (miner_.races() && random_() % 4 == 0) miner_.find_share();
      if (turn % kUntilQuiet == 0) miner_.settle();
    }
    ASSERT_EQ(miner_.found(), kShares);
    happen(kUntilQuiet);
    miner_.settle();
    EXPECT_TRUE(miner_.all_stored());
    cuts_left_ += random_() % 4;
    miner_.pass_t_end();
    happen(kUntilQuiet);
    miner_.settle();
    miner_.pass_t_end();  // a pool that died in between verifies anew
    miner_.settle();
    miner_.expect_all_credited_once();
  }

 private:
  static constexpr int kUntilQuiet = 100;
  static constexpr int kTurns = 3000;

  void happen(int times) {
    for (int i = 0; i < times; ++i) {
      if (!miner_.connected()) miner_.connect();
      const std::size_t piece = 1 + random_() % longest_;
      switch (random_() % 64) {
        case 0:
        case 1:
          if (cuts_left_ > 0) cut();
          break;
        case 2:
          if (deaths_left_ > 0) die();
          break;
        default:
          if (random_() % 2 == 0) miner_.write_one();
          if (miner_.up() > 0 && random_() % 2 == 0) miner_.carry_up(piece);
          if (miner_.down() > 0 && random_() % 2 == 0) miner_.carry_down(piece);
      }
    }
  }
  void cut() {
    --cuts_left_;
    miner_.cut(random_() % 2 == 0);
  }
  void die() {
    --deaths_left_;
    miner_.restart_pool();
  }

  std::minstd_rand random_;
  const std::size_t longest_;
  std::size_t cuts_left_;
  int deaths_left_;
  WiredMiner miner_;
};

TEST(CutSessions, AtRandomAndNothingIsLostOrCountedTwice) {
  const std::uint32_t runs = kSlow ? 100'000 : kRuns;
  for (std::uint32_t seed = 1; seed <= runs; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Chance(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tests
