#pragma once

#include <functional>

#include "base/clock.h"
#include "base/log.h"
#include "miner/cli/status_times.h"
#include "miner/snapshot.h"

namespace miner {

/// Tells of a run while it goes on, in lines of the log. One thread.
class StatusLines {
 public:
  /// Writes lines about a snapshot; may be empty.
  using Voice = std::function<void(const Snapshot&, const base::Log&)>;

  /// `file`: the log file alone, without console and screen. The sinks outlive it.
  StatusLines(Voice status, Voice devices, base::LogSink& sink, base::LogSink& file,
              base::SteadyTime start);

  /// Writes what is due. `showing`: the user sees a screen, which shows all that is in the lines:
  /// they are for the file then.
  void look(const Snapshot& snapshot, base::SteadyTime now, bool showing);

 private:
  const Voice status_;
  const Voice devices_;
  const base::Log log_;
  const base::Log file_log_;
  StatusTimes times_;
};

}  // namespace miner
