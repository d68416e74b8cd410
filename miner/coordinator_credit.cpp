// The coordinator's part that is about credit: results, what they are held against, and what the
// user is told of them.
#include <utility>

#include "miner/coordinator.h"
#include "poc/keys.h"

namespace miner {
namespace {

// What is asked of every pool, two requests a sprint: who leaves out a tenth of the shares is found
// in more than every second sprint.
constexpr std::size_t kFewProofs = 8;
constexpr std::size_t kAllProofs = 256;

template <class T>
std::optional<T> told(const std::optional<Interval>& interval, T Interval::*end) {
  return interval ? std::optional<T>(*interval.*end) : std::nullopt;
}

}  // namespace

void Coordinator::set_check_credit(bool all) {
  credit_.set_most_shares(all ? kAllProofs : kFewProofs);
}

void Coordinator::accepted(std::size_t pool, const std::string& sprint,
                           const stratum::ShareClaim& share, std::uint64_t difficulty) {
  credit_.accepted(pool, sprint, share, difficulty);
}

void Coordinator::on(const stratum::client::StatusTold& event) {
  credit_.told(event.status);
}

void Coordinator::on(const stratum::client::StatusRefused& event) {
  credit_.refused(event.sprint, event.error, now_);
}

void Coordinator::on(const stratum::client::Credited& event) {
  const stratum::SprintResult& result = event.result;
  const Scheduler::Sprint* sprint = raced_here(result.sprint);
  const bool late = sprint == nullptr && desk_.awaits(result.sprint);
  if (sprint == nullptr && !late) return;
  of_use_ = true;
  last_result_ = now_;
  const base::SteadyTime t_end = late ? now_ : raced_.at(sprint->key).t_end;
  credit_.open(pool_, poc::sha256(base::as_bytes(session_->account())), result, t_end,
               late ? std::nullopt : sprint->announcement.draw);
  desk_.credited(result);
  const WeightedCount shares = credit_.begin(pool_, result.sprint);
  if (late) {
    log_.info("sprint credited after all", {{"sprint", result.sprint},
                                            {"credit_nonces", result.credit},
                                            {"all_nonces", result.total}});
    return record_late(result, shares);
  }
  scheduler_.over(result.sprint);
  record(sprint->key, Paid{result.credit, shares});
  log_credited(records_.back(), result.total);
}

void Coordinator::log_credited(const SprintRecord& record, std::uint64_t total) const {
  const ThreeRates rates = record.rates ? record.rates->nonces : ThreeRates();
  const std::optional<Interval>& interval = rates.credited.interval;
  const double mac_per_nonce = static_cast<double>(record.profile.mac_per_nonce());
  log_.info("sprint credited",
            {{"sprint", record.id},
             {"credit_nonces", record.credit.value_or(0)},
             {"all_nonces", total},
             {"raw_per_s", rates.raw},
             {"verified_per_s", rates.verified.per_second},
             {"credited_per_s", rates.credited.per_second},
             {"from", told(interval, &Interval::low)},
             {"to", told(interval, &Interval::high)},
             {"h100", poc::h100_equivalents(rates.credited.per_second * mac_per_nonce)}});
}

}  // namespace miner
