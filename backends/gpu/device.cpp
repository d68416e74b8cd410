#include "backends/gpu/device.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/check.h"

namespace backends::gpu {
namespace {

/// One step of `prepare`: what is launched before the clock is looked at again, and the time after
/// which no more is: the 50 ms allowed, less what one more launch may take on the slowest card.
constexpr std::uint64_t kStepBytes = 32 << 20;
constexpr base::Micros kPrepareStep = std::chrono::milliseconds(30);

constexpr std::size_t kMostInFlight = 2;

/// Digests asked for in one go: their keys travel in one upload.
constexpr std::uint32_t kMostKeys = 1024;

}  // namespace

base::Result<std::unique_ptr<Device>> GpuDevice::open(DeviceParts parts) {
  RETURN_IF_ERROR(parts.driver->enter());
  ASSIGN_OR_RETURN(const Kernels kernels, Kernels::load(*parts.driver, parts.capacity.path));
  std::unique_ptr<GpuDevice> device(new GpuDevice(std::move(parts), kernels));
  RETURN_IF_ERROR(device->init());
  return std::unique_ptr<Device>(std::move(device));
}

GpuDevice::GpuDevice(DeviceParts parts, const Kernels& kernels)
    : parts_(std::move(parts)),
      kernels_(kernels),
      models_(*parts_.driver, parts_.keep_free_bytes),
      forward_(*parts_.driver, kernels, parts_.capacity.path, parts_.capacity.processors) {}

/// What is under way still reads and writes memory that goes next; a card that no longer answers
/// does not.
GpuDevice::~GpuDevice() {
  if (!ready_ || !parts_.driver->enter().ok()) return;
  cancel();
  static_cast<void>(parts_.driver->finish(Queue::kRace));
  static_cast<void>(parts_.driver->finish(Queue::kModels));
}

base::Status GpuDevice::init() {
  RETURN_IF_ERROR(forward_.prepare());
  for (std::uint32_t i = 0; i < Forward::kSlots; ++i) {
    ASSIGN_OR_RETURN(began_[i], parts_.driver->make_event());
    ASSIGN_OR_RETURN(ended_[i], parts_.driver->make_event());
  }
  ready_ = true;
  return base::Ok{};
}

std::uint32_t GpuDevice::group_size() const {
  if (race_ && forward_.fitted() != 0) return forward_.fitted();
  if (parts_.group != 0) return parts_.group;
  return plan_group(poc::Profile{1, POC_SIZE_STEP, POC_SIZE_STEP}, parts_.capacity);
}

std::string GpuDevice::plan() const {
  if (!race_) return "";
  constexpr std::uint64_t kMegabyte = 1'000'000;
  const poc::Profile& profile = race_->spec.model.profile;
  const std::uint32_t wanted =
      parts_.group != 0 ? parts_.group : plan_group(profile, parts_.capacity);
  const std::uint32_t group = forward_.fitted();
  std::string text = "groups of " + std::to_string(group) + " nonces";
  if (group < wanted) text += ", not " + std::to_string(wanted) + ", for want of memory";
  return text + ": " + std::to_string(group_bytes(profile, group) / kMegabyte) +
         " MB beside weights of " + std::to_string(profile.weights_bytes() / kMegabyte) + " MB";
}

base::Result<PrepareProgress> GpuDevice::prepare(const poc::ModelSpec& spec) {
  owner_.assert_here();
  RETURN_IF_ERROR(parts_.driver->enter());
  ASSIGN_OR_RETURN(Model * model, models_.take(spec));
  const base::SteadyTime deadline = parts_.clock->now() + kPrepareStep;
  while (!model->ready()) {
    RETURN_IF_ERROR(model->make_some(kernels_.make_weights, kStepBytes));
    RETURN_IF_ERROR(parts_.driver->finish(Queue::kModels));
    if (parts_.clock->now() >= deadline) break;
  }
  return model->progress();
}

/// Takes memory for groups of the profile: as many nonces as planned, or as memory allows. Before
/// they become smaller than a quarter, a model other than `model` and the raced one goes.
base::Status GpuDevice::fit(const Model& model) {
  const poc::Profile& profile = model.spec().profile;
  if (forward_.fits(profile)) return base::Ok{};
  forward_.release();
  const std::uint32_t wanted =
      parts_.group != 0 ? parts_.group : plan_group(profile, parts_.capacity);
  std::uint32_t nonces = 0;
  do {
    ASSIGN_OR_RETURN(const MemoryState memory, parts_.driver->memory());
    const std::uint64_t free = memory.free_bytes;
    nonces = fit_group(profile, wanted, free - std::min(free, parts_.keep_free_bytes));
  } while (nonces < wanted / 4 + 1 && models_.drop_one(&model));
  if (nonces == 0) {
    RETURN_IF_ERROR(check_room(*parts_.driver, "groups of profile " + to_string(profile),
                               group_bytes(profile, 1), parts_.keep_free_bytes));
    nonces = 1;  // somebody gave memory back between the two looks
  }
  auto fitted = forward_.fit(profile, nonces);
  while (!fitted.ok() && fitted.error().fault == base::Fault::kNoMemory && nonces > 1) {
    nonces /= 2;  // free, but in pieces
    fitted = forward_.fit(profile, nonces);
  }
  return fitted;
}

base::Status GpuDevice::start(const poc::RaceSpec& race) {
  owner_.assert_here();
  CHECK(pending_.empty());
  RETURN_IF_ERROR(parts_.driver->enter());
  const Model* model = models_.find(race.model);
  CHECK(model != nullptr && model->ready());
  race_.reset();  // its model may have to go
  models_.race(model);
  RETURN_IF_ERROR(fit(*model));
  race_.emplace(Race{race, model, ++generation_});
  return base::Ok{};
}

base::Status GpuDevice::enqueue(const NonceRange& range) {
  owner_.assert_here();
  CHECK(race_.has_value() && pending_.size() < kMostInFlight);
  RETURN_IF_ERROR(parts_.driver->enter());
  // `evaluate` may have fitted another profile.
  if (pending_.empty()) RETURN_IF_ERROR(fit(*race_->model));
  pending_.push_back({});
  pending_.back().result.range = range;
  base::Status launched = launch_more();
  // The range was taken: what is missing now is no room for it.
  if (!launched.ok() && launched.error().fault == base::Fault::kNoMemory) {
    return base::device_fault(launched.message());
  }
  return launched;
}

/// Drivers take about a thousand launches before `launch` waits, spinning, for the first to end.
std::size_t GpuDevice::groups_at_a_time() const {
  constexpr std::uint32_t kMostLaunches = 900;
  const std::uint32_t each = Forward::launches(race_->spec.model.profile);
  return std::clamp<std::uint32_t>(kMostLaunches / each, 1, Forward::kSlots);
}

/// Keeps the queue filled, from the oldest range that has nonces left.
base::Status GpuDevice::launch_more() {
  for (Pending& pending : pending_) {
    while (!race_->stopped && running_.size() < groups_at_a_time() &&
           pending.launched < pending.result.range.count) {
      RETURN_IF_ERROR(launch_group(pending));
    }
  }
  return base::Ok{};
}

base::Status GpuDevice::launch_group(Pending& pending) {
  const NonceRange& range = pending.result.range;
  const std::uint32_t slot = next_slot_;
  Group group;
  group.model = race_->model;
  group.race = &race_->spec;
  group.first_nonce = range.first + pending.launched;
  group.count = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(range.count - pending.launched, forward_.fitted()));
  group.target = range.target;
  group.generation = race_->generation;
  RETURN_IF_ERROR(parts_.driver->record(began_[slot], Queue::kRace));
  RETURN_IF_ERROR(forward_.run(group, slot));
  RETURN_IF_ERROR(parts_.driver->record(ended_[slot], Queue::kRace));
  running_.push_back({slot, group.first_nonce, group.count});
  next_slot_ = (slot + 1) % Forward::kSlots;
  pending.launched += group.count;
  ++pending.groups;
  return base::Ok{};
}

