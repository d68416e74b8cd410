#include "miner/cli/summary_json.h"

#include <algorithm>
#include <array>
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

const char* word_of(AgainstRaw against) {
  constexpr std::array<const char*, 4> kWords = {"unknown", "agrees", "below", "above"};
  return kWords.at(static_cast<std::size_t>(against));
}

/// In both units; `low` and `high` are null where no difficulty is known.
void write_sampled(JsonLine& line, const SampledRate& nonces, const SampledRate& macs) {
  const auto end = [](const SampledRate& rate, double Interval::*which) {
    return rate.interval ? std::optional(*rate.interval.*which) : std::nullopt;
  };
  line.begin_object().key("nonces_per_s").number(nonces.per_second);
  line.key("nonces_per_s_low").number(end(nonces, &Interval::low));
  line.key("nonces_per_s_high").number(end(nonces, &Interval::high));
  line.key("mac_per_s").number(macs.per_second);
  line.key("mac_per_s_low").number(end(macs, &Interval::low));
  line.key("mac_per_s_high").number(end(macs, &Interval::high));
  line.key("h100").number(poc::h100_equivalents(macs.per_second));
  line.key("against_raw").text(word_of(nonces.against_raw)).end_object();
}

void write_rates(JsonLine& line, const std::optional<HonestRates>& rates) {
  if (!rates) {
    line.null();
    return;
  }
  line.begin_object().key("raw").begin_object();
  line.key("nonces_per_s").number(rates->nonces.raw).key("mac_per_s").number(rates->macs.raw);
  line.key("h100").number(poc::h100_equivalents(rates->macs.raw)).end_object();
  write_sampled(line.key("verified"), rates->nonces.verified, rates->macs.verified);
  write_sampled(line.key("credited"), rates->nonces.credited, rates->macs.credited);
  line.end_object();
}

void write_checks(JsonLine& line, const CreditChecks& checks) {
  line.begin_object().key("sprints").integer(checks.sprints).key("wrong").integer(checks.wrong);
  line.key("unproven").integer(checks.unproven).key("shares").integer(checks.shares);
  line.key("last_wrong").text(checks.last_wrong).end_object();
}

}  // namespace

std::string summary_json(const Snapshot& snapshot) {
  JsonLine line;
  line.begin_object().key("sprints").integer(snapshot.sprints);
  line.key("nonces").integer(snapshot.nonces);
  write_shares(line.key("shares"), snapshot.shares);
  line.key("credit").integer(snapshot.credit);
  write_rates(line.key("rates"), snapshot.rates);
  write_checks(line.key("credit_check"), snapshot.credit_checks);
  write_clock(line.key("clock"), snapshot.pool);
  write_times(line.key("times"), snapshot.times);
  write_losses(line.key("lost"), snapshot.losses);
  line.end_object();
  return line.str();
}

}  // namespace miner
