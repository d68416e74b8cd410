#include "miner/honest_rates.h"

namespace miner {
namespace {

WeightedCount scaled_by(const WeightedCount& count, double factor) {
  return {count.sum * factor, count.squares * factor * factor, count.largest * factor};
}

Tally scaled_by(const Tally& tally, double factor) {
  return {tally.computed * factor, scaled_by(tally.verified, factor),
          scaled_by(tally.credited, factor)};
}

/// As many shares as make up the credit, of D as ours have it.
WeightedCount credited_as(const WeightedCount& ours, double credit) {
  const double mean_weight = ours.sum > 0 ? ours.squares / ours.sum : ours.largest;
  return {credit, credit * mean_weight, ours.largest};
}

SampledRate estimate_of(const WeightedCount& count, double computed, double seconds) {
  SampledRate estimate;
  estimate.per_second = count.sum / seconds;
  const std::optional<Interval> interval = interval_95(count);
  if (!interval) return estimate;
  estimate.interval = Interval{interval->low / seconds, interval->high / seconds};
  estimate.against_raw = interval->holds(computed)   ? AgainstRaw::kAgrees
                         : interval->high < computed ? AgainstRaw::kBelow
                                                     : AgainstRaw::kAbove;
  return estimate;
}

ThreeRates three_rates(const Tally& tally, double seconds) {
  return {tally.computed / seconds, estimate_of(tally.verified, tally.computed, seconds),
          estimate_of(tally.credited, tally.computed, seconds)};
}

}  // namespace

Tally& Tally::operator+=(const Tally& more) {
  computed += more.computed;
  verified += more.verified;
  credited += more.credited;
  return *this;
}

SprintWork& SprintWork::operator+=(const SprintWork& more) {
  raced += more.raced;
  nonces += more.nonces;
  macs += more.macs;
  return *this;
}

SprintWork work_of(base::Micros raced, double mac_per_nonce, std::uint64_t nonces,
                   const WeightedCount& verified, std::optional<std::uint64_t> credit) {
  const Tally tally{static_cast<double>(nonces), verified,
                    credited_as(verified, static_cast<double>(credit.value_or(0)))};
  return {raced, tally, scaled_by(tally, mac_per_nonce)};
}

std::optional<HonestRates> rates_of(const SprintWork& work) {
  if (work.raced <= base::Micros(0)) return std::nullopt;
  const double seconds = base::in_seconds(work.raced);
  return HonestRates{three_rates(work.nonces, seconds), three_rates(work.macs, seconds)};
}

}  // namespace miner
