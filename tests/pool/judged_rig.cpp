#include "tests/pool/judged_rig.h"

#include <gtest/gtest.h>

#include "pool/known_accounts.h"

namespace tests {

using pool::Weights;

pool::ForfeitRule holding(std::uint32_t sprints) {
  pool::ForfeitConfig config;
  config.hold_sprints = sprints;
  config.usual_shares = 1000;
  auto rule = pool::ForfeitRule::create(config);
  EXPECT_TRUE(rule.ok()) << rule.message();
  return std::move(rule).value();
}

std::vector<pool::Record> judged_sprint(pool::Trust& trust, std::uint64_t number,
                                        const Played& played, const pool::RewardConfig& rewards) {
  std::vector<pool::Record> records = settled_sprint(number, played.credits, rewards);
  pool::record::Settled& settled = *std::get<pool::record::Closed>(records[1]).settled;
  if (played.all_recomputed) {
    trust.release_all(number);
    return records;
  }
  const auto divided = pool::split(rewards.reward, rewards.fee_ppm, played.credits);
  settled.judged = trust.judge(number, divided ? divided->amounts : Weights(), played.findings);
  return records;
}

Played random_sprint(std::mt19937_64& random, std::uint64_t accounts) {
  Played played;
  played.all_recomputed = random() % 40 == 0;
  for (std::uint64_t n = random() % 12; n > 0; --n) {
    const std::string account = "miner" + std::to_string(random() % accounts);
    const bool wrong = random() % 20 == 0;
    played.findings[account] = {random() % 5, wrong ? 1 + random() % 3 : 0};
    if (wrong && random() % 2 == 0) continue;
    played.credits[account] = 1 + (random() >> (11 + random() % 50));
  }
  return played;
}

std::vector<pool::Saved::Known> known_in(const LedgerFolder& folder) {
  auto database = pool::Database::open(folder.file());
  EXPECT_TRUE(database.ok());
  auto known = pool::load_known(*database);
  EXPECT_TRUE(known.ok());
  return std::move(known).value();
}

}  // namespace tests
