// drand's HTTP API, against a server that says what the tests want.
#include "pool/beacon_drand.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "poc/keys.h"
#include "tests/pool/rig.h"
#include "tests/pool/small_http.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::kNoon;
using tests::microseconds;
using tests::seconds;
using tests::SmallHttp;

const base::SystemClock kClock;
const std::string kInfo =
    R"({"public_key":"868f","period":30,"genesis_time":1595431050,"hash":"8990","schemeID":"x"})";
// SHA-256 of the four bytes deadbeef.
const std::string kRandom = "5f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953";

std::string round_said(std::uint64_t round, const std::string& randomness = kRandom,
                       const std::string& signature = "deadbeef") {
  return fmt::format(R"({{"round":{},"randomness":"{}","signature":"{}"}})", round, randomness,
                     signature);
}

TEST(Drand, KnowsTheRoundsOfTheLeagueOfEntropy) {
  // Round 1 of the chain 8990e7.. is of 2020-07-22 15:17:30, as its genesis_time says.
  const DrandChain chain{30, 1595431050};
  const base::UnixTime genesis{seconds(1595431050)};
  EXPECT_EQ(chain.first_round(base::UnixTime{}), 1U);
  EXPECT_EQ(chain.first_round(genesis), 1U);
  EXPECT_EQ(chain.first_round(genesis + microseconds(1)), 2U);
  EXPECT_EQ(chain.first_round(genesis + seconds(30)), 2U);
  EXPECT_EQ(chain.first_round(genesis + seconds(30) + microseconds(1)), 3U);
  for (int s = 0; s < 100; ++s) {
    const base::UnixTime at = kNoon + seconds(s);
    const std::uint64_t round = chain.first_round(at);
    EXPECT_GE(chain.published(round), at);
    EXPECT_LT(chain.published(round - 1), at);
  }
}

TEST(Drand, ReadsItsInfoAndRefusesWhatCannotBe) {
  const auto chain = read_drand_info(kInfo);
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ(chain->period_s, 30);
  EXPECT_EQ(chain->genesis_s, 1595431050);
  for (const char* const text :
       {"", "x", "[]", "{}", R"({"period":30})", R"({"genesis_time":1})",
        R"({"period":0,"genesis_time":1})", R"({"period":86401,"genesis_time":1})",
        R"({"period":3.5,"genesis_time":1})", R"({"period":30,"genesis_time":0})",
        R"({"period":30,"genesis_time":-1})", R"({"period":30,"genesis_time":9007199255})",
        R"({"period":"30","genesis_time":1})", R"({"period":30,"genesis_time":1,"hash":7})"}) {
    EXPECT_FALSE(read_drand_info(text).ok()) << text;
  }
}

TEST(Drand, ReadsARoundAndRefusesAnother) {
  EXPECT_EQ(*read_drand_round(round_said(7), 7), kRandom);
  EXPECT_THAT(read_drand_round(R"({"round":7,"randomness":")" + kRandom + "\"}", 7).message(),
              HasSubstr("signature"));
  EXPECT_THAT(read_drand_round(round_said(8), 7).message(), HasSubstr("round 8 instead of 7"));
  EXPECT_THAT(read_drand_round(round_said(7, kRandom, "deadbeee"), 7).message(),
              HasSubstr("not the SHA-256"));
  for (const std::string& text :
       {std::string("x"), std::string("{}"), round_said(7, "AB"), round_said(7, kRandom + "00"),
        round_said(7, kRandom, "deadbee"), round_said(7, kRandom, "zzzzzzzz")}) {
    EXPECT_FALSE(read_drand_round(text, 7).ok()) << text;
  }
}

class BeaconDrandTest : public testing::Test {
 protected:
  BeaconDrandTest() { http_.set("/info", kInfo); }
  base::Result<std::string> ask(BeaconDrand& drand) {
    return drand.ask({1, BeaconUse::kStart, "drand:7", kNoon}, patience_);
  }
  /// A source that knows its chain.
  std::unique_ptr<BeaconDrand> open(std::vector<std::string> urls) {
    auto drand = std::make_unique<BeaconDrand>(std::move(urls), seconds(60), log_);
    EXPECT_FALSE(drand->name(1, BeaconUse::kStart, kNoon)) << "not known yet";
    const base::Status opened = drand->open(patience_);
    EXPECT_TRUE(opened.ok()) << opened.message();
    return drand;
  }
  tests::LogBook log_;
  SmallHttp http_;
  BeaconPatience patience_{kClock.now() + seconds(60), -1};
};

TEST_F(BeaconDrandTest, NamesTheRoundAndTellsItsRandomness) {
  const auto drand = open({http_.url()});
  EXPECT_EQ(log_.count("beacon known"), 1U);
  const std::uint64_t round = DrandChain{30, 1595431050}.first_round(kNoon);
  EXPECT_EQ(drand->name(1, BeaconUse::kStart, kNoon), "drand:" + std::to_string(round));
  http_.set("/public/7", round_said(7));
  EXPECT_EQ(*ask(*drand), kRandom);
}

TEST_F(BeaconDrandTest, ARoundThatIsNotThereYetIsNoFault) {
  const auto drand = open({http_.url()});
  EXPECT_EQ(ask(*drand).error().fault, base::Fault::kUnavailable) << "404";
  http_.set("/public/7", "", 425);
  EXPECT_EQ(ask(*drand).error().fault, base::Fault::kUnavailable);
  http_.set("/public/7", "", 500);
  EXPECT_EQ(ask(*drand).error().fault, base::Fault::kIo);
  EXPECT_THAT(ask(*drand).message(), HasSubstr("/public/7: HTTP 500"));
}

