#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tui/canvas.h"
#include "tui/keys.h"

struct screen;  // of ncurses

namespace tui {

/// ncurses, kept from the terminal: it turns canvases into the bytes that change a terminal from
/// one to the next, and bytes that were typed into keys. What it writes goes into a file in memory,
/// so that a terminal that takes nothing can never hold it up; modes and signals are left to the
/// caller. One thread, one at a time in the process (ncurses has globals).
class CursesScreen {
 public:
  /// `term`: the name of the terminal (TERM); `input_fd`: what is typed, non-blocking. Fails for a
  /// terminal that is not known or cannot move its cursor.
  static base::Result<std::unique_ptr<CursesScreen>> open(const std::string& term, int input_fd,
                                                          bool colours);
  ~CursesScreen();
  CursesScreen(const CursesScreen&) = delete;
  CursesScreen& operator=(const CursesScreen&) = delete;

  /// The bytes that make the terminal show the canvas, whose size is the terminal's.
  std::string draw(const Canvas& canvas);
  /// The bytes that leave the screen; `draw` enters it again.
  std::string leave();
  /// The next draw paints every cell.
  void repaint();
  /// The keys typed so far.
  std::vector<Key> keys();
  /// For a fault: what leaves the screen, without ncurses.
  std::string emergency_sequence() const;

 private:
  CursesScreen(std::FILE* output, std::FILE* input) : output_(output), input_(input) {}
  void set_up(bool colours);
  std::string resize(Size size);
  void draw_row(const Canvas& canvas, int y);
  std::string take_output();

  std::FILE* output_;  // the file in memory
  std::FILE* input_;
  screen* screen_ = nullptr;
  std::optional<Canvas> shown_;
  unsigned attributes_[kStyles] = {};
};

}  // namespace tui
