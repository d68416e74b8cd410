#include "miner/settings/given_settings.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

/// Every group of the table once, in its order.
std::vector<std::string_view> groups() {
  std::vector<std::string_view> all;
  for (const Setting& setting : settings_table()) {
    if (all.empty() || all.back() != group_of(setting)) all.push_back(group_of(setting));
  }
  return all;
}

/// Rows and values of a group, without where they stand.
std::vector<std::pair<const Setting*, std::string>> contents(const GivenSettings& settings,
                                                             std::string_view group) {
  std::vector<std::pair<const Setting*, std::string>> out;
  for (const GivenValue& value : settings.of(group)) out.emplace_back(value.setting, value.text);
  if (!out.empty() || group == kPoolsKey) return out;
  const Setting& setting = setting_of(group);
  if (setting.otherwise.empty()) out.emplace_back(&setting, default_text(setting));
  return out;
}

}  // namespace

std::string name_of(const GivenValue& value) {
  if (value.source != Source::kFile) return value.place;
  return std::string(group_of(*value.setting)) + " (" + value.place + ")";
}

base::Status GivenSettings::add(GivenValue value) {
  const Setting& setting = *value.setting;
  RETURN_IF_ERROR(setting.read(value, settings_));
  std::vector<GivenValue>& values = values_[group_of(setting)];
  if (!setting.adds_up()) values.clear();
  values.push_back(std::move(value));
  return base::Ok{};
}

const std::vector<GivenValue>& GivenSettings::of(std::string_view group) const {
  static const std::vector<GivenValue> kNone;
  const auto found = values_.find(group);
  return found == values_.end() ? kNone : found->second;
}

GivenSettings with_group_of(std::string_view group, const GivenSettings& other,
                            const GivenSettings& settings) {
  GivenSettings out;
  for (const std::string_view each : groups()) {
    for (const GivenValue& value : (each == group ? other : settings).of(each)) {
      CHECK(out.add(value).ok());  // it was read before
    }
  }
  return out;
}

GivenSettings merge(const GivenSettings& high, const GivenSettings& low) {
  GivenSettings out;
  for (const std::string_view group : groups()) {
    for (const GivenValue& value : (high.has(group) ? high : low).of(group)) {
      CHECK(out.add(value).ok());  // it was read before
    }
  }
  return out;
}

std::vector<std::string_view> changed_groups(const GivenSettings& before,
                                             const GivenSettings& after) {
  std::vector<std::string_view> out = groups();
  std::erase_if(out, [&](std::string_view group) {
    return contents(before, group) == contents(after, group);
  });
  return out;
}

}  // namespace miner
