#pragma once

#include <cstdint>
#include <memory>

#include "miner/snapshot.h"

namespace miner {

/// All that a screen or an interface may see and do. Any thread.
class Control {
 public:
  virtual ~Control() = default;

  virtual std::shared_ptr<const Snapshot> snapshot() const = 0;
  /// Takes a device (its position in Snapshot::devices) out of the race and frees it; or back in.
  virtual void pause(std::uint32_t device) = 0;
  virtual void resume(std::uint32_t device) = 0;
  /// Submits what was found, then ends the run.
  virtual void request_stop() = 0;
};

}  // namespace miner
