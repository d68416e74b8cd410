#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "poc/keys.h"

namespace pool {

/// A share whose digest is to be recomputed; `sprint` and `nonce` come back with the answer.
struct CheckJob {
  std::uint64_t sprint = 0;
  std::uint64_t nonce = 0;
  poc::InputKey key{};
  base::Bytes32 account{};   ///< who sent it
  poc::Digest claim{};       ///< the digest that was sent
  base::SteadyTime asked{};  ///< when it came to the verification
};

/// Shares that wait for the verifier. No thread, no clock.
///
/// The oldest sprint goes first, to its last share: its result is due soonest, since no two sprints
/// run at once, and a verifier changes weights once a sprint. Inside a sprint the accounts take
/// turns, a share each. All shares of a sprint cost the same multiply-accumulates, so turns are
/// equal work: a share waits for no more than one share of each other account, beside its own
/// account's before it.
class VerifyQueue {
 public:
  explicit VerifyQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False when it is full: the job was not taken. `model` is the sprint's.
  bool push(const poc::ModelSpec& model, const CheckJob& job);

  /// Shares of one sprint, in the order in which they are to be recomputed.
  struct Group {
    poc::ModelSpec model;
    std::vector<CheckJob> jobs;
  };
  /// Takes the next 1 to `most`; nothing when it is empty.
  std::optional<Group> pop(std::size_t most);

  std::size_t size() const { return size_; }

 private:
  struct Waiting {
    poc::ModelSpec model;
    std::map<base::Bytes32, std::deque<CheckJob>> jobs;  // by account; none is empty
    std::deque<base::Bytes32> turns;                     // each of those accounts once
  };
  static CheckJob take_turn(Waiting& waiting);

  const std::size_t capacity_;
  std::size_t size_ = 0;
  std::map<std::uint64_t, Waiting> sprints_;  // none is empty
};

}  // namespace pool