TEST_F(BeaconDrandTest, WhatMakesNoSenseIsRefused) {
  const auto drand = open({http_.url()});
  http_.set("/public/7", round_said(8));
  EXPECT_THAT(ask(*drand).message(), HasSubstr("round 8 instead of 7"));
  http_.set("/public/7", "garbage");
  EXPECT_FALSE(ask(*drand).ok());
  http_.set("/public/7", "[" + std::string(70'000, ' ') + "]");
  EXPECT_THAT(ask(*drand).message(), HasSubstr("more than 64 KiB"));
  http_.set_raw("/public/7", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"round\":7,");
  EXPECT_FALSE(ask(*drand).ok()) << "cut";
  http_.set_raw("/public/7", "HTTP/1.1 302 Away\r\nLocation: /info\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(ask(*drand).message(), HasSubstr("HTTP 302")) << "no redirects";
}

TEST_F(BeaconDrandTest, OneThatHangsIsGivenUpWhenThePoolEnds) {
  const auto drand = open({http_.url()});
  http_.set_raw("/public/7", "");
  patience_.ending = eventfd(1, EFD_CLOEXEC);
  EXPECT_THAT(ask(*drand).message(), HasSubstr("no answer in time"));
  close(patience_.ending);
  patience_ = {kClock.now(), -1};
  EXPECT_THAT(ask(*drand).message(), HasSubstr("no answer in time"));
}

TEST_F(BeaconDrandTest, HostsAreTriedInTurn) {
  SmallHttp second;
  second.set("/info", kInfo);
  second.set("/public/7", round_said(7));
  const auto drand = open({http_.url(), second.url()});
  http_.set("/public/7", "", 500);
  EXPECT_FALSE(ask(*drand).ok());
  EXPECT_EQ(*ask(*drand), kRandom);
  EXPECT_EQ(*ask(*drand), kRandom) << "it stays there";
  EXPECT_EQ(second.asked("/public/7"), 2U);
}

TEST_F(BeaconDrandTest, AHostWithoutTheRoundIsAskedAFewTimesMore) {
  SmallHttp second;
  second.set("/info", kInfo);
  second.set("/public/7", round_said(7));
  const auto drand = open({http_.url(), second.url()});
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(ask(*drand).ok());
  EXPECT_EQ(http_.asked("/public/7"), 6U);
  EXPECT_EQ(second.asked("/info"), 0U);
  EXPECT_EQ(*ask(*drand), kRandom);
}

TEST_F(BeaconDrandTest, AHostWithoutTheChainIsLeftAtOnce) {
  SmallHttp second;
  const auto drand = open({http_.url(), second.url()});
  http_.set("/public/7", "", 500);
  EXPECT_FALSE(ask(*drand).ok());
  EXPECT_FALSE(ask(*drand).ok());
  http_.set("/public/7", round_said(7));
  EXPECT_EQ(*ask(*drand), kRandom);
  EXPECT_EQ(second.asked("/info"), 1U);
}

TEST_F(BeaconDrandTest, ANameSaysTheChainWhereThatHasAHash) {
  const std::string hash(64, 'a');
  EXPECT_EQ((DrandChain{3, 1, hash}.name_of(7)), "drand:" + hash + ":7");
  for (const std::string& other : {std::string(), hash + "a", std::string(64, 'x')}) {
    EXPECT_EQ((DrandChain{3, 1, other}.name_of(7)), "drand:7");
  }
  http_.set("/info", R"({"period":3,"genesis_time":1595431050,"hash":")" + hash + "\"}");
  http_.set("/public/7", round_said(7));
  const auto drand = open({http_.url()});
  const std::string name = *drand->name(1, BeaconUse::kStart, kNoon);
  EXPECT_THAT(name, HasSubstr("drand:" + hash + ":"));
  const BeaconQuestion question{1, BeaconUse::kStart, name, kNoon};
  const base::UnixTime published = drand->published(question);
  EXPECT_TRUE(published >= kNoon && published < kNoon + seconds(3));
  EXPECT_EQ(*drand->ask({1, BeaconUse::kStart, "drand:" + hash + ":7", kNoon}, patience_), kRandom);
}

TEST_F(BeaconDrandTest, TheNextHostOpensWhereOneIsGone) {
  std::string gone;
  {
    const SmallHttp was;
    gone = was.url();
  }
  const auto drand = open({gone, http_.url()});
  http_.set("/public/7", round_said(7));
  EXPECT_EQ(*ask(*drand), kRandom);
}

TEST_F(BeaconDrandTest, AHostOfAnotherChainIsNotBelieved) {
  SmallHttp other;
  other.set("/info", R"({"period":3,"genesis_time":1595431050})");
  other.set("/public/7", round_said(7));
  const auto drand = open({http_.url(), other.url()});
  http_.set("/public/7", "", 500);
  EXPECT_FALSE(ask(*drand).ok());
  EXPECT_THAT(ask(*drand).message(), HasSubstr("another chain"));
  EXPECT_EQ(other.asked("/public/7"), 0U);
}

TEST_F(BeaconDrandTest, WarnsOfAPeriodThatIsTooLong) {
  BeaconDrand drand({http_.url()}, seconds(10), log_);
  ASSERT_TRUE(drand.open(patience_).ok());
  EXPECT_EQ(log_.warnings("may have to wait longer"), 1U);
}

}  // namespace
}  // namespace pool
