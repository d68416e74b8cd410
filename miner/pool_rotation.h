#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "base/clock.h"

namespace miner {

/// Which pool to try next, and how long to wait before it: in the user's order, from the first
/// again after every connection that worked. The first try after a loss comes within half a second;
/// once every pool has failed or dropped us, each further time doubles the wait, with jitter, up to
/// 5 s. No clock, no thread.
class PoolRotation {
 public:
  /// `pools` at least 1; `seed` for the jitter.
  PoolRotation(std::size_t pools, std::uint32_t seed);

  /// This one refused the login: it is not tried.
  void leave_out(std::size_t pool) { pools_.at(pool).refused = true; }
  /// It takes the login after all.
  void let_in(std::size_t pool) { pools_.at(pool).refused = false; }
  /// This one is connected already: it counts as if `next` had said so.
  void use(std::size_t pool);

  struct Next {
    std::size_t pool = 0;
    base::Micros wait{0};
  };
  /// The first try, or the one after `failed`, `dropped`, `refused` or `worked`. Not called when
  /// all_refused().
  Next next();

  /// The pool of the last `next` could not be reached, or was lost before a login.
  void failed();
  /// It refused the login: it is not tried again.
  void refused();
  /// It accepted the login and dropped us before anything came of it: it may do so for ever.
  void dropped();
  /// It was of use; then the connection was lost.
  void worked();

  bool all_refused() const;
  /// Every pool that is not refused failed since the last one that worked.
  bool all_failed() const;

 private:
  struct Pool {
    bool refused = false;
    bool failed = false;
    bool dropped = false;
  };
  void pass_on();

  std::vector<Pool> pools_;
  std::size_t current_ = 0;
  int doublings_ = 0;  // of the wait
  bool first_ = true;
  std::minstd_rand random_;
};

}  // namespace miner
