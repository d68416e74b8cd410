#include "backends/cpu/device.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/check.h"

namespace backends::cpu {
namespace {

/// One step of `prepare`: leaves 10 ms of the 50 allowed for the last blocks under way.
constexpr base::Micros kPrepareStep = std::chrono::milliseconds(40);

constexpr std::size_t kMostInFlight = 2;

}  // namespace

CpuDevice::CpuDevice(DeviceParts parts) : parts_(std::move(parts)), models_(parts_.cache) {
  for (std::uint32_t i = 0; i < parts_.team->size(); ++i) {
    members_.push_back(std::make_unique<Member>(*parts_.kernels));
  }
}

std::uint32_t CpuDevice::group_size() const {
  const poc::Profile smallest{1, POC_SIZE_STEP, POC_SIZE_STEP};
  const std::uint32_t group = race_ && fitted_ ? fitted_->group : wanted_group(smallest);
  return group * parts_.team->size();
}

std::uint32_t CpuDevice::wanted_group(const poc::Profile& profile) const {
  return parts_.group != 0 ? parts_.group : auto_group(profile, parts_.l2_bytes);
}

std::string CpuDevice::plan() const {
  if (!race_ || !fitted_) return "";
  constexpr std::uint64_t kMegabyte = 1'000'000;
  const std::uint32_t wanted = wanted_group(fitted_->profile);
  const std::uint64_t bytes =
      Forward::memory_needed(fitted_->profile, fitted_->group) * fitted_->members;
  std::string text = std::to_string(fitted_->members) + " threads with groups of " +
                     std::to_string(fitted_->group) + " nonces";
  if (fitted_->group < wanted) text += ", not " + std::to_string(wanted) + ", for want of memory";
  return text + ": " + std::to_string(bytes / kMegabyte) + " MB beside weights of " +
         std::to_string(fitted_->profile.weights_bytes() / kMegabyte) + " MB";
}

base::Result<PrepareProgress> CpuDevice::prepare(const poc::ModelSpec& spec) {
  owner_.assert_here();
  ASSIGN_OR_RETURN(PackedModel * model, models_.take(spec));
  if (!model->ready()) {
    const base::SteadyTime deadline = parts_.clock->now() + kPrepareStep;
    auto make = [&](std::uint32_t) {
      model->make_blocks(*parts_.kernels, *parts_.clock, deadline);
    };
    parts_.team->run(make);
    model->wait_for_claimed();
  }
  return PrepareProgress{model->done_bytes(), model->total_bytes()};
}

base::Status CpuDevice::start(const poc::RaceSpec& race) {
  owner_.assert_here();
  CHECK(in_flight_.empty());
  const PackedModel* model = models_.find(race.model);
  CHECK(model != nullptr && model->ready());
  fitted_.reset();  // memory that was short may have come back
  RETURN_IF_ERROR(fit_members(race.model.profile, members_.size()));
  models_.race(model);
  race_.emplace(Race{race, model, cancel_.token()});
  return base::Ok{};
}

/// Whether what the members lack can be taken.
base::Status CpuDevice::check_room(const Fitted& wanted) const {
  const std::uint64_t each = Forward::memory_needed(wanted.profile, wanted.group);
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < wanted.members; ++i) {
    missing += each - std::min(each, members_[i]->forward.memory_held());
  }
  if (missing == 0) return base::Ok{};
  const std::string what = "groups of " + std::to_string(wanted.group) + " on " +
                           std::to_string(wanted.members) + " threads, profile " +
                           to_string(wanted.profile);
  return parts_.cache->check_room(what, missing);
}

/// Makes room for groups of the profile on the first `count` members: as large as wanted, or as
/// memory allows.
base::Status CpuDevice::fit_members(const poc::Profile& profile, std::size_t count) {
  if (fitted_ && fitted_->holds(profile, count)) return base::Ok{};
  fitted_.reset();
  Fitted fitted{profile, wanted_group(profile), count};
  base::Status room = make_room(fitted);
  while (!room.ok() && room.error().fault == base::Fault::kNoMemory && fitted.group > 1) {
    fitted.group /= 2;
    room = make_room(fitted);
  }
  if (room.ok()) fitted_ = fitted;
  return room;
}

