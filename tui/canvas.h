#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tui/style.h"

namespace tui {

/// In cells.
struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};

/// A rectangle of cells; empty when its height or width is 0.
struct Area {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  bool operator==(const Area&) const = default;
};

struct Cell {
  char32_t glyph = U' ';  ///< one cell wide
  Style style = Style::kPlain;
  bool operator==(const Cell&) const = default;
};

/// A screen's worth of cells that is drawn on, then shown. Each cell is written once: writing on
/// what is already there, or outside, is counted, and tests want none of it. One thread.
class Canvas {
 public:
  explicit Canvas(Size size);

  Size size() const { return size_; }
  const Cell& at(int x, int y) const { return cells_[index(x, y)]; }

  /// Writes text (UTF-8; what is not printable, or may not be one cell wide, becomes '?') from a
  /// cell on, cut at `width` cells. Returns the column behind it.
  int text(int x, int y, int width, std::string_view text, Style style = Style::kPlain);
  /// The same glyph so many times.
  void fill(int x, int y, int width, char32_t glyph, Style style);
  void put(int x, int y, char32_t glyph, Style style);
  /// Gives cells another style and leaves their glyphs.
  void restyle(int x, int y, int width, Style style);

  /// A row as UTF-8, without the blanks at its end.
  std::string row(int y) const;
  /// Cells that were written twice, and cells outside that were to be written.
  std::uint64_t overlaps() const { return overlaps_; }
  std::uint64_t outside() const { return outside_; }

  /// Replaces every glyph that is not ASCII by one that is.
  void to_ascii();

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width) +
           static_cast<std::size_t>(x);
  }
  bool inside(int x, int y) const {
    return x >= 0 && y >= 0 && x < size_.width && y < size_.height;
  }

  const Size size_;
  std::vector<Cell> cells_;
  std::vector<bool> written_;
  std::uint64_t overlaps_ = 0;
  std::uint64_t outside_ = 0;
};

/// The code points of a text; each that cannot be shown in one cell is '?'.
std::u32string glyphs_of(std::string_view utf8);
/// How many cells a text takes.
int width_of(std::string_view utf8);
/// The text, or as much of its beginning as fits with '…' behind it.
std::string shortened(std::string_view utf8, int width);

}  // namespace tui
