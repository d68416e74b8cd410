#include "backends/opencl/device.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/check.h"

namespace backends::opencl {
namespace {

using std::chrono::milliseconds;

/// One step of `prepare`: how long the weights may take that are launched before the clock is
/// looked at again, behind what the race has on the queue; and after what time no more are.
constexpr base::Micros kWeightsLaunch = milliseconds(8);
constexpr base::Micros kPrepareStep = milliseconds(10);

constexpr std::size_t kMostInFlight = 2;

/// Digests asked for in one go.
constexpr std::uint32_t kMostKeys = 1024;

/// Of launches of no group.
constexpr std::uint64_t kWeightsTag = 0;

/// Of work that was launched already: no smaller group would mend it.
base::Error as_fault(const base::Error& error) {
  return error.fault == base::Fault::kNoMemory ? base::device_fault(error.message) : error;
}

}  // namespace

void OpenClDevice::cancel() noexcept {
  const std::uint64_t generation = generation_.load();
  std::uint64_t before = cancelled_.load();
  while (before < generation && !cancelled_.compare_exchange_weak(before, generation)) {
  }
}

base::Result<PrepareProgress> OpenClDevice::prepare(const poc::ModelSpec& spec) {
  owner_.assert_here();
  ASSIGN_OR_RETURN(Model * model, models_.take(spec));
  const base::SteadyTime deadline = parts_.clock->now() + kPrepareStep;
  while (!model->ready()) {
    RETURN_IF_ERROR(forward_.make_weights(*model, kWeightsLaunch, kWeightsTag));
    const std::uint64_t piece = stream_.handed_over();
    RETURN_IF_ERROR(keep_busy());
    while (stream_.ended() < piece) RETURN_IF_ERROR(wait_oldest());
    if (parts_.clock->now() >= deadline) break;
  }
  RETURN_IF_ERROR(keep_busy());
  return model->progress();
}

base::Status OpenClDevice::start(const poc::RaceSpec& race) {
  owner_.assert_here();
  CHECK(pending_.empty());
  const Model* model = models_.find(race.model);
  CHECK(model != nullptr && model->ready());
  race_.reset();  // its model may have to go
  if (const auto was = std::exchange(no_room_, std::nullopt);
      was && was->profile == race.model.profile) {
    return was->reason;
  }
  models_.race(model);
  if (shrunk_) forward_.release();  // there may be room again
  RETURN_IF_ERROR(fit(*model));
  RETURN_IF_ERROR(forward_.set_race(race));
  race_.emplace(Race{race, model, ++generation_});
  return base::Ok{};
}

base::Status OpenClDevice::enqueue(const NonceRange& range) {
  owner_.assert_here();
  CHECK(race_.has_value() && pending_.size() < kMostInFlight);
  // `evaluate` may have fitted another profile.
  if (pending_.empty()) RETURN_IF_ERROR(fit(*race_->model));
  pending_.push_back({});
  pending_.back().result.range = range;
  return keep_busy();
}

/// Hands over launches as long as the queue admits any, from the oldest range that has nonces left.
base::Status OpenClDevice::keep_busy() {
  if (!race_) return stream_.flush();
  while (!race_->stopped && !is_cancelled(race_->generation)) {
    if (!forward_.under_way()) {
      ASSIGN_OR_RETURN(const bool begun, begin_next());
      if (!begun) break;
    }
    const auto launched = forward_.feed();
    if (!launched.ok()) {
      RETURN_IF_ERROR(shrink(launched.error()));
    } else if (!*launched) {
      break;
    }
  }
  const base::Status flushed = stream_.flush();
  return flushed.ok() ? flushed : as_fault(flushed.error());
}

/// Begins the next group, if there is one and a slot for it.
base::Result<bool> OpenClDevice::begin_next() {
  const auto pending = std::find_if(pending_.begin(), pending_.end(), [](const Pending& range) {
    return range.begun < range.result.range.count;
  });
  if (pending == pending_.end() || running_.size() == Forward::kSlots) return false;
  const NonceRange& range = pending->result.range;
  Group group;
  group.model = race_->model;
  group.first_nonce = range.first + pending->begun;
  group.count = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(range.count - pending->begun, forward_.fitted()));
  group.target = range.target;
  group.slot = next_slot_;
  group.tag = next_tag_;
  RETURN_IF_ERROR(forward_.begin(group));
  running_.push_back({group.tag, group.slot, group.first_nonce, group.count});
  next_slot_ = (next_slot_ + 1) % Forward::kSlots;
  ++next_tag_;
  pending->begun += group.count;
  ++pending->groups;
  return true;
}

