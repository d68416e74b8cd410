// How many nonces a device computes together: as many as there is room for.

#include <algorithm>
#include <string>
#include <utility>

#include "backends/opencl/device.h"
#include "base/check.h"

namespace backends::opencl {
namespace {

bool is_shortage(const base::Status& status) {
  return !status.ok() && status.error().fault == base::Fault::kNoMemory;
}

}  // namespace

std::uint32_t OpenClDevice::group_size() const {
  if (race_ && forward_.fitted() != 0) return forward_.fitted();
  if (parts_.group != 0) return parts_.group;
  return plan_group(poc::Profile{1, POC_SIZE_STEP, POC_SIZE_STEP}, capacity_);
}

std::string OpenClDevice::plan() const {
  if (!race_ || forward_.fitted() == 0) return "";
  return plan_text(group_plan_);
}

/// Takes memory for groups of the profile: as many nonces as planned, or as memory allows. Before
/// they become smaller than a quarter, a model other than `model` and the raced one goes.
base::Status OpenClDevice::fit(const Model& model) {
  const poc::Profile& profile = model.spec().profile;
  if (forward_.fits(profile)) return base::Ok{};
  forward_.release();
  const std::uint32_t wanted = parts_.group != 0 ? parts_.group : plan_group(profile, capacity_);
  const std::uint32_t tile_rows = parts_.tile.rows;
  Room room{0, parts_.found.properties.largest_buffer_bytes};
  std::uint32_t nonces = 0;
  do {
    room.bytes = memory_.available();
    nonces = fit_group(profile, wanted, room, tile_rows);
  } while (nonces < wanted / 4 + 1 && models_.drop_one(&model));
  if (nonces == 0) {
    const std::string what = "groups of profile " + to_string(profile);
    RETURN_IF_ERROR(memory_.check_buffer(what, largest_buffer_bytes(profile, 1, tile_rows)));
    RETURN_IF_ERROR(memory_.check_room(what, group_bytes(profile, 1, tile_rows)));
    nonces = 1;  // somebody gave memory back between the two looks
  }
  auto fitted = forward_.fit(profile, nonces);
  while (!fitted.ok() && fitted.error().fault == base::Fault::kNoMemory && nonces > 1) {
    nonces /= 2;  // free, but in pieces
    fitted = forward_.fit(profile, nonces);
  }
  group_plan_ = {profile, nonces, wanted, room, parts_.keep_free_bytes, tile_rows};
  shrunk_ = false;
  return fitted;
}

/// Takes memory for groups of half as many nonces, or a half of that, where `reason` was that a
/// launch found none, which is the answer where no group is smaller. Nothing is under way.
base::Status OpenClDevice::fit_smaller(const base::Error& reason) {
  base::Status fitted = reason;
  for (std::uint32_t nonces = forward_.fitted() / 2; nonces > 0 && is_shortage(fitted);
       nonces /= 2) {
    group_plan_.nonces = nonces;
    fitted = forward_.fit(group_plan_.profile, nonces);
  }
  shrunk_ = true;
  return fitted;
}

/// What was launched comes to its end; a group that was not launched whole is as if it had not
/// begun.
base::Status OpenClDevice::end_under_way() {
  const bool is_partial = forward_.under_way();
  forward_.abandon();
  while (!stream_.empty()) RETURN_IF_ERROR(wait_oldest());
  if (!is_partial) return base::Ok{};
  CHECK(running_.size() == 1);
  Pending& owner = owner_of_oldest();
  --owner.groups;
  owner.begun -= running_.front().count;
  running_.clear();
  return base::Ok{};
}

/// After a launch that failed. Where it found no memory, what is on the queue ends, and the group
/// that it was of begins anew in smaller ones; where there are none, the race ends here.
base::Status OpenClDevice::shrink(const base::Error& reason) {
  if (reason.fault != base::Fault::kNoMemory) return reason;
  RETURN_IF_ERROR(end_under_way());
  base::Status fitted = fit_smaller(reason);
  if (!is_shortage(fitted)) return fitted;
  race_->stopped = true;
  no_room_ = NoRoom{race_->spec.model.profile, fitted.error()};
  return base::Ok{};
}

}  // namespace backends::opencl
