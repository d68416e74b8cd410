// A configuration file of the settings that a run has.
#include <algorithm>

#include "base/bytes.h"
#include "miner/json_line.h"
#include "miner/settings/config_texts.h"
#include "miner/settings/read_values.h"

namespace miner {
namespace {

constexpr std::string_view kMark = "// Written by sprintminer from a run.";
constexpr std::string_view kHead =
    " `sprintminer config init` writes one that explains every\n"
    "// key.\n";

std::string quoted(const std::string& text) {
  return JsonLine().text(text).str();
}

/// In brackets, with commas between.
std::string array_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + quoted(word);
  return "[" + text + "]";
}

std::vector<std::string> words_of(const Setting& setting, const std::vector<GivenValue>& values) {
  std::vector<std::string> words;
  for (const GivenValue& value : values) {
    if (setting.kind == ValueKind::kOptions) {
      words.push_back(value.text);
    } else {
      const auto list = read_list(value.text).value();  // it was read before
      words.insert(words.end(), list.begin(), list.end());
    }
  }
  return words;
}

/// A setting's value as JSON; one of several forms that mean the same.
std::string json_of(const Setting& setting, const std::vector<GivenValue>& values) {
  switch (setting.kind) {
    case ValueKind::kSwitch:
      return read_switch(values.front().text).value() ? "true" : "false";
    case ValueKind::kNumber:
      return std::to_string(read_number(values.front().text, setting.min, setting.max).value());
    case ValueKind::kText:
      return quoted(values.front().text);
    case ValueKind::kList:
    case ValueKind::kOptions:
      break;
  }
  return array_of(words_of(setting, values));
}

bool is_default(const Setting& setting, const std::vector<GivenValue>& values) {
  if (values.empty()) return true;
  return setting.otherwise.empty() && json_of(setting, values) == setting.example;
}

std::string member(std::string_view key, const std::string& json) {
  return "  \"" + std::string(key) + "\": " + json;
}

std::string pool_object(const PoolArgument& pool) {
  std::string text = "    {\"url\": " + quoted(pool.url);
  if (!pool.user.empty()) text += ", \"user\": " + quoted(pool.user);
  if (!pool.password.empty()) text += ", \"pass\": " + quoted(pool.password);
  return text + "}";
}

std::string pools_member(const std::vector<PoolArgument>& pools) {
  std::string text;
  for (const PoolArgument& pool : pools) text += (text.empty() ? "" : ",\n") + pool_object(pool);
  return member(kPoolsKey, "[\n" + text + "\n  ]");
}

base::Status check_texts(const GivenSettings& settings) {
  for (const Setting& setting : settings_table()) {
    for (const GivenValue& value : settings.of(group_of(setting))) {
      if (base::is_utf8(value.text)) continue;
      return base::invalid(std::string(value.setting->key) +
                           " is not UTF-8 and cannot stand in a configuration file");
    }
  }
  return base::Ok{};
}

}  // namespace

bool is_of_config_of(std::string_view text) {
  return text.starts_with(kMark);
}

base::Result<std::string> config_of(const GivenSettings& settings, const GivenSettings& in_file,
                                    const RunChoice& choice) {
  RETURN_IF_ERROR(check_texts(settings));
  std::string text;
  const auto add = [&](const std::string& one) { text += (text.empty() ? "" : ",\n") + one; };
  for (const Setting& setting : settings_table()) {
    if (setting.of_pool) {
      if (setting.key == "url" && !choice.pools.empty()) add(pools_member(choice.pools));
      continue;
    }
    const auto& values = settings.of(setting.key);
    if (setting.key == "devices" && !choice.devices.empty()) {
      add(member(setting.key, array_of(choice.devices)));
    } else if (!is_default(setting, values) || (in_file.has(setting.key) && !values.empty())) {
      add(member(setting.key, json_of(setting, values)));
    }
  }
  return std::string(kMark) + std::string(kHead) + "{\n" + text + "\n}\n";
}

}  // namespace miner
