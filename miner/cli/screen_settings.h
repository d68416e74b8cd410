#pragma once

#include <string>
#include <vector>

#include "miner/control.h"
#include "miner/settings/configuration.h"

namespace miner {

/// The settings of a run as a screen sees and changes them. Any thread.
class ScreenSettings final : public SettingsControl {
 public:
  explicit ScreenSettings(Configuration configuration);

  std::vector<SettingRow> rows() const override;
  base::Status set(const std::string& key, const std::string& value) override;
  base::Result<std::string> write() override;

 private:
  const Configuration configuration_;
};

}  // namespace miner
