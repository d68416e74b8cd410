#pragma once

#include <string>
#include <vector>

#include "miner/cli/running_settings.h"
#include "miner/control.h"

namespace miner {

/// The settings of a run as a screen sees, changes and keeps them. Any thread.
class ScreenSettings final : public SettingsControl {
 public:
  /// Both outlive it.
  ScreenSettings(RunningSettings& running, const Control& control)
      : running_(running), control_(control) {}

  std::vector<SettingRow> rows() const override;
  base::Status set(const std::string& key, const std::string& value) override;
  base::Result<std::string> write() override;

 private:
  RunningSettings& running_;
  const Control& control_;
};

}  // namespace miner