/// Waits for the oldest group on the queue, a part of the oldest range that has any there.
base::Status GpuDevice::gather_oldest() {
  const Running group = running_.front();
  RETURN_IF_ERROR(parts_.driver->wait(ended_[group.slot]));
  ASSIGN_OR_RETURN(const base::Micros busy,
                   parts_.driver->between(began_[group.slot], ended_[group.slot]));
  running_.pop_front();
  const auto owner = std::find_if(pending_.begin(), pending_.end(),
                                  [](const Pending& pending) { return pending.groups > 0; });
  --owner->groups;
  owner->result.busy += busy;
  if (forward_.report(group.slot).computed == 0) {
    race_->stopped = true;
    return base::Ok{};
  }
  owner->result.evaluated += group.count;
  bus_bytes_ += sizeof(Report) + forward_.found(group.slot).size_bytes();
  for (const Found& found : forward_.found(group.slot)) {
    Candidate candidate;
    candidate.nonce = group.first + found.index;
    std::copy(std::begin(found.digest), std::end(found.digest), candidate.digest.begin());
    owner->result.candidates.push_back(candidate);
  }
  return base::Ok{};
}

base::Result<RangeResult> GpuDevice::collect() {
  owner_.assert_here();
  CHECK(!pending_.empty());
  RETURN_IF_ERROR(parts_.driver->enter());
  while (!pending_.front().done(*race_)) {
    RETURN_IF_ERROR(gather_oldest());
    RETURN_IF_ERROR(launch_more());
  }
  RangeResult result = std::move(pending_.front().result);
  pending_.pop_front();
  return result;
}

