// Keys that mean something on one page only.
#include <fmt/core.h>

#include "tui/key_parts.h"
#include "tui/setup_pages.h"

namespace tui {
namespace {

using Code = Key::Code;
using Kind = Prompt::Kind;

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

}  // namespace

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

}  // namespace tui
