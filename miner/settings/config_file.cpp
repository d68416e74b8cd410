#include "miner/settings/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/nearest.h"
#include "settings/config_json.h"

namespace miner {
namespace {

using settings::ConfigMember;
using settings::ConfigValue;
using settings::TextPlace;
using Type = ConfigValue::Type;

std::string shown(const std::string& path) {
  return base::printable(path);
}

/// Puts the values of a file's tree into settings.
class TreeReader {
 public:
  explicit TreeReader(const std::string& path) : path_(path) {}

  base::Result<GivenSettings> read(const ConfigValue& root) {
    if (root.type != Type::kObject) {
      return at(root.place,
                "a configuration is an object, not " + std::string(describe(root.type)));
    }
    for (const ConfigMember& member : root.members) {
      if (member.name == kPoolsKey) {
        RETURN_IF_ERROR(read_pools(member.value));
      } else {
        ASSIGN_OR_RETURN(const Setting* setting, find(member));
        RETURN_IF_ERROR(read_setting(*setting, member.value));
      }
    }
    return std::move(out_);
  }

 private:
  base::Error at(TextPlace place, const std::string& what) const {
    return base::invalid(shown(path_) + ":" + place.text() + ": " + what);
  }

  base::Error wrong_type(const Setting& setting, const ConfigValue& value,
                         std::string_view wanted) const {
    return at(value.place,
              fmt::format("{}: {} is wanted, not {}", setting.key, wanted, describe(value.type)));
  }

  base::Result<const Setting*> find(const ConfigMember& member) const {
    std::vector<std::string> keys = {std::string(kPoolsKey)};
    for (const Setting& setting : settings_table()) {
      if (setting.key == member.name && !setting.of_pool) return &setting;
      if (setting.key == member.name) {
        return at(member.place, fmt::format("'{}' belongs to a pool: \"pools\": [{{\"{}\": ...}}]",
                                            member.name, member.name));
      }
      if (!setting.of_pool) keys.emplace_back(setting.key);
    }
    return unknown(member, keys);
  }

  base::Error unknown(const ConfigMember& member, const std::vector<std::string>& keys) const {
    const auto meant = base::nearest(member.name, keys);
    return at(member.place, "unknown key '" + base::printable(member.name, 64) + "'" +
                                (meant ? "; did you mean " + *meant + "?" : ""));
  }

  base::Status add(const Setting& setting, const ConfigValue& value, std::string text) {
    const base::Status status = out_.add(
        {&setting, std::move(text), Source::kFile, shown(path_) + ":" + value.place.text()});
    if (status.ok()) return base::Ok{};
    return at(value.place, std::string(setting.key) + ": " + status.message());
  }

  base::Status read_pools(const ConfigValue& pools) {
    if (pools.type != Type::kArray) {
      return at(pools.place,
                "pools: an array of pools is wanted, not " + std::string(describe(pools.type)));
    }
    for (const ConfigValue& pool : pools.elements) RETURN_IF_ERROR(read_pool(pool));
    return base::Ok{};
  }

  base::Status read_pool(const ConfigValue& pool) {
    if (pool.type != Type::kObject) {
      return at(pool.place, "pools: an object with url, user and pass is wanted, not " +
                                std::string(describe(pool.type)));
    }
    std::vector<std::string> keys;
    std::size_t known = 0;
    for (const Setting& setting : settings_table()) {  // the url first, as the table has it
      if (!setting.of_pool) continue;
      keys.emplace_back(setting.key);
      const auto found = std::find_if(pool.members.begin(), pool.members.end(),
                                      [&](const auto& m) { return m.name == setting.key; });
      if (found == pool.members.end() && known == 0) return at(pool.place, "a pool without a url");
      if (found == pool.members.end()) continue;
      ++known;
      RETURN_IF_ERROR(read_setting(setting, found->value));
    }
    for (const ConfigMember& member : pool.members) {
      if (std::count(keys.begin(), keys.end(), member.name) == 0) return unknown(member, keys);
    }
    return base::Ok{};
  }

  base::Status read_setting(const Setting& setting, const ConfigValue& value) {
    switch (setting.kind) {
      case ValueKind::kSwitch:
        if (value.type != Type::kBoolean) return wrong_type(setting, value, "true or false");
        return add(setting, value, value.text);
      case ValueKind::kNumber:
        if (value.type != Type::kNumber) return wrong_type(setting, value, "a number");
        return add(setting, value, value.text);
      case ValueKind::kText:
        if (value.type != Type::kText) return wrong_type(setting, value, "a text");
        return add(setting, value, value.text);
      case ValueKind::kList:
        return read_list(setting, value);
      case ValueKind::kOptions:
        break;
    }
    return read_options(setting, value);
  }

  /// ["cpu:0", 1], or a text with commas.
  base::Status read_list(const Setting& setting, const ConfigValue& value) {
    if (value.type == Type::kText) return add(setting, value, value.text);
    if (value.type != Type::kArray) return wrong_type(setting, value, "an array of texts");
    for (const ConfigValue& element : value.elements) {
      if (element.type != Type::kText && element.type != Type::kNumber) {
        return wrong_type(setting, element, "a text");
      }
      RETURN_IF_ERROR(add(setting, element, element.text));
    }
    return base::Ok{};
  }

  /// {"cpu.threads": 4}, or ["cpu.threads=4"].
  base::Status read_options(const Setting& setting, const ConfigValue& value) {
    if (value.type != Type::kObject && value.type != Type::kArray) {
      return wrong_type(setting, value, "an object");
    }
    for (const ConfigValue& element : value.elements) {
      if (element.type != Type::kText) return wrong_type(setting, element, "a text");
      RETURN_IF_ERROR(add(setting, element, element.text));
    }
    for (const ConfigMember& member : value.members) {
      const bool scalar = member.value.type == Type::kText || member.value.type == Type::kNumber ||
                          member.value.type == Type::kBoolean;
      if (!scalar) return wrong_type(setting, member.value, "a number or a text");
      RETURN_IF_ERROR(add(setting, member.value, member.name + "=" + member.value.text));
    }
    return base::Ok{};
  }

  const std::string& path_;
  GivenSettings out_;
};

}  // namespace

base::Result<GivenSettings> parse_config(const std::string& path, std::string_view text) {
  const auto root = settings::parse_config_json(text);
  if (!root.ok()) return base::invalid(shown(path) + ":" + root.message());
  return TreeReader(path).read(*root);
}

}  // namespace miner
