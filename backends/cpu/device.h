#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "backends/api/device.h"
#include "backends/cpu/cancel.h"
#include "backends/cpu/forward.h"
#include "backends/cpu/group.h"
#include "backends/cpu/model_cache.h"
#include "backends/cpu/team.h"
#include "base/clock.h"
#include "base/owner_thread.h"

namespace backends::cpu {

/// What a device is made of.
struct DeviceParts {
  DeviceInfo info;
  const Kernels* kernels = nullptr;
  std::unique_ptr<Team> team;
  std::shared_ptr<ModelCache> cache;
  const base::Clock* clock = nullptr;  ///< outlives the device
  std::uint32_t group = 0;     ///< nonces a thread computes together, at most; 0: by profile
  std::uint64_t l2_bytes = 0;  ///< for group 0
};

/// The processor as a Device. Ranges are computed while `collect` waits for them, by the threads of
/// the team; each takes one group of nonces after the other from a common counter. Between the
/// beginning and the end of a range no thread locks, waits or allocates, but to note a candidate.
/// Digests to `evaluate` are few: there all threads compute one group together, so that its weights
/// are read once for all.
class CpuDevice final : public Device {
 public:
  explicit CpuDevice(DeviceParts parts);

  const DeviceInfo& info() const override { return parts_.info; }

  /// The threads' groups together: smaller ones where memory is short. Before the first `start`,
  /// where the size depends on the profile, that of the smallest profile.
  std::uint32_t group_size() const override;
  std::string plan() const override;

  base::Result<PrepareProgress> prepare(const poc::ModelSpec& model) override;
  base::Status start(const poc::RaceSpec& race) override;
  base::Status enqueue(const NonceRange& range) override;
  base::Result<RangeResult> collect() override;
  base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec& model,
                                                  std::span<const poc::InputKey> keys) override;
  void cancel() noexcept override { cancel_.request(); }
  void rest() noexcept override;

 private:
  /// What ranges are computed for.
  struct Race {
    poc::RaceSpec spec;
    const PackedModel* model;
    CancelToken cancel;
  };

  /// One team member's own; its neighbours' lie in other cache lines.
  struct alignas(64) Member {
    explicit Member(const Kernels& kernels) : forward(kernels) {}
    Forward forward;
    std::vector<Candidate> candidates;  // of the range under way
    std::uint64_t evaluated = 0;        // of the range under way
  };

  /// What the members' room was made for.
  struct Fitted {
    poc::Profile profile;
    std::uint32_t group;  // nonces of each
    std::size_t members;  // so many of them, from the first
    bool holds(const poc::Profile& other, std::size_t count) const {
      return profile == other && count <= members;
    }
  };

  std::uint32_t wanted_group(const poc::Profile& profile) const;
  base::Status check_room(const Fitted& wanted) const;
  base::Status make_room(const Fitted& wanted);
  base::Status fit_members(const poc::Profile& profile, std::size_t count);
  void mine(Member& member, const NonceRange& range, GroupClaims& claims) const;
  void mine_group(Member& member, const NonceRange& range, const GroupClaims::Group& group) const;

  DeviceParts parts_;
  base::OwnerThread owner_;
  CancelSource cancel_;
  ResidentModels models_;
  std::vector<std::unique_ptr<Member>> members_;
  std::optional<Race> race_;
  std::optional<Fitted> fitted_;
  std::deque<NonceRange> in_flight_;
};

}  // namespace backends::cpu
