// Attacks on the protocol, by their ids in docs/VERIFICATION.md, as far as one session sees them;
// those on a whole pool are in tests/pool.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "stratum/codec_notices.h"
#include "tests/stratum/reactions.h"
#include "tests/stratum/server_support.h"

namespace stratum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string submit_of(const std::string& nonce) {
  return request(7, "mining.submit",
                 fmt::format(R"(["alice.rig","s-0001",1,{},"{}",1])", nonce, std::string(64, 'a')));
}

TEST(Attacks, A1_ANonceHasOneSpelling) {
  const Reaction good = react_pool("working", {submit_of("\"000000000000abcd\"")});
  ASSERT_EQ(good.events.size(), 1u);
  constexpr const char* kOthers[] = {
      "\"000000000000ABCD\"",
      "\"000000000000Abcd\"",
      "\"0x0000000000abcd\"",
      "\"0x000000000000abcd\"",
      "\"abcd\"",
      "\"00000000000abcd\"",
      "\"0000000000000abcd\"",
      "\" 00000000000abcd\"",
      "\"000000000000abcd \"",
      "\" 000000000000abcd\"",
      "\"+00000000000abcd\"",
      "\"-00000000000abcd\"",
      "\"000000000000abc\\n\"",
      "\"000000000000abcg\"",
      "\"000000000000ab,d\"",
      "\"0000_0000_0000_abcd\"",
      "\"\xef\xbc\x90"
      "00000000000abcd\"",
      "\"\xd9\xa0"
      "00000000000000\"",
      "\"000000000000abcd\\u200b\"",
      "43981",
      "43981.0",
      "[\"000000000000abcd\"]",
      "null",
      "true",
      "\"\"",
  };
  for (const char* other : kOthers) {
    const Reaction reaction = react_pool("working", {submit_of(other)});
    EXPECT_EQ(reaction.error(), 20) << other;
    EXPECT_TRUE(reaction.events.empty()) << other << reaction.text();
  }
  // An escape is the same text, hence the same nonce to whoever looks for repeats.
  EXPECT_EQ(react_pool("working", {submit_of("\"000000000000abc\\u0064\"")}), good);
}

TEST(Attacks, A2_EveryBitOfTheNonceEntersTheHash) {
  poc::RaceSpec race;
  race.model.profile = poc::make_profile(2, 128, 256).value();
  race.identity_hash = *poc::hash_identity("alice");
  constexpr std::uint64_t kNonces[] = {0, 1, 0x123456789abcdef0, UINT64_MAX};
  for (const std::uint64_t nonce : kNonces) {
    std::set<poc::InputKey> keys = {poc::input_key(race, nonce)};
    for (int bit = 0; bit < 64; ++bit) keys.insert(poc::input_key(race, nonce ^ (1ULL << bit)));
    EXPECT_EQ(keys.size(), 65u) << nonce;
  }
}

TEST(Attacks, A4_TheSameNonceForAnotherAccountIsOtherWork) {
  poc::RaceSpec race;
  race.model.profile = poc::make_profile(2, 128, 256).value();
  std::set<poc::InputKey> keys;
  const char* accounts[] = {"alice", "alice ", "Alice", "alice.",
                            "bob",   "",       "alicf", "al\xc3\xa5ice"};
  for (const char* account : accounts) {
    race.identity_hash = *poc::hash_identity(account);
    keys.insert(poc::input_key(race, 7));
  }
  EXPECT_EQ(keys.size(), std::size(accounts));
}

TEST(Attacks, A3_ASubmitForAnotherAccountIsRefusedWhoeverInjectsIt) {
  auto session = make_server(ServerStage::kWorking);
  for (const char* worker : {"bob", "bob.rig", "alicebob", "ALICE.rig", "alice\\u0000", ".rig", "",
                             " alice.rig", "alic", "alice/rig"}) {
    const std::string line = request(7, "mining.submit", submit_params(worker));
    if (std::string_view(worker).find("u0000") != std::string_view::npos) {
      EXPECT_TRUE(react_pool("working", {line}).over);
      continue;
    }
    EXPECT_EQ(code_of(session, line), 24) << worker;
    EXPECT_EQ(drain(session).size(), 0u) << worker;
  }
  EXPECT_EQ(code_of(session, request(7, "mining.submit", submit_params("alice.other"))), 0);
}

TEST(Attacks, A5_TheStampIsThatOfTheNewline) {
  const std::string line = request(7, "mining.submit", submit_params());
  for (std::size_t early = 0; early < line.size(); ++early) {
    auto session = make_server(ServerStage::kWorking);
    ASSERT_TRUE(session.feed(line.substr(0, early), kPoolNow).ok());
    ASSERT_TRUE(session.feed(line.substr(early, line.size() - 1 - early), kPoolNow).ok());
    EXPECT_FALSE(session.next_event().has_value());
    const auto late = kPoolNow + base::Micros(1);
    ASSERT_TRUE(session.feed("\n", late).ok());
    const auto event = session.next_event();
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(std::get<server::SubmitWanted>(*event).stamp, late) << early;
  }
}

