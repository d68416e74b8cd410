#pragma once

#include <termios.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tui/canvas.h"
#include "tui/curses_screen.h"
#include "tui/keys.h"
#include "tui/output_capture.h"
#include "tui/terminal_signals.h"

namespace tui {

/// The terminal that the process was started on, as a screen: modes, keys, drawing, suspension, and
/// what a fault must put right. It has the terminal by a descriptor of its own that never blocks:
/// one that stalls, or is gone, holds nobody up. One thread, and one at a time in the process.
class Terminal {
 public:
  /// Whether there is a terminal that a screen can be shown on: stdin and stdout are terminals, and
  /// TERM (null: not set) names one that is not "dumb".
  static bool usable(const char* term);

  /// Takes the terminal, as soon as it is ours. `colours`: it may show them.
  static base::Result<std::unique_ptr<Terminal>> open(bool colours);
  /// Gives it back as it was, within half a second.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Waits until there is something to do, `other_fd` is readable, or `timeout` passed.
  void wait(base::Micros timeout, int other_fd);

  /// Everything typed since the last call.
  std::vector<Key> keys();
  /// Lines that the process printed meanwhile.
  std::vector<std::string> printed() {
    return capture_ ? capture_->take() : std::vector<std::string>();
  }

  Size size() const;
  Look look() const { return look_; }
  /// It is ours now: not suspended, not behind another job of its shell.
  bool shown() const { return shown_ && !gone_; }
  /// The last drawing is on its way, and the terminal is ours: another can be made.
  bool ready() const { return shown() && pending_.empty(); }
  void draw(const Canvas& canvas);
  /// The next drawing paints every cell.
  void repaint() { curses_->repaint(); }

  /// Leaves the screen, until signals are heeded next.
  void step_aside();
  /// Stops the process with all of its job, as Ctrl-Z does; returns when it goes on.
  void stop_job() { signals_->stop_job(); }
  /// Follows what signals said: suspends when asked, takes the terminal when it is ours, leaves it
  /// when it is another job's. Prints go where they always went while it is not ours.
  void heed_signals();
  /// It does not exist any more.
  bool gone() const { return gone_; }

 private:
  Terminal(int fd, const termios& modes);
  base::Status start(const std::string& term, bool colours);
  bool in_foreground() const;
  void enter();
  void leave();
  void suspend();
  void push();
  void push_all();

  const int fd_;
  const termios modes_;  // of before
  Look look_;
  std::unique_ptr<CursesScreen> curses_;
  std::unique_ptr<OutputCapture> capture_;
  TerminalRestore restore_;
  std::optional<TerminalSignals> signals_;
  std::string pending_;  // to be written
  bool shown_ = false;   // in raw mode, and ours
  bool gone_ = false;
};

}  // namespace tui