base::Result<std::vector<poc::Digest>> GpuDevice::evaluate(const poc::ModelSpec& spec,
                                                           std::span<const poc::InputKey> keys) {
  owner_.assert_here();
  CHECK(pending_.empty());
  RETURN_IF_ERROR(parts_.driver->enter());
  const Model* model = models_.find(spec);
  CHECK(model != nullptr && model->ready());
  ++generation_;  // first: a cancel while memory is taken counts
  RETURN_IF_ERROR(fit(*model));
  std::vector<poc::Digest> digests;
  digests.reserve(keys.size());
  while (!keys.empty()) {
    const std::size_t most = std::min(kMostKeys, forward_.fitted());
    const auto part = keys.first(std::min(keys.size(), most));
    RETURN_IF_ERROR(run_keys(*model, part, digests));
    keys = keys.subspan(part.size());
  }
  return digests;
}

/// The digests of one group of keys, in their order.
base::Status GpuDevice::run_keys(const Model& model, std::span<const poc::InputKey> keys,
                                 std::vector<poc::Digest>& digests) {
  Group group;
  group.model = &model;
  group.keys = keys;
  group.count = static_cast<std::uint32_t>(keys.size());
  group.all = true;
  group.generation = generation_;
  RETURN_IF_ERROR(forward_.run(group, 0));
  RETURN_IF_ERROR(parts_.driver->record(ended_[0], Queue::kRace));
  RETURN_IF_ERROR(parts_.driver->wait(ended_[0]));
  if (forward_.report(0).computed == 0) return base::unavailable(info().label() + ": cancelled");
  const auto found = forward_.found(0);
  bus_bytes_ += keys.size_bytes() + sizeof(Report) + found.size_bytes();
  if (found.size() != keys.size()) {
    return base::device_fault(info().label() + ": " + std::to_string(found.size()) +
                              " digests came back of " + std::to_string(keys.size()));
  }
  const std::size_t first = digests.size();
  digests.resize(first + keys.size());
  for (const Found& one : found) {
    if (one.index >= keys.size())
      return base::device_fault(info().label() + ": a digest of nothing");
    std::copy(std::begin(one.digest), std::end(one.digest), digests[first + one.index].begin());
  }
  return base::Ok{};
}

void GpuDevice::rest() noexcept {
  owner_.assert_here();
  CHECK(pending_.empty());
  if (!parts_.driver->enter().ok()) return;
  race_.reset();
  forward_.release();
  models_.clear();
}

}  // namespace backends::gpu