TEST(Attacks, A6_AnswersThatComeLateMoveNoStamp) {
  auto quick = make_server(ServerStage::kWorking);
  auto slow = make_server(ServerStage::kWorking);
  const std::string pong = R"({"id":1,"result":true,"error":null})"
                           "\n";
  const auto t_end = kPoolNow + std::chrono::seconds(60);
  for (auto* session : {&quick, &slow}) session->ping();
  ASSERT_TRUE(quick.feed(pong, kPoolNow).ok());
  ASSERT_TRUE(slow.feed(pong, kPoolNow + std::chrono::seconds(2)).ok());
  for (auto* session : {&quick, &slow}) {
    ASSERT_TRUE(session->feed(request(7, "mining.submit", submit_params()), t_end).ok());
    const auto event = session->next_event();
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(std::get<server::SubmitWanted>(*event).stamp, t_end);
  }
}

/// A notice with one bit of the bytes at `field` flipped.
StartNotice flipped(StartNotice notice, base::Bytes32 StartNotice::*field, unsigned bit) {
  (notice.*field)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  return notice;
}

TEST(Attacks, A8_OneBitOfSecretOrSeedThatDoesNotFitRefusesTheSprint) {
  const StartNotice good = sample_start(sample_announcement());
  for (unsigned bit = 0; bit < 256; ++bit) {
    for (base::Bytes32 StartNotice::*field : {&StartNotice::secret, &StartNotice::start_seed}) {
      auto session = make_client(ClientStage::kAnnounced);
      ASSERT_TRUE(session.feed(codec::write_start(flipped(good, field, bit)), kOurNow).ok());
      EXPECT_THAT(drain(session), ElementsAre(HasSubstr("SprintRefused s-0001: at its start")));
      ASSERT_TRUE(session.feed(codec::write_start(good), kOurNow).ok());
      EXPECT_THAT(drain(session), testing::IsEmpty());  // it is not asked twice
    }
  }
}

std::string shown(const std::string& text) {
  auto session = make_client(ClientStage::kWorking);
  const std::string line =
      R"({"id":null,"method":"client.show_message","params":[")" + text + "\"]}\n";
  EXPECT_TRUE(session.feed(line, kOurNow).ok());
  const auto events = drain(session);
  EXPECT_EQ(events.size(), 1u);
  return events.empty() ? "" : events[0].substr(std::string("Message ").size());
}

TEST(Attacks, A14_WhatAPoolShowsIsEscapedAndShort) {
  EXPECT_EQ(shown("\\u001b]0;owned\\u0007"), "\\x1b]0;owned\\x07");
  EXPECT_EQ(shown("\\u001b[2J\\u001b[31mred"), "\\x1b[2J\\x1b[31mred");
  EXPECT_EQ(shown("a\\nb\\rc\\td\\b\\f"), "a\\x0ab\\x0dc\\x09d\\x08\\x0c");
  EXPECT_EQ(shown("\\u202egnp.exe"), "\\xe2\\x80\\xaegnp.exe");  // right to left
  EXPECT_EQ(shown("\xe2\x80\x8f\xe2\x80\x8b"),
            "\\xe2\\x80\\x8f\\xe2\\x80\\x8b");    // marks, no width
  EXPECT_EQ(shown("\\u009b1m"), "\\xc2\\x9b1m");  // C1
  EXPECT_EQ(shown("\xef\xbf\xbf\\u007f"), "\\xef\\xbf\\xbf\\x7f");
  EXPECT_EQ(shown("http://evil.example/?a=%0a"), "http://evil.example/?a=%0a");
  EXPECT_LE(shown(std::string(16'000, '\\') + std::string("\\\\")).size(), 256u);
  EXPECT_EQ(shown(std::string(15'000, 'x')), std::string(256, 'x'));
}

TEST(Attacks, A14_AMessageOfAMebibyteIsALineTooLong) {
  const std::string text(1 << 20, 'x');
  const Reaction reaction = react_miner(
      "working", {R"({"id":null,"method":"client.show_message","params":[")" + text + "\"]}\n"});
  EXPECT_TRUE(reaction.over);
  EXPECT_TRUE(reaction.events.empty());
}

TEST(Attacks, A14_EveryTextOfAPoolIsEscaped) {
  const std::string evil = "\\u001b[2J\\u202e";
  const std::string lines[] = {
      R"({"id":null,"error":[20,")" + evil + R"("]})",
      R"({"id":6,"result":null,"error":[20,")" + evil + R"("]})",
      R"({"id":5,"result":null,"error":[31,")" + evil + R"("]})",
      R"({"id":7,"result":null,"error":[20,")" + evil + R"("]})",
      R"({"id":null,"method":"sprint.announce","params":{"sprint":")" + evil + R"("}})",
      R"({"id":null,"method":"sprint.verdict","params":{"sprint":"s-0001","verified":0,)"
      R"("void":[[1,30,")" +
          evil + R"("]]}})",
      R"({"id":null,"method":"sprint.cancel","params":{"sprint":"s-0001","reason":")" + evil +
          R"("}})",
  };
  for (const std::string& line : lines) {
    const Reaction reaction = react_miner("announced", {line + "\n"});
    EXPECT_EQ(reaction.out_of_range, "") << line;
    EXPECT_THAT(reaction.events, testing::Contains(HasSubstr("\\x1b[2J\\xe2\\x80\\xae"))) << line;
  }
}

}  // namespace
}  // namespace stratum
