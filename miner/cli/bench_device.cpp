#include "miner/cli/bench_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/text_output.h"
#include "miner/range_sizer.h"
#include "poc/reference.h"

namespace miner {
namespace {

constexpr std::uint64_t kReferenceMacPerSecond = 4'000'000'000;  // of one core, roughly
constexpr std::uint64_t kMaxAnswers = 64;
constexpr std::uint64_t kMaxCandidates = 64;  // of the check, where every nonce is one
constexpr std::uint64_t kFirstTimedNonce = std::uint64_t{1} << 32;
constexpr base::Micros kNoDeadline =
    std::chrono::hours(1000);  // ranges are not cut short at the end

double seconds_since(base::SteadyTime start, const base::Clock& clock) {
  return std::chrono::duration<double>(clock.now() - start).count();
}

poc::RaceSpec race_on(const poc::Profile& profile) {
  const auto seed = [](std::string_view text) { return poc::sha256(base::as_bytes(text)); };
  return {{profile, seed("bench model")}, seed("bench start"), seed("bench identity")};
}

std::uint64_t answers_wanted(const poc::Profile& profile) {
  return std::clamp<std::uint64_t>(kReferenceMacPerSecond / profile.mac_per_nonce(), 1,
                                   kMaxAnswers);
}

/// How many of the right answers the race's candidates do not show.
std::uint64_t count_wrong(const RightAnswers& answers, const backends::RangeResult& result) {
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < answers.digests.size(); ++i) {
    const bool right =
        std::any_of(result.candidates.begin(), result.candidates.end(), [&](const auto& candidate) {
          return candidate.nonce == i && candidate.digest == answers.digests[i];
        });
    if (!right) ++wrong;
  }
  return wrong;
}

/// Races the nonces of the answers, in a range like those that are timed.
base::Result<std::uint64_t> check(backends::Device& device, const RightAnswers& answers,
                                  ProgressLine& line) {
  line.update(device.info().id() + ": checking digests against the reference evaluator");
  RETURN_IF_ERROR(device.start(answers.race));
  const std::uint64_t count = std::max<std::uint64_t>(
      answers.digests.size(), std::min<std::uint64_t>(device.group_size(), kMaxCandidates));
  RETURN_IF_ERROR(device.enqueue({0, count, poc::Target::from_difficulty(1)}));
  ASSIGN_OR_RETURN(const backends::RangeResult result, device.collect());
  return count_wrong(answers, result);
}

/// Ranges in flight on a device that is being timed.
class TimedRace {
 public:
  TimedRace(backends::Device& device, const base::Clock& clock) : device_(device), clock_(clock) {}

  /// Fills in the rates over `length` and as long as the last ranges take beyond it.
  base::Status run(base::Micros length, ProgressLine& line, BenchResult& out) {
    RETURN_IF_ERROR(warm_up());
    const base::SteadyTime start = clock_.now();
    const auto bus_before = device_.bus_bytes();
    while (clock_.now() - start < length) {
      RETURN_IF_ERROR(fill());
      RETURN_IF_ERROR(collect());
      const double seconds = seconds_since(start, clock_);
      line.update(fmt::format("{}: racing, {:.0f} s, {}", device_.info().id(), seconds,
                              show_rate(static_cast<double>(done_) / seconds)));
    }
    while (ranges_ > 0) RETURN_IF_ERROR(collect());
    const double seconds = seconds_since(start, clock_);
    out.nonces_per_second = static_cast<double>(done_) / seconds;
    const auto bus = device_.bus_bytes();
    if (bus && bus_before) {
      out.bus_bytes_per_second = static_cast<double>(*bus - *bus_before) / seconds;
    }
    return base::Ok{};
  }

 private:
  /// One group, for a first idea of the rate.
  base::Status warm_up() {
    RETURN_IF_ERROR(fill());
    RETURN_IF_ERROR(collect());
    done_ = 0;
    return base::Ok{};
  }

  base::Status fill() {
    while (ranges_ < 2) {
      const std::uint64_t count =
          size_range(rate_.nonces_per_second(), device_.group_size(), kNoDeadline, in_flight_);
      if (count == 0) break;
      RETURN_IF_ERROR(device_.enqueue({next_, count, poc::Target::none()}));
      next_ += count;
      in_flight_ += count;
      ++ranges_;
    }
    return base::Ok{};
  }

  base::Status collect() {
    ASSIGN_OR_RETURN(const backends::RangeResult result, device_.collect());
    --ranges_;
    in_flight_ -= result.range.count;
    if (result.evaluated != result.range.count) {
      return base::device_fault(fmt::format("{} computed {} of {} nonces", device_.info().id(),
                                            result.evaluated, result.range.count));
    }
    done_ += result.evaluated;
    rate_.add(result.evaluated, result.busy);
    return base::Ok{};
  }

  backends::Device& device_;
  const base::Clock& clock_;
  RateEstimate rate_;
  std::uint64_t next_ = kFirstTimedNonce;
  std::uint64_t in_flight_ = 0;  // nonces
  std::uint32_t ranges_ = 0;     // in flight
  std::uint64_t done_ = 0;
};

}  // namespace

base::Result<const RightAnswers*> AnswerBook::answers(const poc::Profile& profile,
                                                      ProgressLine& line) {
  for (const RightAnswers& page : pages_) {
    if (page.race.model.profile == profile) return &page;
  }
  RETURN_IF_ERROR(check_reference_memory(profile));
  if (profile.mac_per_nonce() > kReferenceMacPerSecond) {
    line.announce("computing a nonce of " + poc::to_string(profile) + " (" +
                  show_bytes(profile.weights_bytes()) +
                  " of weights) by the reference evaluator, to check against");
  }
  RightAnswers page{race_on(profile), {}};
  ASSIGN_OR_RETURN(const auto model, poc::ReferenceModel::make(page.race.model));
  for (std::uint64_t nonce = 0; nonce < answers_wanted(profile); ++nonce) {
    page.digests.push_back(poc::evaluate(model, poc::input_key(page.race, nonce)));
  }
  pages_.push_back(std::move(page));
  return &pages_.back();
}

base::Result<BenchResult> bench_device(backends::Device& device, const RightAnswers& answers,
                                       base::Micros length, const base::Clock& clock,
                                       ProgressLine& line) {
  BenchResult out;
  const base::SteadyTime start = clock.now();
  RETURN_IF_ERROR(prepare_device(device, answers.race.model, line));
  out.weights_seconds = seconds_since(start, clock);
  ASSIGN_OR_RETURN(out.mismatches, check(device, answers, line));
  out.checked = answers.digests.size();
  if (out.mismatches == 0) {
    out.plan = device.plan();
    RETURN_IF_ERROR(TimedRace(device, clock).run(length, line, out));
  }
  device.rest();
  return out;
}

}  // namespace miner
