#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace miner {

/// Where a command writes. Injected, so that tests read it.
struct Console {
  std::ostream& out;       ///< results: stdout
  std::ostream& progress;  ///< what goes on meanwhile: stderr
  bool live = false;       ///< `progress` is a terminal: a line may be overwritten
};

/// One line about something that takes long. On a terminal it is kept up to date in place and wiped
/// at the end; elsewhere it is written after a second, then every ten. One thread.
class ProgressLine {
 public:
  ProgressLine(const Console& console, const base::Clock& clock);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// The newest text, without a newline; may be left out when the one before is fresh.
  void update(std::string_view text);
  /// Text that is shown in any case: what follows takes seconds and cannot report.
  void announce(std::string_view text);
  /// Takes the line off the terminal, before something is written to `out`.
  void wipe();

 private:
  void write(std::string_view text);

  const Console console_;
  const base::Clock& clock_;
  base::SteadyTime next_;  // no update before
  bool shown_ = false;     // there is a line to wipe
};

}  // namespace miner
