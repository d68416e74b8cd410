#include "miner/cli/screen_settings.h"

#include <utility>

#include "miner/settings/config_texts.h"

namespace miner {

ScreenSettings::ScreenSettings(Configuration configuration)
    : configuration_(std::move(configuration)) {}

std::vector<SettingRow> ScreenSettings::rows() const {
  return setting_rows(configuration_.settings);
}

base::Status ScreenSettings::set(const std::string& key, const std::string&) {
  return base::unavailable(key + " cannot be changed here yet");
}

base::Result<std::string> ScreenSettings::write() {
  return base::unavailable("the configuration cannot be written yet");
}

}  // namespace miner
