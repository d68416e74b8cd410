#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "miner/settings/mining_settings.h"
#include "miner/settings/setting.h"

namespace miner {

/// Where a value is from, by rising rank.
enum class Source { kDefault, kFile, kEnvironment, kFlag, kScreen };

/// A value as it was written.
struct GivenValue {
  const Setting* setting = nullptr;
  std::string text;
  Source source = Source::kDefault;
  std::string place;  ///< "--sprints", "SPRINTMINER_SPRINTS", "config.json:3:14", "the screen"
};

/// How an error names a value: its flag, its variable, or "solo (config.json:3:14)".
std::string name_of(const GivenValue& value);

/// Settings that were written: those of one source, or of several after `merge`.
class GivenSettings {
 public:
  /// Reads a value and keeps it: in the place of the one before, or behind it where values add up.
  /// The error says what is wrong with the value, not where it stands.
  base::Status add(GivenValue value);

  bool has(std::string_view group) const { return values_.find(group) != values_.end(); }
  /// What was written, in order; nothing for what was not set.
  const std::vector<GivenValue>& of(std::string_view group) const;
  /// The defaults with everything that was added.
  const MiningSettings& settings() const { return settings_; }

 private:
  std::map<std::string_view, std::vector<GivenValue>> values_;  // by group
  MiningSettings settings_;
};

/// Of every group what `high` says; what it does not say, from `low`.
GivenSettings merge(const GivenSettings& high, const GivenSettings& low);

/// The settings with one group as `other` has it, or without it where `other` has none.
GivenSettings with_group_of(std::string_view group, const GivenSettings& other,
                            const GivenSettings& settings);

/// The groups of the table whose values are not written alike, in the table's order.
std::vector<std::string_view> changed_groups(const GivenSettings& before,
                                             const GivenSettings& after);

}  // namespace miner
