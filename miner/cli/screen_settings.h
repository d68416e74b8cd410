#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
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
  std::string target() const override;
  base::Result<std::string> write() override EXCLUDES(mutex_);

 private:
  base::Result<std::string> write_at_home(const std::string& path, const std::string& text)
      EXCLUDES(mutex_);
  bool is_strange(const std::string& path) const EXCLUDES(mutex_);
  Configuration with_all_devices() const EXCLUDES(mutex_);
  void keep_choice(const GivenSettings& file, std::vector<std::string> devices) EXCLUDES(mutex_);

  /// A choice of devices that was written into the file that the run reads.
  struct Narrowed {
    std::vector<std::string> devices;
    GivenSettings file;  // whose devices it stands in the place of
  };

  RunningSettings& running_;
  const Control& control_;

  mutable base::Mutex mutex_;
  std::optional<std::string> made_ GUARDED_BY(mutex_);  // what a run without a file wrote last
  std::optional<Narrowed> narrowed_ GUARDED_BY(mutex_);
};

}  // namespace miner
