#include "tui/keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tui/pages.h"
#include "tui/setup_pages.h"

namespace tui {
namespace {

using Code = Key::Code;
using Kind = Prompt::Kind;
using Orders = std::vector<Order>;
using miner::DeviceSnapshot;
using miner::DeviceState;

constexpr std::size_t kLongestText = 200;
constexpr std::size_t kOneDigit = 10;  // so many devices have numbers of one digit

int log_rows(const Desk& desk) {
  const Layout layout = layout_of(desk.size, desk.snapshot.devices.size(), desk.view.boxes);
  return std::max(layout.log.height - 1, 1);
}

int page_rows(const Desk& desk) {
  return std::max(
      layout_of(desk.size, desk.snapshot.devices.size(), desk.view.boxes).page.height - 2, 1);
}

void ask(const Desk& desk, Kind kind, std::uint64_t target = 0) {
  desk.view.prompt = Prompt{kind, target, {}, {}};
}

void open_page(const Desk& desk, Page page) {
  desk.view.page = desk.view.page == page ? Page::kMain : page;
  desk.view.selected = 0;
  desk.view.scrolled = 0;
}

bool paused(const DeviceSnapshot& device) {
  return device.state == DeviceState::kPaused;
}

/// Asks whether to pause or resume; a device that is given up can do neither.
void ask_to_toggle(const Desk& desk, std::uint64_t number) {
  const auto& devices = desk.snapshot.devices;
  if (number >= devices.size()) {
    desk.view.message =
        fmt::format("there is no device {}, they are 0 to {}", number, devices.size() - 1);
  } else if (devices[number].state == DeviceState::kOff) {
    desk.view.message = fmt::format("device {} is given up until the next start", number);
  } else {
    ask(desk, paused(devices[number]) ? Kind::kResumeDevice : Kind::kPauseDevice, number);
  }
}

Orders one(Order order) {
  Orders orders;
  orders.push_back(std::move(order));
  return orders;
}

// ---- prompts ----------------------------------------------------------------------------------

Orders pause_all(const Desk& desk) {
  Orders orders;
  for (std::uint32_t i = 0; i < desk.snapshot.devices.size(); ++i)
    orders.push_back(order::Pause{i});
  desk.view.message = "all devices are paused; r resumes";
  return orders;
}

Orders resume_all(const Desk& desk) {
  Orders orders;
  for (std::uint32_t i = 0; i < desk.snapshot.devices.size(); ++i) {
    if (paused(desk.snapshot.devices[i])) orders.push_back(order::Resume{i});
  }
  desk.view.message =
      orders.empty() ? "no device is paused" : fmt::format("{} devices resume", orders.size());
  return orders;
}

Orders agreed(const Prompt& prompt, const Desk& desk) {
  const auto device = static_cast<std::uint32_t>(prompt.target);
  switch (prompt.kind) {
    case Kind::kQuit:
      desk.view.message = "ending: what was found is submitted first";
      return one(order::Quit{});
    case Kind::kPauseAll:
      return pause_all(desk);
    case Kind::kPauseDevice:
      desk.view.message = fmt::format("device {} is paused", device);
      return one(order::Pause{device});
    case Kind::kResumeDevice:
      desk.view.message = fmt::format("device {} resumes", device);
      return one(order::Resume{device});
    case Kind::kDisablePool:
      return one(order::EnablePool{prompt.target, false});
    case Kind::kWriteSettings:
      return one(order::WriteSettings{});
    default:
      return {};
  }
}

Orders entered(const Prompt& prompt, const Desk& desk) {
  if (prompt.kind == Kind::kSettingValue)
    return one(order::ChangeSetting{prompt.key, prompt.typed});
  if (prompt.kind == Kind::kSearch) {
    desk.log.search(prompt.typed, log_rows(desk));
    if (!prompt.typed.empty() && desk.log.matches() == 0) {
      desk.view.message = fmt::format("no line of the log holds \"{}\"", prompt.typed);
    }
  } else if (!prompt.typed.empty()) {
    ask_to_toggle(desk, std::stoull(prompt.typed));
  }
  return {};
}

bool accepts(const Prompt& prompt, char c) {
  if (prompt.kind == Kind::kDeviceNumber) return c >= '0' && c <= '9' && prompt.typed.size() < 4;
  return prompt.typed.size() < kLongestText;
}

Orders answer(const Key& key, const Desk& desk) {
  const Prompt prompt = *desk.view.prompt;
  if (!prompt.takes_text()) {
    desk.view.prompt.reset();
    const bool yes = key.code == Code::kChar && (key.character == 'y' || key.character == 'Y');
    return yes ? agreed(prompt, desk) : Orders{};
  }
  std::string& typed = desk.view.prompt->typed;
  if (key.code == Code::kEscape) {
    desk.view.prompt.reset();
  } else if (key.code == Code::kEnter) {
    desk.view.prompt.reset();
    return entered(prompt, desk);
  } else if (key.code == Code::kBackspace) {
    if (!typed.empty()) typed.pop_back();
  } else if (key.code == Code::kChar && accepts(prompt, key.character)) {
    typed += key.character;
  }
  return {};
}

// ---- keys of a page ---------------------------------------------------------------------------

const miner::PoolListing* chosen_pool(const Desk& desk) {
  const auto row = static_cast<std::size_t>(desk.view.selected);
  return row < desk.snapshot.pools.size() ? &desk.snapshot.pools[row] : nullptr;
}

std::optional<Orders> press_on_pools(const Key& key, const Desk& desk) {
  const miner::PoolListing* pool = chosen_pool(desk);
  const char c = key.code == Code::kEnter ? 's' : key.character;
  if (pool == nullptr) return std::nullopt;
  switch (c) {
    case 's':
    case 'S':
      desk.view.selected = 0;  // where it will be
      desk.view.message = "switching to " + pool->url;
      return one(order::PreferPool{pool->number});
    case 'e':
    case 'E':
      return one(order::EnablePool{pool->number, true});
    case 'd':
    case 'D':
      ask(desk, Kind::kDisablePool, pool->number);
      return Orders{};
    default:
      return std::nullopt;
  }
}

std::optional<Orders> press_on_devices(const Key& key, const Desk& desk) {
  const auto number = static_cast<std::uint32_t>(desk.view.selected);
  switch (key.character) {
    case 'e':
    case 'E':
      desk.view.message = fmt::format("device {} resumes", number);
      return one(order::Resume{number});
    case 'd':
    case 'D':
      ask(desk, Kind::kPauseDevice, number);
      return Orders{};
    default:
      return std::nullopt;
  }
}

std::optional<Orders> press_on_settings(const Key& key, const Desk& desk) {
  if (key.character == 'w' || key.character == 'W') {
    ask(desk, Kind::kWriteSettings);
    return Orders{};
  }
  const auto row = static_cast<std::size_t>(desk.view.selected);
  if (key.code != Code::kEnter || row >= desk.settings.size()) return std::nullopt;
  const miner::SettingRow& setting = desk.settings[row];
  if (setting.live) {
    desk.view.prompt = Prompt{Kind::kSettingValue, 0, setting.key, setting.value};
  } else {
    desk.view.message = setting.key + " applies at the next start: change it in the configuration";
  }
  return Orders{};
}

std::optional<Orders> press_on_display(const Key& key, const Desk& desk) {
  if (key.code != Code::kEnter && key.character != ' ') return std::nullopt;
  ViewState& view = desk.view;
  switch (static_cast<DisplayChoice>(view.selected)) {
    case DisplayChoice::kGraph:
      view.boxes.graph = !view.boxes.graph;
      break;
    case DisplayChoice::kLog:
      view.boxes.log = !view.boxes.log;
      break;
    case DisplayChoice::kGraphUnit:
      view.graph = view.graph == GraphUnit::kMacs ? GraphUnit::kNonces : GraphUnit::kMacs;
      break;
  }
  return Orders{};
}

/// Nothing: the key is none of the page's.
std::optional<Orders> press_on_page(const Key& key, const Desk& desk) {
  switch (desk.view.page) {
    case Page::kPools:
      return press_on_pools(key, desk);
    case Page::kDevices:
      return press_on_devices(key, desk);
    case Page::kSettings:
      return press_on_settings(key, desk);
    case Page::kDisplay:
      return press_on_display(key, desk);
    default:
      return std::nullopt;
  }
}

// ---- moving about -----------------------------------------------------------------------------

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
  if (view.page == Page::kHelp) {
    const int most = std::max(rows - page_rows(desk) - 1, 0);
    view.scrolled = static_cast<int>(std::clamp<std::int64_t>(view.scrolled + way, 0, most));
  } else {
    view.selected =
        static_cast<int>(std::clamp<std::int64_t>(view.selected + way, 0, std::max(rows - 1, 0)));
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
