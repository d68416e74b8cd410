#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/miner/cli_parse.h"

namespace miner {
namespace {

using cli_parse::expect_errors;
using cli_parse::good;
using cli_parse::parse;
using cli_parse::with;
using cli_parse::without;
using cli_parse::Words;
using testing::HasSubstr;

const std::string kSeed(64, 'a');
const Words kTicket = {"ticket",          "--profile", "nano",       "--model-seed", kSeed,
                       "--start-seed",    kSeed,       "--identity", "participant",  "--nonce",
                       "00000000000000ff"};

TEST(CommandArguments, CommandsTakeTheirFlags) {
  EXPECT_EQ(good({"devices"}).command, Command::kDevices);
  EXPECT_FALSE(good({"devices"}).json);
  EXPECT_TRUE(good({"devices", "--json"}).json);
  EXPECT_TRUE(good({"--json", "devices"}).json);
  EXPECT_EQ(good({"options", "--json"}).command, Command::kOptions);
  EXPECT_EQ(good({"selftest", "-d", "1"}).devices.selection.devices, Words{"1"});
  EXPECT_EQ(good({"--opt", "a=1", "bench", "--opt", "a=2"}).devices.options.size(), 2U);

  const Arguments plain = good({"bench"});
  EXPECT_EQ(plain.command, Command::kBench);
  EXPECT_EQ(plain.bench.seconds, 5U);
  EXPECT_FALSE(plain.bench.profile || plain.bench.json);
  const Arguments full =
      good({"bench", "--backend", "cpu", "--profile", "micro", "--seconds", "60", "--json"});
  EXPECT_EQ(full.bench.seconds, 60U);
  EXPECT_EQ(full.bench.profile, (poc::Profile{8, 512, 1536}));
  EXPECT_TRUE(full.bench.json);
}

TEST(CommandArguments, TicketTakesItsWork) {
  const TicketArguments ticket = good(with(kTicket, {"--count", "3", "--json"})).ticket;
  EXPECT_EQ(ticket.profile, (poc::Profile{2, 128, 256}));
  EXPECT_EQ(ticket.model_seed, *base::bytes32_from_hex(kSeed));
  EXPECT_EQ(ticket.identity, "participant");
  EXPECT_EQ(ticket.nonce, 255U);
  EXPECT_EQ(ticket.count, 3U);
  EXPECT_TRUE(ticket.json);
  EXPECT_EQ(good(without(with(kTicket, {"--identity="}), "--identity")).ticket.identity, "");
  EXPECT_EQ(good(with(kTicket, {"--identity", std::string(128, 'x')})).ticket.identity.size(),
            128U);
  EXPECT_EQ(good(with(kTicket, {"--nonce", "ffffffffffffffff"})).ticket.nonce, UINT64_MAX);
  EXPECT_EQ(good(with(kTicket, {"--nonce", "0000000000000001", "--count", "18446744073709551615"}))
                .ticket.count,
            UINT64_MAX);
}

TEST(CommandArguments, TicketNeedsAllOfItsWork) {
  for (const std::string flag :
       {"--profile", "--model-seed", "--start-seed", "--identity", "--nonce"}) {
    const auto parsed = parse(without(kTicket, flag));
    ASSERT_FALSE(parsed.ok()) << flag;
    EXPECT_EQ(parsed.message(), "ticket needs " + flag + "; see sprintminer ticket --help");
  }
}

TEST(CommandArguments, TicketRefusesWhatIsNoSeedNonceOrIdentity) {
  const std::string upper(64, 'A');
  expect_errors({
      {with(kTicket, {"--model-seed", upper}),
       "--model-seed: '" + upper + "' is not 64 lower-case hexadecimal digits"},
      {with(kTicket, {"--start-seed", "12"}),
       "--start-seed: '12' is not 64 lower-case hexadecimal digits"},
      {with(kTicket, {"--nonce", "0x00000000000000"}),
       "--nonce: '0x00000000000000' is not 16 lower-case hexadecimal digits"},
      {with(kTicket, {"--count", "0"}),
       "--count: '0' is not a whole number in 1..18446744073709551615"},
      {with(kTicket, {"--nonce", "fffffffffffffffe", "--count", "3"}),
       "--count: 3 nonces from fffffffffffffffe go beyond ffffffffffffffff"},
  });
  for (const std::string& bad : {std::string(129, 'x'), std::string("\xc0\x80")}) {
    const auto parsed = parse(with(kTicket, {"--identity", bad}));
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.message(), HasSubstr("--identity: identity"));
  }
}

}  // namespace
}  // namespace miner
