#include <gtest/gtest.h>

#include "miner/cli/summary_json.h"
#include "tests/miner/cli_run.h"

namespace miner {
namespace {

using cli_run::json;
using cli_run::names;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SummaryJson, OfNothing) {
  EXPECT_EQ(summary_json({}),
            "{\"sprints\":0,\"nonces\":0,\"shares\":{\"pending\":0,\"accepted\":0,\"rejected\":0,"
            "\"stale\":0,\"duplicate\":0,\"hardware_error\":0,\"withdrawn\":0,\"lost\":0},"
            "\"credit\":0,\"rates\":null,\"credit_check\":{\"sprints\":0,\"wrong\":0,"
            "\"unproven\":0,\"shares\":0,\"last_wrong\":\"\"},\"clock\":{\"offset_ms\":null,"
            "\"jitter_ms\":null,"
            "\"round_trip_ms\":null},\"times\":{\"found_to_sent_ms\":null,"
            "\"sent_to_answered_ms\":null,\"margin_ms\":null},\"lost\":{\"sprints\":0,"
            "\"device_s\":0.0,\"priced_s\":0.0,\"about_nonces\":null,"
            "\"late_announcement\":{\"device_s\":0.0,\"priced_s\":0.0,\"about_nonces\":null},"
            "\"weights_not_ready\":{\"device_s\":0.0,\"priced_s\":0.0,\"about_nonces\":null},"
            "\"network\":{\"device_s\":0.0,\"priced_s\":0.0,\"about_nonces\":null},"
            "\"device\":{\"device_s\":0.0,\"priced_s\":0.0,\"about_nonces\":null},"
            "\"pool\":{\"device_s\":0.0,\"priced_s\":0.0,\"about_nonces\":null}}}");
}

TEST(SummaryJson, EveryNumberIsInItsPlace) {
  Snapshot s;
  s.pool.clock_offset = base::Micros(-420);
  s.pool.clock_jitter = base::Micros(55);
  s.pool.round_trip = base::Micros(23'100);
  s.times.delay = TimeSpread{9, milliseconds(1), milliseconds(2), milliseconds(3), milliseconds(4)};
  s.times.margin = TimeSpread{8, seconds(5), milliseconds(400), milliseconds(30), milliseconds(-2)};
  s.losses.sprints = 2;
  s.losses.by_cause[1] = {seconds(2), seconds(2), 41'234};
  s.losses.by_cause[2] = {milliseconds(500), base::Micros(0), 0};
  const auto document = json(summary_json(s));
  EXPECT_EQ(document["clock"]["offset_ms"].GetDouble(), -0.42);
  EXPECT_EQ(document["clock"]["jitter_ms"].GetDouble(), 0.055);
  EXPECT_EQ(document["clock"]["round_trip_ms"].GetDouble(), 23.1);
  const auto& times = document["times"];
  EXPECT_EQ(names(times["found_to_sent_ms"]), "count p50 p95 p99 worst");
  EXPECT_EQ(times["found_to_sent_ms"]["count"].GetUint64(), 9U);
  EXPECT_EQ(times["found_to_sent_ms"]["p95"].GetDouble(), 2.0);
  EXPECT_TRUE(times["sent_to_answered_ms"].IsNull());
  EXPECT_EQ(times["margin_ms"]["p50"].GetDouble(), 5000.0);
  EXPECT_EQ(times["margin_ms"]["worst"].GetDouble(), -2.0);
  const auto& lost = document["lost"];
  EXPECT_EQ(lost["sprints"].GetUint64(), 2U);
  EXPECT_EQ(lost["device_s"].GetDouble(), 2.5);
  EXPECT_EQ(lost["priced_s"].GetDouble(), 2.0);
  EXPECT_EQ(lost["about_nonces"].GetUint64(), 41'000U);
  EXPECT_EQ(lost["weights_not_ready"]["about_nonces"].GetUint64(), 41'000U);
  EXPECT_EQ(lost["network"]["device_s"].GetDouble(), 0.5);
  EXPECT_EQ(lost["network"]["priced_s"].GetDouble(), 0.0);
  EXPECT_TRUE(lost["network"]["about_nonces"].IsNull()) << "no rate is known";
}

TEST(SummaryJson, RatesComeInBothUnitsWithTheirIntervals) {
  WeightedCount shares;
  for (int i = 0; i < 100; ++i) shares.add(1000);
  Snapshot s;
  s.rates = rates_of(work_of(seconds(10), 1e9, 100'000, shares, 50'000));
  s.credit_checks = {3, 1, 2, 24, "pool, sprint s-1: nothing right"};
  const auto document = json(summary_json(s));
  const auto& rates = document["rates"];
  EXPECT_EQ(names(rates), "raw verified credited");
  EXPECT_EQ(rates["raw"]["nonces_per_s"].GetDouble(), 10'000.0);
  EXPECT_EQ(rates["raw"]["mac_per_s"].GetDouble(), 1e13);
  EXPECT_NEAR(rates["raw"]["h100"].GetDouble(), 1e13 / 651e12, 1e-9);
  const auto& verified = rates["verified"];
  EXPECT_EQ(names(verified),
            "nonces_per_s nonces_per_s_low nonces_per_s_high mac_per_s mac_per_s_low "
            "mac_per_s_high h100 against_raw");
  EXPECT_NEAR(verified["nonces_per_s_low"].GetDouble(), 8136.4, 0.1);
  EXPECT_NEAR(verified["nonces_per_s_high"].GetDouble(), 12162.7, 0.1);
  EXPECT_NEAR(verified["mac_per_s_high"].GetDouble(), 12162.7e9, 1e8);
  EXPECT_STREQ(verified["against_raw"].GetString(), "agrees");
  EXPECT_EQ(rates["credited"]["nonces_per_s"].GetDouble(), 5000.0);
  EXPECT_STREQ(rates["credited"]["against_raw"].GetString(), "below");
  const auto& checks = document["credit_check"];
  EXPECT_EQ(checks["sprints"].GetUint64(), 3U);
  EXPECT_EQ(checks["wrong"].GetUint64(), 1U);
  EXPECT_EQ(checks["unproven"].GetUint64(), 2U);
  EXPECT_EQ(checks["shares"].GetUint64(), 24U);
  EXPECT_STREQ(checks["last_wrong"].GetString(), "pool, sprint s-1: nothing right");
}

}  // namespace
}  // namespace miner