base::Status CpuDevice::make_room(const Fitted& wanted) {
  RETURN_IF_ERROR(check_room(wanted));
  for (std::size_t i = 0; i < wanted.members; ++i) {
    RETURN_IF_ERROR(members_[i]->forward.fit(wanted.profile, wanted.group));
  }
  return base::Ok{};
}

base::Status CpuDevice::enqueue(const NonceRange& range) {
  owner_.assert_here();
  CHECK(race_.has_value() && in_flight_.size() < kMostInFlight);
  in_flight_.push_back(range);
  return base::Ok{};
}

base::Result<RangeResult> CpuDevice::collect() {
  owner_.assert_here();
  CHECK(!in_flight_.empty());
  // `evaluate` may have fitted another profile.
  RETURN_IF_ERROR(fit_members(race_->spec.model.profile, members_.size()));
  RangeResult result;
  result.range = in_flight_.front();
  in_flight_.pop_front();
  const base::SteadyTime began = parts_.clock->now();
  GroupClaims claims(plan_groups(result.range.count, parts_.team->size(), fitted_->group));
  auto work = [&](std::uint32_t index) { mine(*members_[index], result.range, claims); };
  parts_.team->run(work);
  for (const auto& member : members_) {
    result.evaluated += member->evaluated;
    result.candidates.insert(result.candidates.end(), member->candidates.begin(),
                             member->candidates.end());
  }
  result.busy = parts_.clock->now() - began;
  return result;
}

/// A member's part of a range.
void CpuDevice::mine(Member& member, const NonceRange& range, GroupClaims& claims) const {
  member.evaluated = 0;
  member.candidates.clear();
  while (!race_->cancel.requested()) {
    const auto group = claims.claim();
    if (!group) return;
    mine_group(member, range, *group);
  }
}

void CpuDevice::mine_group(Member& member, const NonceRange& range,
                           const GroupClaims::Group& group) const {
  std::array<poc::InputKey, kMaxGroup> keys;
  std::array<poc::Digest, kMaxGroup> digests;
  const std::uint64_t first = range.first + group.first;
  for (std::uint32_t i = 0; i < group.size; ++i) keys[i] = poc::input_key(race_->spec, first + i);
  const std::span<const poc::InputKey> used(keys.data(), group.size);
  if (!member.forward.run(*race_->model, used, race_->cancel, digests.data())) return;
  member.evaluated += group.size;
  for (std::uint32_t i = 0; i < group.size; ++i) {
    if (range.target.met_by(poc::make_ticket(keys[i], digests[i]))) {
      member.candidates.push_back({first + i, digests[i]});
    }
  }
}

base::Result<std::vector<poc::Digest>> CpuDevice::evaluate(const poc::ModelSpec& spec,
                                                           std::span<const poc::InputKey> keys) {
  owner_.assert_here();
  CHECK(in_flight_.empty());
  const PackedModel* model = models_.find(spec);
  CHECK(model != nullptr && model->ready());
  const CancelToken cancel = cancel_.token();
  Forward& forward = members_.front()->forward;
  RETURN_IF_ERROR(fit_members(spec.profile, 1));
  std::vector<poc::Digest> digests(keys.size());
  GroupClaims claims(plan_groups(keys.size(), 1, fitted_->group));
  while (const auto next = claims.claim()) {
    const auto part = keys.subspan(next->first, next->size);
    Meeting meeting(parts_.team->size());
    auto work = [&](std::uint32_t member) {
      forward.run(*model, part, cancel, &digests[next->first],
                  Crew(meeting, member, parts_.team->size()));
    };
    parts_.team->run(work);
    if (cancel.requested()) return base::unavailable(parts_.info.id() + ": cancelled");
  }
  return digests;
}

void CpuDevice::rest() noexcept {
  owner_.assert_here();
  CHECK(in_flight_.empty());
  race_.reset();
  models_.clear();
  fitted_.reset();
  for (auto& member : members_) member->forward.release();
}

}  // namespace backends::cpu
