#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "miner/control.h"
#include "miner/snapshot.h"
#include "tui/graph.h"
#include "tui/history.h"
#include "tui/layout.h"
#include "tui/log_tail.h"
#include "tui/style.h"

// What the user looks at: plain values that keys change and the frame draws.
namespace tui {

enum class Page {
  kMain,  ///< devices, graph, log
  kHelp,
  kPools,
  kDevices,
  kSettings,
  kDisplay,
  kRates,
  kResults,
  kConnection,
  kHealth,
};

/// A question in the place of the key row.
struct Prompt {
  enum class Kind {
    // answered by y
    kQuit,
    kPauseAll,
    kPauseDevice,
    kResumeDevice,
    kDisablePool,
    kSwitchPool,
    kWriteSettings,
    // answered by a text and Enter
    kDeviceNumber,
    kSearch,
    kSettingValue,
  };
  Kind kind = Kind::kQuit;
  std::uint64_t target = 0;  ///< the device's or the pool's number
  std::string key;           ///< of the setting; the file, of kWriteSettings
  std::string typed;

  bool takes_text() const { return kind >= Kind::kDeviceNumber; }
};

struct ViewState {
  Page page = Page::kMain;
  int selected = 0;                 ///< row of the page that keys apply to
  std::optional<std::size_t> pool;  ///< PoolListing::number of the pool they apply to
  int scrolled = 0;                 ///< lines above the screen, of a page that is only read
  std::optional<Prompt> prompt;
  std::string message;  ///< what came of the last order, until the next key
  Boxes boxes;
  GraphUnit graph = GraphUnit::kMacs;
};

/// The row of the pool that keys apply to: it keeps them when the list is put in another order.
int pool_row(const ViewState& view, const miner::Snapshot& snapshot);

/// All that is drawn. References: for one frame.
struct Scene {
  const miner::Snapshot& snapshot;
  const History& history;
  const LogTail& log;
  const ViewState& view;
  std::span<const miner::SettingRow> settings;
  Look look;
  std::string_view program;  ///< name and version
};

}  // namespace tui
