#pragma once

#include <cstdint>

namespace tui {

/// What a piece of text means; the terminal decides how that looks. Every meaning that matters is
/// also in words or marks, so that a screen without colour says the same.
enum class Style : std::uint8_t {
  kPlain,
  kDim,     ///< labels, frames, what is not worth a look
  kStrong,  ///< the values one looks for
  kTitle,   ///< names of regions and columns
  kGood,
  kWarn,
  kBad,
  kBar,  ///< the part of a bar that is filled
  kGraph,
  kSelected,  ///< the row or the prompt that keys apply to
  kMatch,     ///< what a search found
};
constexpr int kStyles = 11;

/// What a terminal can show.
struct Look {
  bool unicode = true;  ///< else ASCII only
  bool braille = true;  ///< and its font has braille patterns
};

}  // namespace tui
