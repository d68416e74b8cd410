// Tools of other protocols connect by mistake, or on purpose: each line of their dialects gets the
// reaction that stands beside it in tests/fuzz/seeds, on both sides, and never anything worse.
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>

#include "base/check.h"
#include "tests/places.h"
#include "tests/stratum/reactions.h"

namespace stratum {
namespace {

constexpr const char* kStates[] = {"new", "working"};

/// A line, and what a pool and a miner do with it when new and when logged in.
struct Foreign {
  std::string name;
  std::string line;
  std::string pool[2];
  std::string miner[2];
};

Foreign foreign_of(const std::string& record) {
  rapidjson::Document json;
  json.Parse(record.data(), record.size());
  CHECK(!json.HasParseError());
  Foreign foreign;
  foreign.name = json["name"].GetString();
  foreign.line = std::string(json["line"].GetString()) + "\n";
  for (unsigned i = 0; i < 2; ++i) {
    foreign.pool[i] = json["pool"][i].GetString();
    foreign.miner[i] = json["miner"][i].GetString();
  }
  return foreign;
}

std::vector<Foreign> read_dialect(const std::string& name) {
  std::ifstream in(std::string(SPRINT_SEEDS_DIR "/") + name + ".jsonl");
  std::vector<Foreign> all;
  for (std::string record; std::getline(in, record);) all.push_back(foreign_of(record));
  return all;
}

/// "closed"; "error N" or "result": answered; "told": the owner is; "ignored".
std::string class_of(const Reaction& reaction) {
  EXPECT_EQ(reaction.out_of_range, "");
  if (reaction.over) return "closed";
  if (const int code = reaction.error()) return "error " + std::to_string(code);
  if (reaction.output.find("\"result\":") != std::string::npos) return "result";
  return reaction.events.empty() ? "ignored" : "told";
}

class Dialect : public testing::TestWithParam<const char*> {};

TEST_P(Dialect, S7_EachLineGetsItsReactionOnBothSides) {
  const auto all = read_dialect(GetParam());
  ASSERT_GE(all.size(), 40u);
  for (const Foreign& foreign : all) {
    for (int i = 0; i < 2; ++i) {
      const Reaction pool = react_pool(kStates[i], {foreign.line});
      EXPECT_EQ(class_of(pool), foreign.pool[i])
          << kStates[i] << ' ' << foreign.name << pool.text();
      const Reaction miner = react_miner(kStates[i], {foreign.line});
      EXPECT_EQ(class_of(miner), foreign.miner[i])
          << kStates[i] << ' ' << foreign.name << miner.text();
    }
  }
}

TEST_P(Dialect, AWholeSessionOfItHarmsNobody) {
  auto pool = make_server(ServerStage::kNew);
  std::vector<std::string> lines;
  for (const Foreign& foreign : read_dialect(GetParam())) {
    if (foreign.pool[0] != "closed") lines.push_back(foreign.line);
  }
  const Reaction reaction = react(pool, lines);
  EXPECT_FALSE(reaction.over) << reaction.text();
  EXPECT_EQ(reaction.out_of_range, "");
}

INSTANTIATE_TEST_SUITE_P(All, Dialect,
                         testing::Values("stratum_v1", "xmrig", "kaspa", "ethereum_stratum_1",
                                         "ethereum_stratum_2"),
                         [](const auto& dialect) { return std::string(dialect.param); });

}  // namespace
}  // namespace stratum
