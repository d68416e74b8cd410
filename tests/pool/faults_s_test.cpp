// Faults of other pools, by their ids in docs/VERIFICATION.md: none of them is here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/pool/rig.h"

namespace pool {
namespace {

using stratum::Lease;
using tests::PoolRig;
using tests::TestMiner;

TEST(Faults, S5_APoolListensOnLoopbackUnlessItIsToldOtherwise) {
  EXPECT_EQ(Config().host, "127.0.0.1");
}

TEST(Faults, S14_LeasesThatAreUsedUpAreAnErrorAndAllThatLiveAreDisjoint) {
  PoolRig rig(tests::rig_config());
  std::vector<Lease> all;
  TestMiner* miners[] = {&rig.connect("alice"), &rig.connect("bob"), &rig.connect("alice")};
  rig.at(tests::kNoon);
  const std::string one = rig.sprint(1);
  for (TestMiner* miner : miners) {
    for (std::uint32_t device = 0; device < 3; ++device) {
      for (int i = 0; i < 16; ++i) {
        all.push_back(miner->ready(one, device));
        ASSERT_EQ(all.back().bits, 32U);
      }
      const std::string more = fmt::format(R"({{"sprint":"{}","n":{}}})", one, device);
      for (int i = 0; i < 3; ++i) EXPECT_EQ(miner->code_of("mining.lease", more), 31);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      ASSERT_NE(all[i].id, all[j].id);
      ASSERT_FALSE(all[i].contains(all[j].base) || all[j].contains(all[i].base)) << i << ' ' << j;
    }
  }
}

}  // namespace
}  // namespace pool
