#include "miner/pool_list.h"

#include <gmock/gmock.h>

namespace miner {
namespace {

using testing::ElementsAre;

PoolEndpoint pool(const std::string& host, const std::string& user = "alice") {
  return {{host, 3333}, user, ""};
}

std::vector<PoolStanding> standings(const PoolList& pools) {
  std::vector<PoolStanding> all;
  for (const PoolListing& listing : pools.listings()) all.push_back(listing.standing);
  return all;
}

TEST(PoolList, APoolKeepsItsNumber) {
  PoolList pools({pool("a"), pool("b")});
  EXPECT_THAT(pools.listed(), ElementsAre(0, 1));

  EXPECT_TRUE(pools.replace({pool("c"), pool("b")}));
  EXPECT_THAT(pools.listed(), ElementsAre(2, 1));
  EXPECT_FALSE(pools.is_listed(0));
  EXPECT_EQ(pools.pool(0), pool("a")) << "known, though not listed any more";

  EXPECT_TRUE(pools.replace({pool("b"), pool("a")}));
  EXPECT_THAT(pools.listed(), ElementsAre(1, 0)) << "the number that it had";
  EXPECT_TRUE(pools.is_listed(0));
  EXPECT_FALSE(pools.is_listed(2));
}

TEST(PoolList, AnotherAccountIsAnotherPool) {
  PoolList pools({pool("a")});
  EXPECT_TRUE(pools.replace({pool("a", "bob")}));
  EXPECT_THAT(pools.listed(), ElementsAre(1));
  PoolEndpoint other = pool("a", "bob");
  other.password = "x";
  EXPECT_TRUE(pools.replace({other}));
  EXPECT_THAT(pools.listed(), ElementsAre(2));
}

TEST(PoolList, KnowsWhenNothingChanged) {
  PoolList pools({pool("a"), pool("b")});
  EXPECT_FALSE(pools.replace({pool("a"), pool("b")}));
  EXPECT_TRUE(pools.replace({pool("b"), pool("a")})) << "the order is the preference";
  EXPECT_TRUE(pools.replace({pool("b")}));
}

TEST(PoolList, OneThatIsThereTwiceIsListedOnce) {
  const PoolList pools({pool("a"), pool("b"), pool("a")});
  EXPECT_THAT(pools.listed(), ElementsAre(0, 1));
}

TEST(PoolList, APreferredPoolIsFirstAndTheOthersKeepTheirOrder) {
  PoolList pools({pool("a"), pool("b"), pool("c")});
  EXPECT_TRUE(pools.prefer(2));
  EXPECT_THAT(pools.listed(), ElementsAre(2, 0, 1));
  EXPECT_TRUE(pools.prefer(2)) << "it is to be gone to, even so";
  EXPECT_THAT(pools.listed(), ElementsAre(2, 0, 1));
  EXPECT_FALSE(pools.prefer(3));
  EXPECT_TRUE(pools.replace({pool("a"), pool("b")})) << "a new list has its own order";
  EXPECT_THAT(pools.listed(), ElementsAre(0, 1));
  EXPECT_FALSE(pools.prefer(2)) << "not listed any more";
}

TEST(PoolList, ADisabledPoolKeepsItsPlace) {
  PoolList pools({pool("a"), pool("b"), pool("c")});
  EXPECT_TRUE(pools.enable(1, false));
  EXPECT_FALSE(pools.enable(1, false)) << "it is so already";
  EXPECT_FALSE(pools.enable(3, false)) << "nobody";
  EXPECT_THAT(pools.listed(), ElementsAre(0, 1, 2));
  EXPECT_THAT(pools.enabled(), ElementsAre(0, 2));
  EXPECT_FALSE(pools.is_enabled(1));
  EXPECT_THAT(standings(pools),
              ElementsAre(PoolStanding::kStandby, PoolStanding::kDisabled, PoolStanding::kStandby));
  EXPECT_TRUE(pools.enable(1, true));
  EXPECT_FALSE(pools.enable(1, true));
  EXPECT_THAT(pools.enabled(), ElementsAre(0, 1, 2));
}

TEST(PoolList, PreferringEnables) {
  PoolList pools({pool("a"), pool("b")});
  pools.enable(1, false);
  pools.prefer(1);
  EXPECT_THAT(pools.enabled(), ElementsAre(1, 0));
}

TEST(PoolList, TheLastThatCanBeUsedStaysEnabled) {
  PoolList pools({pool("a"), pool("b")});
  EXPECT_TRUE(pools.enable(0, false));
  EXPECT_FALSE(pools.enable(1, false));
  EXPECT_THAT(pools.enabled(), ElementsAre(1));

  PoolList refused({pool("a"), pool("b")});
  refused.refused(1, "no such account");
  EXPECT_FALSE(refused.enable(0, false)) << "the other is no use";
  EXPECT_TRUE(refused.enable(1, false));
}

TEST(PoolList, ARefusalLastsUntilTheUserSaysOtherwise) {
  PoolList pools({pool("a"), pool("b")});
  pools.refused(1, "no such account");
  EXPECT_TRUE(pools.is_refused(1));
  EXPECT_EQ(pools.listings()[1].standing, PoolStanding::kRefused);
  EXPECT_EQ(pools.listings()[1].reason, "no such account");
  EXPECT_TRUE(pools.enable(1, true)) << "it was enabled, and is to be tried again";
  EXPECT_FALSE(pools.is_refused(1));

  pools.refused(1, "no");
  pools.enable(1, false);
  EXPECT_EQ(pools.listings()[1].standing, PoolStanding::kDisabled);
  pools.enable(1, true);
  EXPECT_FALSE(pools.is_refused(1));

  pools.refused(1, "no");
  pools.prefer(1);
  EXPECT_FALSE(pools.is_refused(1));

  pools.refused(1, "no");
  EXPECT_FALSE(pools.replace({pool("b"), pool("a")}));
  EXPECT_TRUE(pools.is_refused(1)) << "nothing new";
  EXPECT_TRUE(pools.replace({pool("a"), pool("b")}));
  EXPECT_FALSE(pools.is_refused(1)) << "another list, another try";
}

TEST(PoolList, TellsWhyTheLastTryFailedUntilALogin) {
  PoolList pools({pool("a")});
  pools.failed(0, "Connection refused");
  EXPECT_EQ(pools.listings()[0].standing, PoolStanding::kFailed);
  EXPECT_EQ(pools.listings()[0].reason, "Connection refused");
  EXPECT_FALSE(pools.is_refused(0));
  pools.logged_in(0);
  EXPECT_EQ(pools.listings()[0].standing, PoolStanding::kStandby);
  EXPECT_EQ(pools.listings()[0].reason, "");
}

TEST(PoolList, ANewListKeepsWhatIsKnownOfItsPools) {
  PoolList pools({pool("a"), pool("b"), pool("c")});
  pools.enable(1, false);
  pools.enable(2, false);
  pools.failed(0, "Connection refused");
  pools.replace({pool("b"), pool("a")});
  EXPECT_THAT(standings(pools), ElementsAre(PoolStanding::kDisabled, PoolStanding::kFailed));
  pools.replace({pool("b"), pool("c")});
  EXPECT_THAT(standings(pools), ElementsAre(PoolStanding::kDisabled, PoolStanding::kStandby))
      << "c was taken out meanwhile";
}

TEST(PoolList, AListOfDisabledPoolsAloneEnablesItsFirst) {
  PoolList pools({pool("a"), pool("b"), pool("c")});
  pools.enable(1, false);
  pools.enable(2, false);
  pools.replace({pool("c"), pool("b")});
  EXPECT_THAT(pools.enabled(), ElementsAre(2));
}

}  // namespace
}  // namespace miner
