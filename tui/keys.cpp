#include "tui/keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tui/derived.h"
#include "tui/key_parts.h"
#include "tui/pages.h"

namespace tui {
namespace {

using Code = Key::Code;
using Kind = Prompt::Kind;
using miner::DeviceSnapshot;
using miner::DeviceState;

constexpr std::size_t kOneDigit = 10;  // so many devices have numbers of one digit

/// Lines below the title of a page.
int page_rows(const Desk& desk) {
  return std::max(
      layout_of(desk.size, desk.snapshot.devices.size(), desk.view.boxes).page.height - 1, 1);
}

void open_page(const Desk& desk, Page page) {
  desk.view.page = desk.view.page == page ? Page::kMain : page;
  desk.view.selected = 0;
  desk.view.scrolled = 0;
  desk.view.pool.reset();
}

/// What was paused for a fault stays so: resuming that takes the device's own key and an answer.
/// The snapshot may be older than the pause, and resuming what races changes nothing.
Orders resume_all(const Desk& desk) {
  Orders orders;
  for (std::uint32_t i = 0; i < desk.snapshot.devices.size(); ++i) {
    const DeviceSnapshot& device = desk.snapshot.devices[i];
    const bool faulty = device.state == DeviceState::kOff ||
                        (device.state == DeviceState::kPaused && !is_paused_by_user(device));
    if (!faulty) orders.emplace_back(order::Resume{i});
  }
  desk.view.message = "all devices that were paused by you resume";
  return orders;
}

/// Lines that a key moves down; 0: it is no such key. `rows`: of a page.
std::int64_t way_of(Code code, int rows) {
  constexpr std::int64_t kAllTheWay = 1'000'000;
  switch (code) {
    case Code::kUp:
      return -1;
    case Code::kDown:
      return 1;
    case Code::kPageUp:
      return -rows;
    case Code::kPageDown:
      return rows;
    case Code::kHome:
      return -kAllTheWay;
    case Code::kEnd:
      return kAllTheWay;
    default:
      return 0;
  }
}

void choose_pool(const Desk& desk, int row) {
  desk.view.selected = row;
  const auto& pools = desk.snapshot.pools;
  if (!pools.empty()) desk.view.pool = pools[static_cast<std::size_t>(row)].number;
}

bool move(const Key& key, const Desk& desk) {
  ViewState& view = desk.view;
  if (view.page == Page::kMain) {
    const std::int64_t way = way_of(key.code, log_rows(desk));
    if (way != 0) desk.log.scroll(way, log_rows(desk));
    return way != 0;
  }
  const std::int64_t way = way_of(key.code, page_rows(desk));
  const History none;
  const int rows = rows_of({desk.snapshot, none, desk.log, view, desk.settings, {}, {}});
  const auto moved = [way](int from, int most) {
    return static_cast<int>(std::clamp<std::int64_t>(from + way, 0, std::max(most, 0)));
  };
  if (is_read_only(view.page)) {
    view.scrolled = moved(view.scrolled, rows - page_rows(desk));
  } else if (view.page == Page::kPools) {
    choose_pool(desk, moved(pool_row(view, desk.snapshot), rows - 1));
  } else {
    view.selected = moved(view.selected, rows - 1);
  }
  return way != 0;
}

// ---- keys of every page -----------------------------------------------------------------------

std::optional<Page> page_of(char c) {
  switch (c) {
    case 'P':
      return Page::kPools;
    case 'G':
    case 'g':
      return Page::kDevices;
    case 'S':
      return Page::kSettings;
    case 'D':
    case 'd':
      return Page::kDisplay;
    case 'h':
    case 'H':
      return Page::kRates;
    case 's':
      return Page::kResults;
    case 'c':
    case 'C':
      return Page::kConnection;
    case 'e':
    case 'E':
      return Page::kHealth;
    case '?':
      return Page::kHelp;
    default:
      return std::nullopt;
  }
}

void type_number(char digit, const Desk& desk) {
  if (desk.snapshot.devices.size() <= kOneDigit)
    return ask_to_toggle(desk, static_cast<std::uint64_t>(digit - '0'));
  ask(desk, Kind::kDeviceNumber);
  desk.view.prompt->typed = digit;
}

void go_to_match(const Desk& desk, bool up) {
  if (desk.log.searched().empty()) {
    desk.view.message = "/ searches the log";
  } else if (!desk.log.go_to_match(up, log_rows(desk))) {
    desk.view.message = up ? "no match above" : "no match below";
  }
}

Orders press_letter(char c, const Desk& desk) {
  if (const auto page = page_of(c)) {
    open_page(desk, *page);
  } else if (c >= '0' && c <= '9') {
    type_number(c, desk);
  } else if (c == 'q' || c == 'Q') {
    ask(desk, Kind::kQuit);
  } else if (c == 'p') {
    ask(desk, Kind::kPauseAll);
  } else if (c == 'r' || c == 'R') {
    return resume_all(desk);
  } else if (c == '/') {
    desk.view.page = Page::kMain;
    ask(desk, Kind::kSearch);
  } else if (c == 'n' || c == 'N') {
    go_to_match(desk, c == 'n');
  }
  return {};
}

void escape(const Desk& desk) {
  if (desk.view.page != Page::kMain) return open_page(desk, Page::kMain);
  desk.log.search("", 1);
  desk.log.follow();
}

}  // namespace

int log_rows(const Desk& desk) {
  const Layout layout = layout_of(desk.size, desk.snapshot.devices.size(), desk.view.boxes);
  return std::max(layout.log.height - 1, 1);
}

Orders one(Order order) {
  Orders orders;
  orders.push_back(std::move(order));
  return orders;
}

std::vector<Order> press(const Key& key, const Desk& desk) {
  desk.view.message.clear();
  if (key.code == Code::kRepaint) return one(order::Repaint{});
  if (desk.view.prompt) return answer(key, desk);
  if (auto orders = press_on_page(key, desk)) return std::move(*orders);
  if (move(key, desk)) return {};
  if (key.code == Code::kEscape) {
    escape(desk);
  } else if (key.code == Code::kHelp) {
    open_page(desk, Page::kHelp);
  } else if (key.code == Code::kChar) {
    return press_letter(key.character, desk);
  }
  return {};
}

}  // namespace tui
