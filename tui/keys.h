#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tui/view.h"

// From a key to what it changes: on the screen at once, in the miner as orders.
namespace tui {

struct Key {
  enum class Code {
    kChar,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kEscape,
    kBackspace,
    kHelp,     ///< F1
    kRepaint,  ///< Ctrl-L
    kSuspend,  ///< Ctrl-Z: for the terminal, not for `press`
  };
  Code code = Code::kChar;
  char character = 0;  ///< of kChar: printable ASCII

  static Key of(char character) { return {Code::kChar, character}; }
};

namespace order {
struct Pause {
  std::uint32_t device = 0;
};
struct Resume {
  std::uint32_t device = 0;
};
struct PreferPool {
  std::size_t pool = 0;  ///< PoolListing::number
};
struct EnablePool {
  std::size_t pool = 0;
  bool enabled = true;
};
struct ChangeSetting {
  std::string key;
  std::string value;
};
struct WriteSettings {};
struct Quit {};
struct Repaint {};
}  // namespace order
using Order = std::variant<order::Pause, order::Resume, order::PreferPool, order::EnablePool,
                           order::ChangeSetting, order::WriteSettings, order::Quit, order::Repaint>;

/// What a key is pressed at: what the user sees, and what of it keys change.
struct Desk {
  const miner::Snapshot& snapshot;
  std::span<const miner::SettingRow> settings;
  Size size;
  ViewState& view;
  LogTail& log;
  std::string settings_file;  ///< that settings would be written to
};

/// Changes the view and returns what the miner is to do.
std::vector<Order> press(const Key& key, const Desk& desk);

}  // namespace tui
