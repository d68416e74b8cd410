#include "pool/cli/settings_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/nearest.h"
#include "settings/config_json.h"

namespace pool {
namespace {

using settings::ConfigMember;
using settings::ConfigValue;
using Type = ConfigValue::Type;

constexpr std::string_view kHead =
    R"(// Configuration of sprintpool. JSON with comments; commas before a closing bracket are fine.
// A flag wins over this file, this file over the defaults. What changes here counts from the next
// start on.
{
)";

/// Puts the values of a file's tree into a list.
class TreeReader {
 public:
  explicit TreeReader(const std::string& path) : path_(base::printable(path)) {}

  base::Result<std::vector<GivenSetting>> read(const ConfigValue& root) {
    if (root.type != Type::kObject) {
      return at(root.place,
                fmt::format("a configuration is an object, not {}", settings::describe(root.type)));
    }
    for (const ConfigMember& member : root.members) {
      ASSIGN_OR_RETURN(const PoolSetting* setting, find(member));
      RETURN_IF_ERROR(read_setting(*setting, member.value));
    }
    return std::move(out_);
  }

 private:
  base::Error at(settings::TextPlace place, const std::string& what) const {
    return base::invalid(path_ + ":" + place.text() + ": " + what);
  }

  base::Result<const PoolSetting*> find(const ConfigMember& member) const {
    std::vector<std::string> keys;
    for (const PoolSetting& setting : pool_settings_table()) {
      if (setting.key == member.name) return &setting;
      keys.emplace_back(setting.key);
    }
    const auto meant = base::nearest(member.name, keys);
    return at(member.place, "unknown key '" + base::printable(member.name, 64) + "'" +
                                (meant ? "; did you mean " + *meant + "?" : ""));
  }

  base::Error wrong_type(const PoolSetting& setting, const ConfigValue& value,
                         std::string_view wanted) const {
    return at(value.place, fmt::format("{}: {} is wanted, not {}", setting.key, wanted,
                                       settings::describe(value.type)));
  }

  void add(const PoolSetting& setting, const ConfigValue& value) {
    const std::string file = path_ + ":" + value.place.text();
    out_.push_back({&setting, value.text, fmt::format("{}: {}", file, setting.key), file});
  }

  base::Status read_setting(const PoolSetting& setting, const ConfigValue& value) {
    if (setting.kind == ValueKind::kList && value.type == Type::kArray) {
      for (const ConfigValue& element : value.elements) {
        if (element.type != Type::kText) return wrong_type(setting, element, "a text");
        add(setting, element);
      }
      return base::Ok{};
    }
    const auto [type, wanted] = wanted_of(setting.kind);
    if (value.type != type) return wrong_type(setting, value, wanted);
    add(setting, value);
    return base::Ok{};
  }

  static std::pair<Type, std::string_view> wanted_of(ValueKind kind) {
    switch (kind) {
      case ValueKind::kSwitch:
        return {Type::kBoolean, "true or false"};
      case ValueKind::kNumber:
        return {Type::kNumber, "a number"};
      case ValueKind::kText:
        return {Type::kText, "a text"};
      case ValueKind::kList:
        break;
    }
    return {Type::kText, "an array of texts"};
  }

  const std::string path_;
  std::vector<GivenSetting> out_;
};

base::Status put(const std::vector<GivenSetting>& values, PoolSettings& into) {
  for (const GivenSetting& value : values) {
    const base::Status read = value.setting->read(*value.setting, value.text, into);
    if (!read.ok()) return base::invalid(value.place + ": " + read.message());
    if (!value.file.empty()) into.file_places.emplace(value.setting->key, value.file);
  }
  return base::Ok{};
}

std::string range_of(const PoolSetting& setting) {
  return setting.kind == ValueKind::kNumber ? fmt::format("{}..{}; ", setting.min, setting.max)
                                            : "";
}

}  // namespace

base::Result<std::vector<GivenSetting>> parse_pool_config(const std::string& path,
                                                          std::string_view text) {
  const auto root = settings::parse_config_json(text);
  if (!root.ok()) return base::invalid(base::printable(path) + ":" + root.message());
  return TreeReader(path).read(*root);
}

base::Result<PoolSettings> settings_of(const std::vector<GivenSetting>& high,
                                       const std::vector<GivenSetting>& low) {
  PoolSettings tried;
  RETURN_IF_ERROR(put(low, tried));
  std::vector<GivenSetting> kept = low;
  std::erase_if(kept, [&](const GivenSetting& value) {
    return std::any_of(high.begin(), high.end(),
                       [&](const GivenSetting& other) { return other.setting == value.setting; });
  });
  PoolSettings out;
  RETURN_IF_ERROR(put(kept, out));
  RETURN_IF_ERROR(put(high, out));
  return out;
}

std::string pool_config_text(const std::map<std::string_view, std::string>& set) {
  std::string text(kHead);
  std::string_view topic;
  for (const PoolSetting& setting : pool_settings_table()) {
    if (setting.topic != topic) {
      text += fmt::format("  // ---- {} {:-<{}}\n\n", setting.topic, "", 70 - setting.topic.size());
    }
    topic = setting.topic;
    const std::string_view standard =
        setting.otherwise.empty() ? setting.example : setting.otherwise;
    text +=
        fmt::format("  // {}\n  // {}default: {}\n", setting.meaning, range_of(setting), standard);
    const auto given = set.find(setting.key);
    text += given == set.end() ? fmt::format("  // \"{}\": {},\n\n", setting.key, setting.example)
                               : fmt::format("  \"{}\": {},\n\n", setting.key, given->second);
  }
  text.pop_back();  // one of the two newlines
  return text + "}\n";
}

}  // namespace pool
