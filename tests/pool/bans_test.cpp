#include "pool/bans.h"

#include <gtest/gtest.h>

#include <string>

#include "pool/doorkeeper.h"
#include "tests/pool/rig.h"

// Who is kept out, for how long, and who never is.
namespace pool {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::UnixTime kBegin{hours(1000)};

TEST(BansTest, S10_ABanLastsAsLongAsItSays) {
  Bans bans;
  bans.ban("rig", seconds(600), kBegin);
  EXPECT_TRUE(bans.left("rig", kBegin + milliseconds(599'900)));
  EXPECT_FALSE(bans.left("rig", kBegin + milliseconds(600'100)));
  EXPECT_EQ(bans.left("rig", kBegin + seconds(590)), seconds(10));
  EXPECT_FALSE(bans.left("another", kBegin));
}

TEST(BansTest, S10_ThreeStrikesAreABanThatDoublesUpToADay) {
  Bans bans;
  base::UnixTime now = kBegin;
  base::Micros expected = minutes(3);
  for (int round = 0; round < 14; ++round) {
    EXPECT_FALSE(bans.strike("peer", now));
    EXPECT_FALSE(bans.strike("peer", now));
    EXPECT_FALSE(bans.left("peer", now));
    EXPECT_EQ(bans.strike("peer", now), expected) << "round " << round;
    EXPECT_EQ(bans.left("peer", now), expected);
    now += expected;
    EXPECT_FALSE(bans.left("peer", now));
    expected = std::min<base::Micros>(2 * expected, hours(24));
  }
}

TEST(BansTest, ForgetsAfterADayOfPeace) {
  Bans bans;
  bans.strike("peer", kBegin);
  bans.strike("peer", kBegin);
  EXPECT_FALSE(bans.strike("peer", kBegin + hours(24) + seconds(1))) << "the first of three again";
  Bans banned;
  for (int i = 0; i < 3; ++i) banned.strike("peer", kBegin);
  const base::UnixTime later = kBegin + minutes(3) + hours(24) + seconds(1);
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(banned.strike("peer", later));
  EXPECT_EQ(banned.strike("peer", later), minutes(3)) << "not doubled any more";
}

TEST(BansTest, NeverShortensABan) {
  Bans bans;
  bans.ban("peer", hours(2), kBegin);
  bans.ban("peer", minutes(1), kBegin);
  EXPECT_EQ(bans.left("peer", kBegin), hours(2));
}

TEST(BansTest, HasAFixedSizeAndKeepsWhoIsLookedAt) {
  Bans bans;
  bans.ban("kept", hours(20), kBegin);
  for (int i = 0; i < 50'000; ++i) {
    bans.ban(std::to_string(i), hours(20), kBegin);
    if (i % 1000 == 0) {
      EXPECT_TRUE(bans.left("kept", kBegin));
    }
  }
  EXPECT_EQ(bans.size(), Bans::kMaxEntries);
  EXPECT_TRUE(bans.left("kept", kBegin));
  EXPECT_FALSE(bans.left("0", kBegin));
  EXPECT_TRUE(bans.left("49999", kBegin));
}

boost::asio::ip::address address(const std::string& text) {
  return boost::asio::ip::make_address(text);
}

TEST(NetworksTest, AreWhatOnePeerHas) {
  EXPECT_EQ(near_network(address("192.0.2.77")), "192.0.2.77");
  EXPECT_EQ(wide_network(address("192.0.2.77")), "192.0.2.0/24");
  EXPECT_EQ(near_network(address("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
  EXPECT_EQ(wide_network(address("2001:db8:1:2:3:4:5:6")), "2001:db8:1::/48");
  EXPECT_EQ(near_network(address("::ffff:192.0.2.77")), "192.0.2.77");
}

TEST(NetworksTest, HoldWhatTheirBitsSay) {
  const Networks some = *Networks::parse({"127.0.0.0/8", "::1", "192.0.2.64/26", "2001:db8::/33"});
  for (const char* inside : {"127.0.0.1", "127.9.9.9", "::1", "192.0.2.64", "192.0.2.127",
                             "::ffff:127.0.0.1", "2001:db8:7fff::1"}) {
    EXPECT_TRUE(some.hold(address(inside))) << inside;
  }
  for (const char* outside :
       {"128.0.0.1", "::2", "192.0.2.63", "192.0.2.128", "2001:db8:8000::1"}) {
    EXPECT_FALSE(some.hold(address(outside))) << outside;
  }
  EXPECT_TRUE(Networks::parse({"0.0.0.0/0"})->hold(address("8.8.8.8")));
  EXPECT_FALSE(Networks::parse({"0.0.0.0/0"})->hold(address("2001:db8::1")));
  EXPECT_FALSE(Networks::parse({})->hold(address("127.0.0.1")));
}

TEST(NetworksTest, RefusesWhatIsNone) {
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1",
                           "::1/129", "/8", "1.2.3.4/8/8"}) {
    const auto refused = Networks::parse({"127.0.0.1", text});
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_NE(refused.message().find(text), std::string::npos);
  }
}

class DoorkeeperTest : public testing::Test {
 protected:
  tests::LogBook log;
  Doorkeeper door{{.of_address = 3, .exempt = *Networks::parse({"127.0.0.0/8"})}, log};
};

TEST_F(DoorkeeperTest, AdmitsSoManyOfAnAddress) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(door.admit(address("192.0.2.1"), kBegin));
  EXPECT_FALSE(door.admit(address("192.0.2.1"), kBegin));
  EXPECT_TRUE(door.admit(address("192.0.2.2"), kBegin));
  door.leave(address("192.0.2.1"));
  EXPECT_TRUE(door.admit(address("192.0.2.1"), kBegin));
  EXPECT_FALSE(door.admit(address("192.0.2.1"), kBegin));
}

TEST_F(DoorkeeperTest, AdmitsFourTimesAsManyOfTheNetworkAround) {
  int admitted = 0;
  for (int host = 1; host < 30; ++host) {
    if (door.admit(address("192.0.2." + std::to_string(host)), kBegin)) ++admitted;
  }
  EXPECT_EQ(admitted, 12);
  EXPECT_TRUE(door.admit(address("192.0.3.1"), kBegin));
  // One subscriber of IPv6 has all of these.
  admitted = 0;
  for (int host = 1; host < 30; ++host) {
    if (door.admit(address("2001:db8:1:2::" + std::to_string(host)), kBegin)) ++admitted;
  }
  EXPECT_EQ(admitted, 3);
}

TEST_F(DoorkeeperTest, KeepsOutWhoIsBannedUntilThen) {
  for (int i = 0; i < 3; ++i) door.strike(address("192.0.2.1"), "nonsense", kBegin);
  EXPECT_EQ(log.warnings("banned"), 1U);
  EXPECT_FALSE(door.admit(address("192.0.2.1"), kBegin + seconds(179)));
  EXPECT_TRUE(door.admit(address("192.0.2.2"), kBegin + seconds(179)));
  EXPECT_TRUE(door.admit(address("192.0.2.1"), kBegin + seconds(181)));
}

TEST_F(DoorkeeperTest, NeitherCountsNorBansWhoIsExempt) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(door.admit(address("127.0.0.1"), kBegin));
    door.strike(address("127.0.0.1"), "nonsense", kBegin);
  }
}

}  // namespace
}  // namespace pool
