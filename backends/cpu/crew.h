#pragma once

#include <atomic>
#include <cstdint>

namespace backends::cpu {

/// Where the threads that compute one group together wait for each other, several times a layer:
/// shortly when all are running, so it spins before it sleeps. Made anew for each group. Any thread
/// of the group.
class Meeting {
 public:
  explicit Meeting(std::uint32_t members) : members_(members) {}

  /// Returns when all have come: true; or when the meeting is called off: false.
  bool wait() noexcept;
  /// Whoever does not come any more, because it saw a cancel, says so: nobody waits for it, now or
  /// later.
  void call_off() noexcept;

 private:
  const std::uint32_t members_;
  std::atomic<std::uint32_t> here_{0};
  std::atomic<std::uint32_t> round_{0};  // odd when it is called off; else counts up by two
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

  /// Between two steps. False when somebody left: then nobody goes on.
  bool meet() const noexcept { return meeting_ == nullptr || meeting_->wait(); }
  /// Instead of the next meeting.
  void leave() const noexcept {
    if (meeting_ != nullptr) meeting_->call_off();
  }

 private:
  Meeting* meeting_ = nullptr;
  std::uint32_t member_ = 0;
  std::uint32_t size_ = 1;
};

}  // namespace backends::cpu
