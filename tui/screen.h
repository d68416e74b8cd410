#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "miner/control.h"
#include "tui/history.h"
#include "tui/keys.h"
#include "tui/log_tail.h"
#include "tui/terminal.h"
#include "tui/view.h"

namespace tui {

/// What a screen shows and drives. All of it outlives the screen.
struct ScreenParts {
  miner::Control& control;
  miner::SettingsControl& settings;
  LogFeed log;
  base::LogSink& sink;  ///< for what libraries print meanwhile
  /// Told when the screen takes the terminal, and when it gives it up: it is suspended, in the
  /// background, or at its end. On the screen's thread.
  std::function<void(bool)> on_shown;
  const base::Clock& clock;
  std::string program;  ///< name and version
  bool colours = true;
};

/// The dashboard, on a thread of its own that the miner never waits for: it takes snapshots by
/// value, four times a second at most, and gives orders.
class Screen {
 public:
  /// Takes the terminal, until the object is destroyed. Fails, and changes nothing, where there is
  /// none that fits.
  static base::Result<std::unique_ptr<Screen>> open(ScreenParts parts);
  /// Gives the terminal back, within a second.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// The user sees it: not while it is suspended or in the background, nor when the terminal is
  /// gone. Any thread.
  bool showing() const { return showing_; }

 private:
  Screen(ScreenParts parts, std::unique_ptr<Terminal> terminal, int end_fd);
  void run();
  void show_until_stopped();
  void step();
  void tell_shown(bool shown);
  void take_news();
  void press_keys();
  void carry_out(const Order& order);
  void draw();

  const ScreenParts parts_;
  const base::Log log_to_;
  std::unique_ptr<Terminal> terminal_;
  ViewState view_;
  History history_;
  LogTail log_;
  std::vector<miner::SettingRow> settings_;
  base::SteadyTime next_draw_;
  base::SteadyTime message_until_;
  int end_fd_;  // readable: the thread is to end
  std::atomic<bool> stop_{false};
  std::atomic<bool> showing_{false};
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace tui
