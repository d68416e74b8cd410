// Keys that mean something on one page only.
#include <fmt/core.h>

#include "tui/derived.h"
#include "tui/key_parts.h"
#include "tui/setup_pages.h"

namespace tui {
namespace {

using Code = Key::Code;
using Kind = Prompt::Kind;

const miner::PoolListing* chosen_pool(const Desk& desk) {
  const auto row = static_cast<std::size_t>(pool_row(desk.view, desk.snapshot));
  return row < desk.snapshot.pools.size() ? &desk.snapshot.pools[row] : nullptr;
}

Orders ask_to_switch(const Desk& desk, const miner::PoolListing& pool) {
  desk.view.pool = pool.number;
  if (pool.standing == miner::PoolStanding::kInUse) {
    desk.view.message = pool.url + " is in use";
    return {};
  }
  if (desk.snapshot.sprint.phase != miner::SprintPhase::kRacing) {
    return switch_to(desk, pool.number);
  }
  ask(desk, Kind::kSwitchPool, pool.number);
  return {};
}

Orders ask_to_disable(const Desk& desk, const miner::PoolListing& pool) {
  int usable = 0;
  for (const miner::PoolListing& other : desk.snapshot.pools) {
    const bool out = other.standing == miner::PoolStanding::kDisabled ||
                     other.standing == miner::PoolStanding::kRefused;
    if (!out && other.number != pool.number) ++usable;
  }
  if (usable == 0) {
    desk.view.message = "it is the last pool that can be used, and stays";
  } else {
    ask(desk, Kind::kDisablePool, pool.number);
  }
  return {};
}

std::optional<Orders> press_on_pools(const Key& key, const Desk& desk) {
  const miner::PoolListing* pool = chosen_pool(desk);
  const char c = key.code == Code::kEnter ? 's' : key.character;
  if (pool == nullptr) return std::nullopt;
  switch (c) {
    case 's':
    case 'S':
      return ask_to_switch(desk, *pool);
    case 'e':
    case 'E':
      desk.view.message = "enabled";
      return one(order::EnablePool{pool->number, true});
    case 'd':
    case 'D':
      return ask_to_disable(desk, *pool);
    default:
      return std::nullopt;
  }
}

std::optional<Orders> press_on_devices(const Key& key, const Desk& desk) {
  const auto number = static_cast<std::uint32_t>(desk.view.selected);
  const bool enable = key.character == 'e' || key.character == 'E';
  const bool disable = key.character == 'd' || key.character == 'D';
  if ((!enable && !disable) || number >= desk.snapshot.devices.size()) return std::nullopt;
  const miner::DeviceSnapshot& device = desk.snapshot.devices[number];
  const bool out = is_paused_by_user(device) || device.state == miner::DeviceState::kPaused;
  if (device.state != miner::DeviceState::kOff && out == disable) {
    desk.view.message = fmt::format("device {} is {} already", number, out ? "paused" : "enabled");
  } else {
    ask_to_toggle(desk, number);
  }
  return Orders{};
}

std::optional<Orders> press_on_settings(const Key& key, const Desk& desk) {
  if (key.character == 'w' || key.character == 'W') {
    ask(desk, Kind::kWriteSettings);
    desk.view.prompt->key = desk.settings_file;
    return Orders{};
  }
  const auto row = static_cast<std::size_t>(desk.view.selected);
  if (key.code != Code::kEnter || row >= desk.settings.size()) return std::nullopt;
  const miner::SettingRow& setting = desk.settings[row];
  if (setting.live) {
    // A default may be words that are no value.
    const std::string now = setting.source == "default" ? "" : setting.value;
    desk.view.prompt = Prompt{Kind::kSettingValue, 0, setting.key, now};
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

Orders switch_to(const Desk& desk, std::size_t pool) {
  for (const miner::PoolListing& listing : desk.snapshot.pools) {
    if (listing.number == pool) desk.view.message = "switching to " + listing.url;
  }
  return one(order::PreferPool{pool});
}

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
