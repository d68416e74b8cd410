#pragma once

#include <atomic>
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

  /// False once the terminal is gone. Any thread.
  bool showing() const { return showing_; }

 private:
  Screen(ScreenParts parts, std::unique_ptr<Terminal> terminal);
  void run();
  void step();
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
  int end_fd_;  // readable: the thread is to end
  std::atomic<bool> stop_{false};
  std::atomic<bool> showing_{true};
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace tui
