#pragma once

#include <atomic>
#include <cstdint>

#include "backends/cpu/cancel.h"

namespace backends::cpu {

/// Where the threads that compute one group together wait for each other, several times a layer: in
/// the time of a cache miss when all are running, so it spins before it gives the processor away.
/// Made anew for each group. Any thread of the group.
class Meeting {
 public:
  explicit Meeting(std::uint32_t members) : members_(members) {}

  /// Returns when all have come: true; or when `cancel` came: false, and the meeting is over.
  bool wait(const CancelToken& cancel) noexcept;

 private:
  const std::uint32_t members_;
  std::atomic<std::uint32_t> here_{0};
  std::atomic<std::uint32_t> round_{0};
};

/// A thread's part in computing a group: alone, or one of several that take a part of each step
/// each. A value; its meeting outlives it.
class Crew {
 public:
  /// One thread does everything.
  Crew() = default;
  Crew(Meeting& meeting, std::uint32_t member, std::uint32_t size)
      : meeting_(&meeting), member_(member), size_(size) {}

  /// first .. last - 1
  struct Part {
    std::uint32_t first;
    std::uint32_t last;
  };
  /// This member's part of `count` things; all parts together are each of them once.
  Part part(std::uint32_t count) const {
    const auto cut = [&](std::uint64_t member) {
      return static_cast<std::uint32_t>(member * count / size_);
    };
    return {cut(member_), cut(member_ + std::uint64_t{1})};
  }

  /// Between two steps. False, for all or for some, when `cancel` came: then nobody goes on.
  bool meet(const CancelToken& cancel) const noexcept {
    return meeting_ == nullptr || meeting_->wait(cancel);
  }

 private:
  Meeting* meeting_ = nullptr;
  std::uint32_t member_ = 0;
  std::uint32_t size_ = 1;
};

}  // namespace backends::cpu
