#pragma once

#include <span>

#include "miner/control.h"
#include "miner/snapshot.h"
#include "tui/canvas.h"
#include "tui/text_table.h"
#include "tui/view.h"

// Pages on which something can be changed.
namespace tui {

TextTable pools_table(const miner::Snapshot& snapshot);

/// The table of devices, and below it everything that is known of the selected one.
void draw_devices_page(Canvas& canvas, const Area& area, const miner::Snapshot& snapshot,
                       int selected);

/// All settings, and below them what the selected one means.
void draw_settings_page(Canvas& canvas, const Area& area,
                        std::span<const miner::SettingRow> settings, int selected);

/// Rows of the display page.
enum class DisplayChoice { kGraph, kLog, kGraphUnit };
constexpr int kDisplayChoices = 3;
TextTable display_table(const ViewState& view);

/// "disabled", "in use": a pool's standing in words.
std::string_view standing_word(miner::PoolStanding standing);

}  // namespace tui
