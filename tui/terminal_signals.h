#pragma once

#include <termios.h>

#include <cstddef>

namespace tui {

/// What a signal said since it was asked last.
struct TerminalNews {
  bool resized = false;    ///< SIGWINCH
  bool suspend = false;    ///< SIGTSTP: Ctrl-Z
  bool continued = false;  ///< SIGCONT: somebody else may have drawn
};

/// What brings the terminal back from a signal handler: plain data, all of it filled in before.
struct TerminalRestore {
  static constexpr std::size_t kRoom = 256;

  int terminal_fd = -1;
  termios modes{};            ///< to be set
  char sequence[kRoom] = {};  ///< to be written: leaves the screen, shows the cursor
  std::size_t length = 0;
  int captured_fd = -1;  ///< read end of what was printed meanwhile, -1: nothing is captured
  int stderr_fd = -1;    ///< where that goes in the end
};

/// While it lives, signals about the terminal become bytes in a pipe, and a signal that ends the
/// process (SIGABRT, SIGSEGV, ...) restores the terminal first and passes on what was being
/// printed; then whoever handled it before has it. At most one at a time, because signal handlers
/// are the process's.
class TerminalSignals {
 public:
  /// `restore` outlives it, and does not change unless `armed` is false.
  explicit TerminalSignals(const TerminalRestore& restore);
  ~TerminalSignals();
  TerminalSignals(const TerminalSignals&) = delete;
  TerminalSignals& operator=(const TerminalSignals&) = delete;

  /// Readable when there is news; -1 when there was no descriptor left for it.
  int fd() const;
  TerminalNews take();

  /// Whether a fault restores the terminal: not while the terminal is somebody else's.
  void arm(bool armed);

  /// Stops the process as SIGTSTP does by default; returns when it goes on.
  void stop_process();

  /// The same for all processes of our job: a shell or make around us.
  void stop_job();

  /// What a fault would do, for an end without destructors on another thread. Nothing when there is
  /// no screen. Async-signal-safe.
  static void restore_terminal();

 private:
  const TerminalRestore& restore_;
};

}  // namespace tui
