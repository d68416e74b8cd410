// Keys while a question stands in the key row.
#include <fmt/core.h>

#include <utility>

#include "tui/derived.h"
#include "tui/key_parts.h"

namespace tui {
namespace {

using Code = Key::Code;
using Kind = Prompt::Kind;
using miner::DeviceState;

constexpr std::size_t kLongestText = 200;

/// Those that are given up have nothing to pause.
Orders pause_all(const Desk& desk) {
  Orders orders;
  for (std::uint32_t i = 0; i < desk.snapshot.devices.size(); ++i) {
    if (desk.snapshot.devices[i].state != DeviceState::kOff) orders.emplace_back(order::Pause{i});
  }
  desk.view.message = fmt::format("{} devices are paused; r resumes", orders.size());
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
      desk.view.message = "disabled";
      return one(order::EnablePool{prompt.target, false});
    case Kind::kSwitchPool:
      return switch_to(desk, prompt.target);
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

}  // namespace

void ask(const Desk& desk, Kind kind, std::uint64_t target) {
  desk.view.prompt = Prompt{kind, target, {}, {}};
}

void ask_to_toggle(const Desk& desk, std::uint64_t number) {
  const auto& devices = desk.snapshot.devices;
  if (number >= devices.size()) {
    desk.view.message =
        fmt::format("there is no device {}, they are 0 to {}", number, devices.size() - 1);
  } else if (devices[number].state == DeviceState::kOff) {
    desk.view.message = fmt::format("device {} is given up until the next start", number);
  } else {
    const bool out =
        is_paused_by_user(devices[number]) || devices[number].state == DeviceState::kPaused;
    ask(desk, out ? Kind::kResumeDevice : Kind::kPauseDevice, number);
  }
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

}  // namespace tui
