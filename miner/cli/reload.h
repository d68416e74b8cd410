#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "miner/settings/configuration.h"

namespace miner {

/// Reads the configuration file again and hands on what is live. Belongs to the watch's thread.
class Reload {
 public:
  /// Takes the settings of a configuration that is good; called when a live one changed. The
  /// sink outlives it.
  using Apply = std::function<void(const MineArguments& settings, bool pools_changed)>;
  Reload(Configuration running, Apply apply, base::LogSink& sink);

  /// Reads the file, if it has another content than before. A bad one is one warning, and
  /// everything stays as it is; of a good one the live settings apply, and the others are named.
  /// `asked`: somebody waits for an answer, also when there is nothing new.
  void read_again(bool asked);

 private:
  void refuse(const std::string& why, bool asked);
  void take(Configuration next);
  void tell(std::string_view group, bool live) const;

  const bool solo_;    // the run is one against the pool inside
  Configuration now_;  // as last read and found good
  const Apply apply_;
  const base::Log log_;
  std::string last_text_;    // of the file, good or bad
  std::string last_fault_;   // of a file that could not be read or was bad
  bool unreadable_ = false;  // when it was looked at last
};

}  // namespace miner
