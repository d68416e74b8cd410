#include "miner/nonce_plan.h"

#include <algorithm>
#include <map>
#include <random>

#include "tests/miner/support.h"

namespace miner {
namespace {

using stratum::Lease;
using tests::make_lease;

/// Remembers drawn ranges and fails the test when one touches an earlier one or leaves its lease.
class DrawnNonces {
 public:
  void add(const NoncePlan::Draw& draw) {
    const std::uint64_t first = draw.range.first;
    ASSERT_GE(draw.range.count, 1u);
    const std::uint64_t last = first + (draw.range.count - 1);
    ASSERT_GE(last, first) << "the range wraps";
    EXPECT_TRUE(draw.lease.contains(first) && draw.lease.contains(last)) << "crosses its lease";
    EXPECT_EQ(draw.range.target, poc::Target::from_difficulty(draw.lease.difficulty));
    const auto after = ranges_.upper_bound(last);  // begins behind us
    EXPECT_TRUE(after == ranges_.begin() || std::prev(after)->second < first)
        << "nonces of " << first << ".." << last << " were drawn before";
    ranges_[first] = last;
    used_[draw.lease.id] += draw.range.count;
  }
  std::uint64_t used(std::uint64_t lease) const {
    const auto found = used_.find(lease);
    return found == used_.end() ? 0 : found->second;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first to last
  std::map<std::uint64_t, std::uint64_t> used_;
};

std::uint64_t draw_all(NoncePlan& plan, DrawnNonces& drawn, std::uint64_t count) {
  std::uint64_t sum = 0;
  while (const auto draw = plan.draw(count)) {
    drawn.add(*draw);
    sum += draw->range.count;
  }
  return sum;
}

TEST(NoncePlan, WithoutLeasesHasNothing) {
  NoncePlan plan;
  EXPECT_FALSE(plan.draw(1));
  EXPECT_FALSE(plan.take_low());
  plan.update({});
  EXPECT_FALSE(plan.draw(1));
}

TEST(NoncePlan, DrawsEachNonceOfALeaseOnce) {
  NoncePlan plan;
  const Lease lease = make_lease(7, 0, 3, 100, 16);
  plan.update({{lease}});
  DrawnNonces drawn;
  EXPECT_EQ(draw_all(plan, drawn, 1000), lease.size());
  EXPECT_FALSE(plan.draw(1));
}

TEST(NoncePlan, RangesDoNotCrossLeases) {
  NoncePlan plan;  // neighbours: a range over both would be one interval
  const std::vector<Lease> leases = {make_lease(1, 0, 8, 5, 16), make_lease(2, 0, 9, 6, 16)};
  plan.update(leases);
  DrawnNonces drawn;
  const auto first = plan.draw(60000);
  const auto rest = plan.draw(60000);
  ASSERT_TRUE(first && rest);
  EXPECT_EQ(first->lease, leases[0]);
  EXPECT_EQ(rest->lease, leases[0]);
  EXPECT_EQ(rest->range.count, 65536u - 60000u);
  drawn.add(*first);
  drawn.add(*rest);
  EXPECT_EQ(draw_all(plan, drawn, 60000), leases[1].size());
}

TEST(NoncePlan, DrawsFromTheFirstLeaseThatHasAny) {
  NoncePlan plan;
  plan.update({{make_lease(5, 0, 0, 1, 16), make_lease(3, 0, 1, 1, 16)}});
  EXPECT_EQ(plan.draw(1)->lease.id, 5u);
  EXPECT_EQ(plan.draw(65535)->lease.id, 5u);
  EXPECT_EQ(plan.draw(1)->lease.id, 3u);
}

TEST(NoncePlan, AtTheTopOfTheNonces) {
  NoncePlan plan;
  const Lease top = make_lease(1, 0, 0xffffffffffff, 1, 16);
  EXPECT_EQ(top.base, 0xffffffffffff0000u);
  plan.update({{top}});
  DrawnNonces drawn;
  EXPECT_EQ(draw_all(plan, drawn, 4097), 65536u);
  EXPECT_EQ(drawn.used(1), 65536u);
}

TEST(NoncePlan, TopLeaseInOneDraw) {
  NoncePlan plan;
  plan.update({{make_lease(1, 0, 0xffff, 1, 48)}});
  const auto draw = plan.draw(UINT64_MAX);
  ASSERT_TRUE(draw);
  EXPECT_EQ(draw->range.first, 0xffff000000000000u);
  EXPECT_EQ(draw->range.count, std::uint64_t{1} << 48);
  EXPECT_FALSE(plan.draw(UINT64_MAX));
}

TEST(NoncePlan, SixteenWidestLeases) {
  NoncePlan plan;
  std::vector<Lease> leases;
  std::uint64_t left = 0;
  for (std::uint64_t i = 0; i < 16; ++i) leases.push_back(make_lease(i, 0, i, 1, 48));
  for (const Lease& lease : leases) left += lease.size();
  plan.update(leases);
  while (!plan.take_low()) {
    const auto draw = plan.draw(std::uint64_t{1} << 46);
    ASSERT_TRUE(draw);
    left -= draw->range.count;
  }
  EXPECT_EQ(left / (std::uint64_t{1} << 46), 16u * 4 - (16 * 4 * 4 + 4) / 5);
}

TEST(NoncePlan, PositionsAreKept) {
  NoncePlan plan;
  const Lease a = make_lease(1, 0, 0, 1, 16);
  const Lease b = make_lease(2, 0, 1, 1, 16);
  plan.update({{a}});
  EXPECT_EQ(plan.draw(100)->range.first, 0u);
  plan.update({{a, b}});
  EXPECT_EQ(plan.draw(100)->range.first, 100u);
  plan.update({{b, a}});
  DrawnNonces drawn;
  drawn.add({a, {0, 200, poc::Target::from_difficulty(1)}});
  EXPECT_EQ(draw_all(plan, drawn, 512), 2 * 65536u - 200);
}

TEST(NoncePlan, ClosedLeaseIsDrawnFromNoMore) {
  NoncePlan plan;
  const Lease a = make_lease(1, 0, 0, 1, 16);
  const Lease b = make_lease(2, 0, 1, 1, 16);
  plan.update({{a, b}});
  EXPECT_EQ(plan.draw(10)->lease.id, 1u);
  plan.update({{b}});
  DrawnNonces drawn;
  EXPECT_EQ(draw_all(plan, drawn, 4096), b.size());
  EXPECT_EQ(drawn.used(1), 0u);
}

TEST(NoncePlan, LowOnceAtEightyPercent) {
  NoncePlan plan;
  const Lease a = make_lease(1, 0, 0, 1, 16);
  plan.update({{a}});
  EXPECT_FALSE(plan.take_low());
  plan.draw(52000);  // 79.3 %
  EXPECT_FALSE(plan.take_low());
  plan.draw(429);  // 80.0003 %
  EXPECT_TRUE(plan.take_low());
  EXPECT_FALSE(plan.take_low());
  plan.update({{a}});
  plan.draw(20000);
  EXPECT_FALSE(plan.take_low()) << "told already, no newer lease came";
}

TEST(NoncePlan, LowOnceAgainForANewerLease) {
  NoncePlan plan;
  const Lease a = make_lease(1, 0, 0, 1, 16);
  const Lease b = make_lease(2, 0, 1, 1, 16);
  plan.update({{a}});
  plan.draw(60000);
  EXPECT_TRUE(plan.take_low());
  plan.update({{a, b}});
  EXPECT_FALSE(plan.take_low()) << "46 % of both";
  plan.draw(65536);  // the rest of a
  plan.draw(39000);  // 79.8 % of both
  EXPECT_FALSE(plan.take_low());
  plan.draw(330);
  EXPECT_TRUE(plan.take_low());
  EXPECT_FALSE(plan.take_low());
}

TEST(NoncePlan, ClosedUnusedLeaseDoesNotHideThatTheRestIsLow) {
  NoncePlan plan;
  const Lease a = make_lease(1, 0, 0, 1, 16);
  const Lease b = make_lease(2, 0, 1, 1, 16);
  plan.update({{a, b}});
  plan.update({{b}});  // a is closed before its first nonce
  plan.draw(65536);
  EXPECT_FALSE(plan.draw(1));
  EXPECT_TRUE(plan.take_low()) << "nothing is left, and nobody asks for more";
}

class NoncePlanProperty : public tests::SeededTest {};

/// Leases come, close, change places; nonces are drawn all the while.
TEST_P(NoncePlanProperty, EachNonceOnceWhateverHappensToTheLeases) {
  std::mt19937_64 random(GetParam());
  NoncePlan plan;
  DrawnNonces drawn;
  std::vector<Lease> open;
  std::uint64_t last_id = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t what = random() % 10;
    if (what == 0 && last_id < 1000) {
      ++last_id;
      open.push_back(make_lease(last_id, 0, last_id * 7, 1 + random() % 1000, 16));
    } else if (what == 1 && !open.empty()) {
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(random() % open.size()));
    } else if (what == 2) {
      std::shuffle(open.begin(), open.end(), random);
    }
    if (what < 3) plan.update(open);
    const std::uint64_t count = 1 + random() % 20000;
    const auto draw = plan.draw(count);
    const bool left = std::any_of(open.begin(), open.end(), [&](const Lease& lease) {
      return drawn.used(lease.id) < lease.size();
    });
    ASSERT_EQ(draw.has_value(), left);
    if (!draw) continue;
    EXPECT_LE(draw->range.count, count);
    EXPECT_NE(std::find(open.begin(), open.end(), draw->lease), open.end()) << "not open";
    drawn.add(*draw);
    if (HasFailure()) FAIL() << "at step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, NoncePlanProperty, ::testing::Values(11u, 12u, 13u, 14u));

}  // namespace
}  // namespace miner
