#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "miner/snapshot.h"
#include "poc/keys.h"
#include "poc/target.h"
#include "stratum/messages.h"

// What the scheduler tells a worker to do: immutable values, replaced as a whole.
namespace miner {

/// Names a sprint within this process. Sprint ids are only unique within a pool.
using SprintKey = std::uint64_t;

/// A sprint that will come: its weights can be made.
struct Upcoming {
  SprintKey key = 0;
  poc::ModelSpec model;

  bool operator==(const Upcoming&) const = default;
};

/// A sprint whose start seed is known. Shared by all workers, never changed.
struct Race {
  SprintKey key = 0;
  std::string sprint;  ///< the pool's id
  poc::RaceSpec spec;
  base::SteadyTime t_end;          ///< on our clock, as well as we know the pool's
  base::UnixTime pool_t_end = {};  ///< as the pool has it
};

/// Why a device is to be freed and do nothing.
struct Pause {
  PauseCause cause = PauseCause::kUser;
  std::string reason;  ///< one line

  bool operator==(const Pause&) const = default;
};

/// Everything a worker has to know. `race` is null between races, and as long as this device has no
/// lease.
struct Assignment {
  std::shared_ptr<const Race> race;
  std::vector<stratum::Lease> leases;  ///< of `race`, in the order granted; none closed
  std::vector<Upcoming> upcoming;      ///< by T0; weights are made for the first
  std::optional<Pause> paused;
  bool stop = false;  ///< end the thread

  bool operator==(const Assignment&) const = default;
};

}  // namespace miner
