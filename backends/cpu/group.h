#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "poc/profile.h"

namespace backends::cpu {

constexpr std::uint32_t kMaxGroup = 64;

/// Nonces that a thread computes together, where the option leaves it open.
///
/// A product reads a block of weights once for all 16 g rows of a group, and all rows once for each
/// block of 16 outputs. So g is to be large, that weights come from memory rarely, while the rows
/// stay in the core's L2 cache: g * 16 * max(dim, ffn) bytes at most 3/4 of it (the rest is for the
/// block and the outputs). Above 16 nothing is gained: a weight byte then serves 256
/// multiply-accumulates, at 128 G/s half a GB/s a core. Below 4 the weights cost more than rows
/// that come from L3 instead: 64 multiply-accumulates a byte, 2 GB/s a core.
///
/// 1 MiB: 8 for base, 16 for micro and nano.
std::uint32_t auto_group(const poc::Profile& profile, std::uint64_t l2_bytes);

/// How `count` nonces are cut into groups for some threads.
struct GroupPlan {
  std::uint64_t count = 0;   ///< nonces
  std::uint32_t group = 1;   ///< nonces of each group but the last, 1..kMaxGroup
  std::uint64_t groups = 0;  ///< ceil(count / group)
};

/// As few rounds of `threads` groups as groups of at most `max_group` allow, and as even as
/// possible: all threads share the work of eight keys to verify, and end a range together.
GroupPlan plan_groups(std::uint64_t count, std::uint32_t threads, std::uint32_t max_group);

/// The groups of a plan, each handed out once. Any thread, no lock.
class GroupClaims {
 public:
  explicit GroupClaims(const GroupPlan& plan) : plan_(plan) {}

  struct Group {
    std::uint64_t first = 0;  ///< offset of its first nonce, 0..count-1
    std::uint32_t size = 0;   ///< 1..plan.group
  };

  /// The next group; nothing when all are taken.
  std::optional<Group> claim();

 private:
  const GroupPlan plan_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace backends::cpu
