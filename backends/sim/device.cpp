#include "backends/sim/device.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/check.h"
#include "poc/reference.h"

namespace backends::sim {

SimDevice::SimDevice(DeviceInfo info, const DeviceSettings& settings, std::shared_ptr<Card> card,
                     std::unique_ptr<CancelSignal> cancel)
    : info_(std::move(info)),
      settings_(settings),
      card_(std::move(card)),
      cancel_(std::move(cancel)),
      faults_(settings.fault),
      pacer_(settings.rate),
      models_(card_->memory_bytes()) {}

SimDevice::~SimDevice() {
  models_.clear();
  account_memory();
}

/// Every call's beginning: the owner's thread, and a lost device answers nothing.
base::Status SimDevice::check_here() {
  owner_.assert_here();
  if (!faults_.active(FaultKind::kLost)) return base::Ok{};
  in_flight_.clear();
  return base::device_fault("the simulated device is lost");
}

void SimDevice::account_memory() {
  const auto used = static_cast<std::int64_t>(models_.used_bytes());
  card_->add_memory_used(used - memory_shown_);
  memory_shown_ = used;
}

base::Result<PrepareProgress> SimDevice::prepare(const poc::ModelSpec& model) {
  RETURN_IF_ERROR(check_here());
  if (faults_.active(FaultKind::kNoMemory) && models_.use(model) == nullptr) {
    return base::no_memory("the simulated device is out of memory");
  }
  constexpr std::chrono::milliseconds kStep(20);  // at most 50, one slice more included
  auto progress = models_.prepare(model, clock_.now() + kStep);
  account_memory();
  return progress;
}

base::Status SimDevice::start(const poc::RaceSpec& race) {
  CHECK(in_flight_.empty());
  RETURN_IF_ERROR(check_here());
  CHECK(models_.use(race.model) != nullptr);
  models_.pin(race.model);
  race_ = race;
  race_cancels_ = cancel_->count();
  return base::Ok{};
}

base::Status SimDevice::enqueue(const NonceRange& range) {
  CHECK(in_flight_.size() < 2);
  RETURN_IF_ERROR(check_here());
  CHECK(race_.has_value());
  in_flight_.push_back({range, clock_.now()});
  return base::Ok{};
}

base::Result<RangeResult> SimDevice::collect() {
  RETURN_IF_ERROR(check_here());
  CHECK(!in_flight_.empty());
  const Work work = in_flight_.front();
  in_flight_.pop_front();
  const poc::ReferenceModel* model = models_.use(race_->model);
  CHECK(model != nullptr);
  // With a rate, the device works from when it was given the range, whenever that is collected.
  const base::SteadyTime began =
      settings_.rate > 0 ? std::max(work.enqueued, last_end_) : clock_.now();
  pacer_.begin(began);
  RangeResult result;
  result.range = work.range;
  compute(*model, result);
  RETURN_IF_ERROR(check_here());
  last_end_ = clock_.now();
  result.busy = last_end_ - began;
  return result;
}

void SimDevice::compute(const poc::ReferenceModel& model, RangeResult& result) {
  for (std::uint64_t i = 0; i < result.range.count; ++i) {
    if (ends_now(race_cancels_)) break;
    const base::SteadyTime began = clock_.now();
    const std::uint64_t nonce = result.range.first + i;
    const poc::InputKey key = poc::input_key(*race_, nonce);
    judge(key, {nonce, poc::evaluate(model, key)}, result);
    ++result.evaluated;
    finish_nonce(began, race_cancels_);
  }
}

/// Adds the nonce to the candidates if it is one, or as the device's fault has it.
void SimDevice::judge(const poc::InputKey& key, Candidate computed, RangeResult& result) {
  const NonceRange& range = result.range;
  if (!range.target.met_by(poc::make_ticket(key, computed.digest))) {
    if (faults_.strikes(FaultKind::kBadTicket)) result.candidates.push_back(computed);
    return;
  }
  if (faults_.strikes(FaultKind::kWrongDigest)) {
    computed.digest = false_digest(key, computed.digest, range.target,
                                   [&] { return cancel_->count() > race_cancels_; });
  }
  if (faults_.strikes(FaultKind::kBadNonce)) computed.nonce = range.first + range.count;
  result.candidates.push_back(computed);
}

base::Result<std::vector<poc::Digest>> SimDevice::evaluate(const poc::ModelSpec& model,
                                                           std::span<const poc::InputKey> keys) {
  CHECK(in_flight_.empty());
  const std::uint64_t seen = cancel_->count();
  RETURN_IF_ERROR(check_here());
  const poc::ReferenceModel* weights = models_.use(model);
  CHECK(weights != nullptr);
  pacer_.begin(clock_.now());
  std::vector<poc::Digest> digests;
  for (const poc::InputKey& key : keys) {
    if (ends_now(seen)) {
      RETURN_IF_ERROR(check_here());
      return base::unavailable("cancelled");
    }
    const base::SteadyTime began = clock_.now();
    digests.push_back(poc::evaluate(*weights, key));
    if (faults_.strikes(FaultKind::kWrongDigest)) digests.back()[0] ^= 1;
    finish_nonce(began, seen);
  }
  return digests;
}

/// Asked before each nonce: cancelled since `seen`, lost, or hanging, which lasts until a cancel.
bool SimDevice::ends_now(std::uint64_t seen) {
  if (cancel_->count() > seen) return true;
  if (faults_.active(FaultKind::kHang)) {
    cancel_->wait(seen);
    std::this_thread::sleep_for(faults_.plan().hang);
    return true;
  }
  return faults_.active(FaultKind::kLost);
}

/// Waits until a nonce that was begun then may be done, or a cancel.
void SimDevice::finish_nonce(base::SteadyTime began, std::uint64_t seen) {
  const bool slow = faults_.active(FaultKind::kSlow);
  faults_.count_nonce();
  const base::SteadyTime now = clock_.now();
  const base::SteadyTime due = pacer_.nonce_due(began, now, slow);
  constexpr base::Micros kShortestWait(1000);  // what is less, a later nonce waits for
  if (due - now >= kShortestWait) cancel_->wait_until(due, seen);
  card_->add_busy(clock_.now() - began);
}

void SimDevice::rest() noexcept {
  CHECK(in_flight_.empty());
  models_.clear();
  race_.reset();
  account_memory();
}

}  // namespace backends::sim
