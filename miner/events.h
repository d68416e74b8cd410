#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "backends/api/device.h"
#include "base/clock.h"
#include "miner/assignment.h"
#include "miner/spool.h"

// What workers, the re-check and the spool tell the network thread.
namespace miner {

/// The device is open and has shown the known answers.
struct DeviceUp {};

/// The weights of a sprint are made.
struct DevicePrepared {
  SprintKey sprint = 0;
  std::uint64_t rate_per_1000s = 0;  ///< nonces per 1000 s on this profile; 0: not known yet
  base::Micros took{0};              ///< from the begin of their making until now
};

/// The weights of a sprint do not fit on the device, whatever else is dropped: it is sat out.
struct DeviceSitsOut {
  SprintKey sprint = 0;
  std::string reason;  ///< one line, naming sizes
};

/// A nonce whose ticket met its lease's target.
struct CandidateFound {
  std::shared_ptr<const Race> race;
  stratum::Lease lease;
  backends::Candidate candidate;
  base::SteadyTime at = {};  ///< when the device gave it
};

/// A lease is 80 % used.
struct LeaseLow {
  SprintKey sprint = 0;
};

/// The leases up to this one are used up: the device does nothing until another comes.
struct LeasesUsedUp {
  SprintKey sprint = 0;
  std::uint64_t newest = 0;
};

/// The device failed and was closed: its weights are gone. `final`: it will not be opened again.
struct DeviceDown {
  bool final = false;
  /// Why: it did not open or not get through its self-test, its self-test gave a wrong answer, or
  /// it failed at work.
  enum class Cause { kOpen, kSelfTest, kWork } cause = Cause::kWork;
  std::string reason;  ///< one line
};

/// The worker's last word; everything it found was told before.
struct WorkerStopped {};

using WorkerEvent = std::variant<DeviceUp, DevicePrepared, DeviceSitsOut, CandidateFound, LeaseLow,
                                 LeasesUsedUp, DeviceDown, WorkerStopped>;

/// A re-check is done. `verdict` nothing: it could not be computed.
struct RecheckDone {
  std::uint64_t share = 0;  ///< the desk's number of the share
  std::optional<bool> right;
};

/// Work for the network thread.
struct Mail {
  std::uint32_t device = 0;  ///< of a WorkerEvent
  std::variant<WorkerEvent, RecheckDone, SpoolNews> what;
};

}  // namespace miner
