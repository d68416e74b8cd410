#include "miner/cli/summary_json.h"

#include <algorithm>
#include <chrono>

#include "miner/json_line.h"

namespace miner {
namespace {

std::optional<double> in_milliseconds(const std::optional<base::Micros>& time) {
  if (!time) return std::nullopt;
  return static_cast<double>(time->count()) / 1000;
}

void write_shares(JsonLine& line, const ShareCounts& shares) {
  line.begin_object();
  line.key("pending").integer(shares.pending).key("accepted").integer(shares.accepted);
  line.key("rejected").integer(shares.rejected).key("stale").integer(shares.stale);
  line.key("duplicate").integer(shares.duplicate);
  line.key("hardware_error").integer(shares.hardware_error);
  line.key("withdrawn").integer(shares.withdrawn).key("lost").integer(shares.lost).end_object();
}

void write_clock(JsonLine& line, const PoolSnapshot& pool) {
  line.begin_object();
  line.key("offset_ms").number(in_milliseconds(pool.clock_offset));
  line.key("jitter_ms").number(in_milliseconds(pool.clock_jitter));
  line.key("round_trip_ms").number(in_milliseconds(pool.round_trip)).end_object();
}

void write_spread(JsonLine& line, const std::optional<TimeSpread>& spread) {
  if (!spread) {
    line.null();
    return;
  }
  line.begin_object().key("count").integer(spread->count);
  line.key("p50").number(in_milliseconds(spread->p50));
  line.key("p95").number(in_milliseconds(spread->p95));
  line.key("p99").number(in_milliseconds(spread->p99));
  line.key("worst").number(in_milliseconds(spread->worst)).end_object();
}

void write_times(JsonLine& line, const SubmitTimes& times) {
  line.begin_object();
  write_spread(line.key("found_to_sent_ms"), times.delay);
  write_spread(line.key("sent_to_answered_ms"), times.answer);
  write_spread(line.key("margin_ms"), times.margin);
  line.end_object();
}

void write_loss(JsonLine& line, const Loss& loss) {
  const auto nonces = loss.estimate();
  line.key("device_s").number(std::chrono::duration<double>(loss.time).count());
  line.key("priced_s").number(std::chrono::duration<double>(loss.priced).count());
  if (nonces) {
    line.key("about_nonces").integer(*nonces);
  } else {
    line.key("about_nonces").null();
  }
}

/// "late_announcement".
std::string key_of(LossCause cause) {
  std::string key(name_of(cause));
  std::replace(key.begin(), key.end(), ' ', '_');
  return key;
}

void write_losses(JsonLine& line, const LossTotals& losses) {
  line.begin_object().key("sprints").integer(losses.sprints);
  write_loss(line, sum_of(losses.by_cause));
  for (std::size_t i = 0; i < kLossCauses; ++i) {
    line.key(key_of(static_cast<LossCause>(i))).begin_object();
    write_loss(line, losses.by_cause.at(i));
    line.end_object();
  }
  line.end_object();
}

}  // namespace

std::string summary_json(const Snapshot& snapshot) {
  JsonLine line;
  line.begin_object().key("sprints").integer(snapshot.sprints);
  line.key("nonces").integer(snapshot.nonces);
  write_shares(line.key("shares"), snapshot.shares);
  line.key("credit").integer(snapshot.credit);
  write_clock(line.key("clock"), snapshot.pool);
  write_times(line.key("times"), snapshot.times);
  write_losses(line.key("lost"), snapshot.losses);
  line.end_object();
  return line.str();
}

}  // namespace miner
