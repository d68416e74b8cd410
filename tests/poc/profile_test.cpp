#include "poc/profile.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace poc {
namespace {

using testing::Message;

constexpr std::uint64_t kMax64 = std::numeric_limits<std::uint64_t>::max();

TEST(Profile, NamedOnesAreThoseOfTheSpecification) {
  const auto named = named_profiles();
  ASSERT_EQ(named.size(), 4u);
  EXPECT_EQ(named[0].name, "nano");
  EXPECT_EQ(named[0].profile, (Profile{2, 128, 256}));
  EXPECT_EQ(named[1].name, "micro");
  EXPECT_EQ(named[1].profile, (Profile{8, 512, 1536}));
  EXPECT_EQ(named[2].name, "base");
  EXPECT_EQ(named[2].profile, (Profile{16, 2048, 6144}));
  EXPECT_EQ(named[3].name, "large");
  EXPECT_EQ(named[3].profile, (Profile{64, 2048, 6144}));
}

TEST(Profile, NamedOnesAreLegalAndReadByName) {
  for (const NamedProfile& named : named_profiles()) {
    const auto& [layers, dim, ffn] = named.profile;
    EXPECT_TRUE(make_profile(layers, dim, ffn).ok()) << named.name;
    EXPECT_EQ(parse_profile(named.name).value(), named.profile);
    EXPECT_EQ(to_string(named.profile), named.name);
  }
}

TEST(Profile, CountsWeightsAndWork) {
  // The specification's table rounds these: 0.3 MB, 27 MB, 0.87 GB, 3.5 GB; 5.2 M, 0.44 G, 13.96 G,
  // 55.8 G.
  const std::vector<std::uint64_t> weights = {327'680, 27'262'976, 872'415'232, 3'489'660'928};
  const std::vector<std::uint64_t> mac = {5'242'880, 436'207'616, 13'958'643'712, 55'834'574'848};
  for (std::size_t i = 0; i < named_profiles().size(); ++i) {
    EXPECT_EQ(named_profiles()[i].profile.weights_bytes(), weights[i]);
    EXPECT_EQ(named_profiles()[i].profile.mac_per_nonce(), mac[i]);
  }
  // The largest legal one: 128 * (4 * 2^26 + 3 * 2^28), beyond 32 bits at every step.
  EXPECT_EQ((Profile{128, 8192, 32768}.weights_bytes()), std::uint64_t{137'438'953'472});
  EXPECT_EQ((Profile{128, 8192, 32768}.mac_per_nonce()), std::uint64_t{2'199'023'255'552});
}

TEST(Profile, CountsHeads) {
  EXPECT_EQ((Profile{1, 128, 128}.heads()), 1u);
  EXPECT_EQ((Profile{1, 640, 128}.heads()), 5u);
  EXPECT_EQ((Profile{1, 8192, 128}.heads()), 64u);
}

TEST(Profile, TakesExactlyTheLegalSizes) {
  for (std::uint64_t layers = 0; layers <= 130; ++layers) {
    EXPECT_EQ(make_profile(layers, 128, 128).ok(), layers >= 1 && layers <= 128) << layers;
  }
  for (std::uint64_t size = 0; size <= 33'000; ++size) {
    const bool whole = size > 0 && size % 128 == 0;
    ASSERT_EQ(make_profile(1, size, 128).ok(), whole && size <= 8192) << "dim " << size;
    ASSERT_EQ(make_profile(1, 128, size).ok(), whole && size <= 32768) << "ffn " << size;
  }
  const Profile largest = make_profile(128, 8192, 32768).value();
  EXPECT_EQ(largest, (Profile{128, 8192, 32768}));
}

TEST(Profile, DoesNotWrapLargeNumbers) {
  for (const std::uint64_t large :
       {std::uint64_t{1} << 32 | 128, std::uint64_t{1} << 63, kMax64 - 127, kMax64}) {
    EXPECT_FALSE(make_profile(large, 128, 128).ok());
    EXPECT_FALSE(make_profile(1, large, 128).ok());
    EXPECT_FALSE(make_profile(1, 128, large).ok());
  }
}

TEST(Profile, ARefusalNamesTheWrongSizeAndItsLimits) {
  struct Case {
    std::uint64_t layers, dim, ffn;
    const char* says;
  };
  const std::vector<Case> cases = {
      {0, 128, 128, "profile: layers 0 is not in 1..128"},
      {129, 128, 128, "profile: layers 129 is not in 1..128"},
      {1, 0, 128, "profile: dim 0 is not a multiple of 128 in 128..8192"},
      {1, 100, 128, "profile: dim 100 is not a multiple of 128 in 128..8192"},
      {1, 8320, 128, "profile: dim 8320 is not a multiple of 128 in 128..8192"},
      {1, 128, 129, "profile: ffn 129 is not a multiple of 128 in 128..32768"},
      {1, 128, 32896, "profile: ffn 32896 is not a multiple of 128 in 128..32768"},
      {1, 128, kMax64, "profile: ffn 18446744073709551615 is not a multiple of 128 in 128..32768"},
  };
  for (const Case& c : cases) {
    const auto refused = make_profile(c.layers, c.dim, c.ffn);
    ASSERT_FALSE(refused.ok()) << c.says;
    EXPECT_EQ(refused.error().fault, base::Fault::kInvalid);
    EXPECT_EQ(refused.message(), c.says);
  }
}

TEST(ParseProfile, ReadsThreeNumbers) {
  EXPECT_EQ(parse_profile("3,256,640").value(), (Profile{3, 256, 640}));
  EXPECT_EQ(parse_profile("128,8192,32768").value(), (Profile{128, 8192, 32768}));
  EXPECT_EQ(parse_profile("2,128,256").value(), (Profile{2, 128, 256}));
}

TEST(ParseProfile, ReadsBackWhatIsWritten) {
  for (const Profile profile : {Profile{1, 128, 128}, Profile{3, 256, 640},
                                Profile{128, 8192, 32768}, Profile{16, 2048, 6144}}) {
    EXPECT_EQ(parse_profile(to_string(profile)).value(), profile);
  }
  EXPECT_EQ(to_string(Profile{3, 256, 640}), "3,256,640");
}

TEST(ParseProfile, RefusesWhatIsNoProfileAndShowsIt) {
  for (const std::string text : {"",
                                 "Nano",
                                 "nano ",
                                 "nan",
                                 "medium",
                                 "1",
                                 "1,",
                                 "1,128",
                                 "1,128,",
                                 ",128,128",
                                 "1,,128",
                                 "1,128,128,",
                                 "1,128,128,128",
                                 "1 128 128",
                                 "1, 128,128",
                                 "-1,128,128",
                                 "+1,128,128",
                                 "1,128,0x80",
                                 "1,128,128.0",
                                 "1;128;128",
                                 "a,128,128",
                                 "99999999999999999999,128,128"}) {
    SCOPED_TRACE(Message() << '"' << text << '"');
    const auto refused = parse_profile(text);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, base::Fault::kInvalid);
    EXPECT_NE(refused.message().find("'" + text + "'"), std::string::npos) << refused.message();
    EXPECT_NE(refused.message().find("nano, micro, base, large"), std::string::npos);
  }
}

TEST(ParseProfile, RefusesWrongSizesByName) {
  EXPECT_EQ(parse_profile("0,128,128").message(), "profile: layers 0 is not in 1..128");
  EXPECT_EQ(parse_profile("1,64,128").message(),
            "profile: dim 64 is not a multiple of 128 in 128..8192");
  EXPECT_EQ(parse_profile("1,128,32769").message(),
            "profile: ffn 32769 is not a multiple of 128 in 128..32768");
}

TEST(ParseProfile, ShowsHostileTextSafelyAndCut) {
  EXPECT_EQ(parse_profile("\x1b[2Jnano\n").message(),
            "profile '\\x1b[2Jnano\\x0a' is neither nano, micro, base, large nor layers,dim,ffn");
  EXPECT_LT(parse_profile(std::string(1 << 20, 'x')).message().size(), 200u);
}

}  // namespace
}  // namespace poc
