// A hostile pool, and a hostile miner: golden lines spoiled at random, without end. A session
// refuses, stays small, and ends only with a message. 10^5 messages; with SPRINT_SLOW set a
// million.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>

#include "stratum/codec_notices.h"
#include "stratum/json.h"
#include "tests/places.h"
#include "tests/stratum/golden_file.h"
#include "tests/stratum/json_parts.h"
#include "tests/stratum/memory_used.h"
#include "tests/stratum/reactions.h"

namespace stratum {
namespace {

constexpr unsigned kSeed = 20261127;
constexpr std::size_t kMemoryAllowed = std::size_t{64} << 20;

int messages() {
  return std::getenv("SPRINT_SLOW") != nullptr ? 1'000'000 : 100'000;
}

bool is_json(const std::string& line) {
  json::Document document;
  return document.parse(line).ok();
}

/// Spoils golden lines: a value made another, taken out, or put in of another line; bytes changed,
/// taken out, doubled.
class Spoiler {
  template <class List>
  const auto& any(const List& list) {
    return list[random_() % std::size(list)];
  }

 public:
  explicit Spoiler(const std::string& file) {
    for (const Golden& golden : read_golden(std::string(SPRINT_GOLDEN_DIR "/") + file)) {
      if (golden.over.empty() && golden.line.starts_with('{')) good_.push_back(golden.line);
    }
  }

  std::string next() {
    std::string line = any(good_);
    line.pop_back();
    for (auto times = 1 + random_() % 3; times > 0; --times) {
      // Bytes make it no JSON for the most part, which ends a session: seldom.
      line = random_() % 8 == 0 ? spoil_bytes(line) : spoil_value(line);
    }
    return line + '\n';
  }

 private:
  std::string spoil_value(const std::string& line) {
    if (!is_json(line)) return line;
    const auto parts = json_parts(line);
    if (parts.empty()) return line;
    const JsonPart& part = any(parts);
    switch (random_() % 4) {
      case 0:
        return removed(line, part);
      case 1:
        return replaced(line, part, value_of_another_line());
      default:
        return replaced(line, part, any(kValues));
    }
  }

  std::string spoil_bytes(std::string line) {
    const std::size_t at = random_() % (line.size() + 1);
    switch (random_() % 4) {
      case 0:
        return line.substr(0, at);
      case 1:
        return line.insert(at, 1, static_cast<char>(random_() % 256));
      case 2:
        return line.insert(at, line.substr(at, random_() % 200));
      default:
        return line.erase(at, 1 + random_() % 8);
    }
  }

  std::string value_of_another_line() {
    const std::string& other = any(good_);
    const auto parts = json_parts(std::string_view(other).substr(0, other.size() - 1));
    if (parts.empty()) return "null";
    const JsonPart& part = any(parts);
    return other.substr(part.begin, part.end - part.begin);
  }

  static constexpr const char* kValues[] = {
      "-1",
      "0",
      "1",
      "4294967296",
      "9007199254740991",
      "9007199254740992",
      "18446744073709551615",
      "1e308",
      "1.5",
      "-0",
      "null",
      "true",
      "false",
      "[]",
      "{}",
      "\"\"",
      "\"7\"",
      "\"s-0001\"",
      "\"\\u001b[2J\"",
      "\"0000000100000000\"",
      "\"alice\"",
      "[[[]]]",
      "1700000010000000",
      "315360000000000000",
      "1699999999999999",
  };
  std::vector<std::string> good_;
  std::minstd_rand random_{kSeed};
};

/// Feeds sessions of `make` one spoiled line after another; a new one when one ends.
template <class Make>
void expect_refused_within_bounds(const std::string& file, Make make) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Spoiler spoiler(file);
  std::optional session = make();
  int ended = 0;
  std::size_t before = 0;
  for (int i = 0; i < messages(); ++i) {
    if (i == 1000) before = tests::memory_used();  // what is used once is there
    const std::string line = spoiler.next();
    const Reaction reaction = react(*session, {line});
    ASSERT_EQ(reaction.out_of_range, "") << "message " << i << ": " << line;
    ASSERT_LE(reaction.events.size(), 70u) << "message " << i << ": " << line;
    ASSERT_LE(reaction.output.size(), kMaxLineBytes) << "message " << i << ": " << line;
    if (!reaction.over) continue;
    ++ended;
    session.reset();
    session.emplace(make());
  }
  EXPECT_LT(ended, messages() / 2) << "the lines do not get far";
  if (tests::kMemoryIsMeasured) {
    EXPECT_LE(tests::memory_used(), before + kMemoryAllowed);
  }
}

TEST(HostileMutations, S7_AMinerRefusesThemAndStaysSmall) {
  for (const ClientStage stage : {ClientStage::kWorking, ClientStage::kStarted}) {
    expect_refused_within_bounds("pool_to_miner.jsonl",
                                 [&] { return make_client(stage, "pool.example"); });
  }
}

TEST(HostileMutations, S7_APoolRefusesThemAndStaysSmall) {
  expect_refused_within_bounds("miner_to_pool.jsonl",
                               [] { return make_server(ServerStage::kWorking); });
}

TEST(HostileMutations, AHundredThousandAnnouncementsAreFourSprints) {
  auto session = make_client(ClientStage::kWorking);
  const std::size_t before = tests::memory_used();
  std::size_t taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto line = codec::write_announcement(sample_announcement(fmt::format("s-{}", i)));
    const Reaction reaction = react(session, {line});
    ASSERT_FALSE(reaction.over);
    ASSERT_EQ(reaction.events.size(), 1u);
    taken += reaction.events[0].starts_with("Announced ") ? 1u : 0u;
  }
  EXPECT_EQ(taken, kMaxSprintsAnnounced);
  if (tests::kMemoryIsMeasured) {
    EXPECT_LE(tests::memory_used(), before + kMemoryAllowed);
  }
}

// The worst a pool can have a miner keep: sprints that end without a result, each with all leases.
TEST(HostileMutations, SprintsWithoutResultsAndFullOfLeasesStaySmall) {
  auto session = make_client(ClientStage::kWorking);
  const std::size_t before = tests::memory_used();
  for (int i = 0; i < 500; ++i) {
    const std::string id = fmt::format("s-{}", i);
    ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement(id)), kOurNow).ok());
    const ReadyDevice device{0, "one", 1};
    session.ready(id, {&device, 1});
    for (std::uint64_t first = 0; first < 1100; first += 64) {
      std::vector<Lease> leases;
      for (std::uint64_t n = first; n < first + 64; ++n) leases.push_back({n, 0, n << 16, 16, 1});
      ASSERT_TRUE(session.feed(codec::write_set_lease(id, leases, {}), kOurNow).ok());
    }
    ASSERT_TRUE(session.feed(codec::write_end(id, 0), kOurNow).ok());
    drain(session);
    take_output(session);
  }
  if (tests::kMemoryIsMeasured) {
    EXPECT_LE(tests::memory_used(), before + kMemoryAllowed);
  }
}

}  // namespace
}  // namespace stratum
