#include "tui/prompt.h"

#include <fmt/core.h>

#include "tui/derived.h"

namespace tui {
namespace {

std::string device_text(std::uint64_t number, const miner::Snapshot& s) {
  const std::string label = number < s.devices.size() ? s.devices[number].info.label() : "?";
  return fmt::format("device {} ({})", number, label);
}

/// Why it is out of the race, if not because of the user: he should know what he does.
std::string cause_text(std::uint64_t number, const miner::Snapshot& s) {
  if (number >= s.devices.size() || is_paused_by_user(s.devices[number])) return "";
  return ", out for: " + s.devices[number].reason;
}

std::string pool_text(std::uint64_t number, const miner::Snapshot& s) {
  for (const miner::PoolListing& pool : s.pools) {
    if (pool.number == number) return pool.url;
  }
  return "?";
}

}  // namespace

std::string prompt_text(const Prompt& prompt, const miner::Snapshot& s) {
  switch (prompt.kind) {
    case Prompt::Kind::kQuit:
      return "quit? y/n";
    case Prompt::Kind::kPauseAll:
      return "pause all devices? y/n";
    case Prompt::Kind::kPauseDevice:
      return fmt::format("pause {}? y/n", device_text(prompt.target, s));
    case Prompt::Kind::kResumeDevice:
      return fmt::format("resume {}{}? y/n", device_text(prompt.target, s),
                         cause_text(prompt.target, s));
    case Prompt::Kind::kDisablePool:
      return fmt::format("disable {}? y/n", pool_text(prompt.target, s));
    case Prompt::Kind::kSwitchPool:
      return fmt::format("leave the race for {}? y/n", pool_text(prompt.target, s));
    case Prompt::Kind::kWriteSettings:
      return fmt::format("write the running settings to {}? y/n", prompt.key);
    case Prompt::Kind::kDeviceNumber:
      return fmt::format("device: {}_", prompt.typed);
    case Prompt::Kind::kSearch:
      return fmt::format("search: {}_", prompt.typed);
    case Prompt::Kind::kSettingValue:
      return fmt::format("{}: {}_", prompt.key, prompt.typed);
  }
  return "";
}

}  // namespace tui