/// The range that the oldest group on the queue is a part of.
OpenClDevice::Pending& OpenClDevice::owner_of_oldest() {
  const auto owner = std::find_if(pending_.begin(), pending_.end(),
                                  [](const Pending& pending) { return pending.groups > 0; });
  CHECK(owner != pending_.end());
  return *owner;
}

/// Waits for the oldest launch or read on the queue, and takes in the group that it ends.
base::Status OpenClDevice::wait_oldest() {
  const auto waited = stream_.wait_oldest();
  if (!waited.ok()) return as_fault(waited.error());
  const Finished& finished = *waited;
  if (running_.empty() || finished.tag != running_.front().tag) return base::Ok{};
  owner_of_oldest().result.busy += finished.busy;
  if (!finished.is_read) return base::Ok{};
  const Running group = running_.front();
  running_.pop_front();
  return gather(group);
}

base::Status OpenClDevice::gather(const Running& group) {
  const auto list = forward_.found(group.slot, group.count);
  if (!list.ok()) return as_fault(list.error());
  Pending& owner = owner_of_oldest();
  --owner.groups;
  owner.result.evaluated += group.count;
  for (const FoundNonce& found : *list) {
    Candidate candidate;
    candidate.nonce = group.first + found.index;
    std::copy(std::begin(found.digest), std::end(found.digest), candidate.digest.begin());
    owner.result.candidates.push_back(candidate);
  }
  return base::Ok{};
}

base::Result<RangeResult> OpenClDevice::collect() {
  owner_.assert_here();
  CHECK(!pending_.empty());
  while (!pending_.front().done(*race_)) {
    if (is_cancelled(race_->generation)) {
      race_->stopped = true;
      RETURN_IF_ERROR(end_under_way());
      continue;
    }
    RETURN_IF_ERROR(keep_busy());
    if (!stream_.empty()) RETURN_IF_ERROR(wait_oldest());
  }
  RangeResult result = std::move(pending_.front().result);
  pending_.pop_front();
  return result;
}

base::Result<std::vector<poc::Digest>> OpenClDevice::evaluate(const poc::ModelSpec& spec,
                                                              std::span<const poc::InputKey> keys) {
  owner_.assert_here();
  CHECK(pending_.empty());
  const Model* model = models_.find(spec);
  CHECK(model != nullptr && model->ready());
  ++generation_;  // first: a cancel while memory is taken counts
  RETURN_IF_ERROR(fit(*model));
  std::vector<poc::Digest> digests;
  digests.reserve(keys.size());
  while (!keys.empty()) {
    const std::size_t most = std::min(kMostKeys, forward_.fitted());
    const auto part = keys.first(std::min(keys.size(), most));
    const base::Status done = run_keys(*model, part, digests);
    if (!done.ok()) {
      forward_.abandon();
      if (done.error().fault != base::Fault::kNoMemory) return done.error();
      while (!stream_.empty()) RETURN_IF_ERROR(wait_oldest());
      RETURN_IF_ERROR(fit_smaller(done.error()));
      continue;
    }
    keys = keys.subspan(part.size());
  }
  return digests;
}

/// The digests of one group of keys, in their order.
base::Status OpenClDevice::run_keys(const Model& model, std::span<const poc::InputKey> keys,
                                    std::vector<poc::Digest>& digests) {
  Group group;
  group.model = &model;
  group.keys = keys;
  group.count = static_cast<std::uint32_t>(keys.size());
  group.all = true;
  group.tag = next_tag_++;
  RETURN_IF_ERROR(forward_.begin(group));
  while (forward_.under_way() || !stream_.empty()) {
    if (is_cancelled(generation_)) {
      forward_.abandon();
      while (!stream_.empty()) RETURN_IF_ERROR(wait_oldest());
      return base::unavailable(info().label() + ": cancelled");
    }
    bool admitted = forward_.under_way();
    while (admitted && forward_.under_way()) {
      ASSIGN_OR_RETURN(admitted, forward_.feed());
    }
    RETURN_IF_ERROR(stream_.flush());
    if (!stream_.empty()) RETURN_IF_ERROR(wait_oldest());
  }
  ASSIGN_OR_RETURN(const auto found, forward_.found(group.slot, group.count));
  if (found.size() != keys.size()) {
    return base::device_fault(info().label() + ": " + std::to_string(found.size()) +
                              " digests came back of " + std::to_string(keys.size()));
  }
  const std::size_t first = digests.size();
  digests.resize(first + keys.size());
  for (const FoundNonce& one : found) {
    std::copy(std::begin(one.digest), std::end(one.digest), digests[first + one.index].begin());
  }
  return base::Ok{};
}

void OpenClDevice::rest() noexcept {
  owner_.assert_here();
  CHECK(pending_.empty());
  forward_.abandon();
  static_cast<void>(stream_.finish());
  race_.reset();
  forward_.release();
  models_.clear();
}

}  // namespace backends::opencl
