#include "miner/pool_list.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

PoolEndpoint pool(const std::string& host, const std::string& user = "alice") {
  return {{host, 3333}, user, ""};
}

TEST(PoolList, APoolKeepsItsNumber) {
  PoolList pools({pool("a"), pool("b")});
  EXPECT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools.number(0), 0U);
  EXPECT_EQ(pools.number(1), 1U);

  EXPECT_TRUE(pools.replace({pool("c"), pool("b")}));
  EXPECT_EQ(pools.number(0), 2U);
  EXPECT_EQ(pools.number(1), 1U);
  EXPECT_FALSE(pools.listed(0));
  EXPECT_EQ(pools.pool(0), pool("a")) << "known, though not listed any more";

  EXPECT_TRUE(pools.replace({pool("b"), pool("a")}));
  EXPECT_EQ(pools.number(1), 0U) << "the number that it had";
  EXPECT_TRUE(pools.listed(0));
  EXPECT_FALSE(pools.listed(2));
}

TEST(PoolList, AnotherAccountIsAnotherPool) {
  PoolList pools({pool("a")});
  EXPECT_TRUE(pools.replace({pool("a", "bob")}));
  EXPECT_EQ(pools.number(0), 1U);
  PoolEndpoint other = pool("a", "bob");
  other.password = "x";
  EXPECT_TRUE(pools.replace({other}));
  EXPECT_EQ(pools.number(0), 2U);
}

TEST(PoolList, KnowsWhenNothingChanged) {
  PoolList pools({pool("a"), pool("b")});
  EXPECT_FALSE(pools.replace({pool("a"), pool("b")}));
  EXPECT_TRUE(pools.replace({pool("b"), pool("a")})) << "the order is the preference";
  EXPECT_TRUE(pools.replace({pool("b")}));
}

}  // namespace
}  // namespace miner
