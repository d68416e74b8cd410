#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/redaction.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"
#include "miner/settings/config_texts.h"

namespace miner {
namespace {

constexpr const char* kHidden = "***";

/// A setting as it is listed: once, but of pools once for each that was written.
struct Line {
  std::string key;
  const Setting* setting = nullptr;
  std::vector<const GivenValue*> values;  ///< empty: the default
};

/// pools[0].url, pools[0].user, ... as they were written.
std::vector<Line> pool_lines(const GivenSettings& settings) {
  std::vector<Line> lines;
  int pool = -1;
  for (const GivenValue& value : settings.of(kPoolsKey)) {
    if (value.setting->key == "url") ++pool;
    lines.push_back({std::string(kPoolsKey) + "[" + std::to_string(pool) + "]." +
                         std::string(value.setting->key),
                     value.setting,
                     {&value}});
  }
  return lines;
}

std::vector<Line> all_lines(const GivenSettings& settings) {
  std::vector<Line> lines = pool_lines(settings);
  for (const Setting& setting : settings_table()) {
    if (setting.of_pool && settings.has(kPoolsKey)) continue;
    Line line{file_key(setting), &setting, {}};
    for (const GivenValue& value : settings.of(setting.key)) line.values.push_back(&value);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string shown(const GivenValue& value) {
  if (value.setting->key == "pass" && !value.text.empty()) return kHidden;
  if (value.setting->key == "proxy") return base::printable(base::without_user({value.text}));
  return base::printable(value.text);
}

std::string value_text(const Line& line) {
  if (line.values.empty()) return default_text(*line.setting);
  std::string text;
  for (const GivenValue* value : line.values) {
    const char* between = line.setting->kind == ValueKind::kOptions ? " " : ",";
    text += (text.empty() ? "" : between) + shown(*value);
  }
  return text.empty() ? "\"\"" : text;
}

std::string source_text(const Line& line) {
  if (line.values.empty()) return "default";
  const GivenValue& value = *line.values.front();
  switch (value.source) {
    case Source::kFlag:
      return "flag " + value.place;
    case Source::kEnvironment:
      return "env " + value.place;
    default:
      return value.place;
  }
}

std::string_view source_name(Source source) {
  switch (source) {
    case Source::kFlag:
      return "flag";
    case Source::kEnvironment:
      return "environment";
    case Source::kFile:
      return "file";
    case Source::kScreen:
      return "screen";
    case Source::kDefault:
      break;
  }
  return "default";
}

/// Where a setting is from, for a person.
std::string source_of(const GivenSettings& settings, std::string_view group) {
  const bool given = settings.has(group);
  return std::string(source_name(given ? settings.of(group).front().source : Source::kDefault));
}

SettingRow row_of(Line line, const GivenSettings& settings) {
  const Setting& setting = *line.setting;
  for (const GivenValue& value : settings.of(setting.key)) line.values.push_back(&value);
  return {line.key,
          value_text(line),
          range_text(setting),
          std::string(setting.meaning),
          source_of(settings, setting.key),
          setting.live};
}

/// "URL USER, URL USER"
SettingRow pools_row(const GivenSettings& settings) {
  std::string pools;
  for (const PoolArgument& pool : settings.settings().mine.pools) {
    pools += (pools.empty() ? "" : ", ") + base::printable(pool.url);
    if (!pool.user.empty()) pools += " " + base::printable(pool.user);
  }
  return {std::string(kPoolsKey),
          pools.empty() ? "none" : pools,
          "url, user and pass of each",
          "in the order of preference: the next takes over when one cannot be reached",
          source_of(settings, kPoolsKey),
          false};
}

/// One word of a value, which was read before.
void write_scalar(JsonLine& json, ValueKind kind, const std::string& text) {
  if (kind == ValueKind::kSwitch) {
    json.boolean(text == "true" || text == "1");
  } else if (kind == ValueKind::kNumber) {
    json.integer(base::u64_from_decimal(text).value_or(0));
  } else {
    json.text(text);
  }
}

void write_value(JsonLine& json, const Line& line) {
  const Setting& setting = *line.setting;
  const bool list = setting.kind == ValueKind::kList || setting.kind == ValueKind::kOptions;
  if (line.values.empty() && !setting.otherwise.empty()) {
    json.null();
  } else if (line.values.empty()) {
    write_scalar(json, setting.kind, default_text(setting));
  } else if (list) {
    json.begin_array();
    for (const GivenValue* value : line.values) json.text(value->text);
    json.end_array();
  } else {
    write_scalar(json, setting.kind, shown(*line.values.front()));
  }
}

}  // namespace

std::vector<SettingRow> setting_rows(const GivenSettings& settings) {
  std::vector<SettingRow> rows;
  for (const Setting& setting : settings_table()) {
    if (!setting.of_pool) rows.push_back(row_of({file_key(setting), &setting, {}}, settings));
    if (setting.key == "url") rows.push_back(pools_row(settings));
  }
  return rows;
}

std::string settings_as_text(const GivenSettings& settings) {
  TextTable table({"setting", "value", "source"});
  for (const Line& line : all_lines(settings)) {
    table.add({line.key, value_text(line), source_text(line)});
  }
  return table.str();
}

std::string settings_as_json(const GivenSettings& settings) {
  JsonLine json;
  json.begin_object().key("settings").begin_array();
  for (const Line& line : all_lines(settings)) {
    json.begin_object().key("key").text(line.key).key("value");
    write_value(json, line);
    const Source source = line.values.empty() ? Source::kDefault : line.values.front()->source;
    json.key("source").text(source_name(source)).key("place");
    line.values.empty() ? json.null() : json.text(line.values.front()->place);
    json.end_object();
  }
  return json.end_array().end_object().str() + "\n";
}

}  // namespace miner
