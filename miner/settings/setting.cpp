#include "miner/settings/setting.h"

#include <algorithm>
#include <cctype>

#include "base/check.h"

namespace miner {
namespace {

/// The text inside a JSON text's quotes; other values as they stand.
std::string_view unquoted(std::string_view json) {
  const bool text = json.size() >= 2 && json.front() == '"';
  return text ? json.substr(1, json.size() - 2) : json;
}

}  // namespace

std::string_view group_of(const Setting& setting) {
  return setting.of_pool ? kPoolsKey : setting.key;
}

std::string first_flag(const Setting& setting) {
  return std::string(setting.flags.substr(0, setting.flags.find(',')));
}

std::string file_key(const Setting& setting) {
  const std::string key(setting.key);
  return setting.of_pool ? std::string(kPoolsKey) + "[]." + key : key;
}

std::string environment_name(const Setting& setting) {
  std::string name = "SPRINTMINER_";
  for (const char c : setting.key) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string range_text(const Setting& setting) {
  if (setting.kind == ValueKind::kSwitch) return "true|false";
  if (setting.kind != ValueKind::kNumber) return std::string(setting.form);
  return std::to_string(setting.min) + ".." + std::to_string(setting.max);
}

std::string default_text(const Setting& setting) {
  return std::string(setting.otherwise.empty() ? unquoted(setting.example) : setting.otherwise);
}

std::string help_text(const Setting& setting) {
  std::string text(setting.meaning);
  if (setting.kind == ValueKind::kNumber) text += ", " + range_text(setting);
  const bool shows_default =
      setting.kind == ValueKind::kNumber || (setting.kind == ValueKind::kText && !setting.of_pool);
  if (shows_default) text += " (" + default_text(setting) + ")";
  return text;
}

const Setting& setting_of(std::string_view key) {
  const auto table = settings_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Setting& setting) { return setting.key == key; });
  CHECK(found != table.end());
  return *found;
}

}  // namespace miner
