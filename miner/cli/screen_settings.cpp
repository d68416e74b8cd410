#include "miner/cli/screen_settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "miner/cli/file_writing.h"
#include "miner/settings/config_texts.h"
#include "miner/settings/file_paths.h"
#include "miner/settings/read_values.h"
#include "stratum/pool_url.h"

namespace miner {
namespace {

constexpr std::string_view kDevices = "devices";  // the setting

/// The pools of the settings in the order that the run has them in now.
std::vector<PoolArgument> pools_in_order(const MineArguments& mine, const Snapshot& snapshot) {
  if (mine.solo) return {};
  const auto place = [&](const PoolArgument& pool) {
    const std::string url = stratum::parse_pool_url(pool.url).value().text();  // it was read before
    return std::find_if(snapshot.pools.begin(), snapshot.pools.end(),
                        [&](const PoolListing& listing) {
                          return listing.url == url && listing.user == pool.user;
                        }) -
           snapshot.pools.begin();
  };
  std::vector<PoolArgument> pools = mine.pools;
  std::stable_sort(pools.begin(), pools.end(), [&](const PoolArgument& a, const PoolArgument& b) {
    return place(a) < place(b);
  });
  return pools;
}

/// The devices that the user has not paused, if any are; nothing when that is no choice.
std::vector<std::string> devices_left(const Snapshot& snapshot) {
  std::vector<std::string> left;
  for (const DeviceSnapshot& device : snapshot.devices) {
    if (!device.paused_by_user) left.push_back(device.info.label());
  }
  if (left.size() == snapshot.devices.size()) left.clear();
  return left;
}

/// The list of a file; empty: it has none.
std::vector<std::string> devices_of(const GivenSettings& file) {
  std::vector<std::string> all;
  for (const GivenValue& value : file.of(kDevices)) {
    const auto list = read_list(value.text).value();  // it was read before
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

/// The file itself, where the path is a link to it.
base::Error not_written(const std::string& path, const base::Status& status) {
  return base::io_error(base::printable(path) + " is not written: " + status.message());
}

/// Whether `old` holds what a person wrote, as far as we can tell, and `text`, which is to take its
/// place, is only what a write of ours left.
bool is_better_kept(const std::string& old, const std::string& text) {
  if (!is_of_config_of(text) || !is_there(old)) return false;
  const auto kept = settings::load_config(old);
  return !kept.ok() || !is_of_config_of(kept->text);
}

/// Writes the file and keeps the one that was there, if it was another; but not in the place of the
/// user's own.
base::Result<std::string> write_file(const std::string& path, const std::string& text) {
  std::string told = "written to " + base::printable(path);
  if (is_there(path)) {
    ASSIGN_OR_RETURN(const settings::ConfigText before, settings::load_config(path));
    if (before.text == text) return told;
    const std::string old = path + ".old";
    if (is_better_kept(old, before.text)) {
      told += ", the one of before is still " + base::printable(old);
    } else {
      const base::Status kept = replace_file(old, before.text, path);
      if (!kept.ok()) return not_written(old, kept);
      told += ", the old one is " + base::printable(old);
    }
  } else {
    const base::Status made = make_folder_of(path);
    if (!made.ok()) return not_written(path, made);
  }
  const base::Status written = replace_file(path, text);
  if (!written.ok()) return not_written(path, written);
  return told;
}

std::string target_of(const Configuration& now) {
  const std::string& path = now.path.empty() ? now.home : now.path;
  return path.empty() ? path : behind_links(path);
}

}  // namespace

std::vector<SettingRow> ScreenSettings::rows() const {
  return setting_rows(running_.now().settings);
}

base::Status ScreenSettings::set(const std::string& key, const std::string& value) {
  return running_.set(key, value);
}

std::string ScreenSettings::target() const {
  return target_of(running_.now());
}

/// Whether a file is there that a run without one has not written.
bool ScreenSettings::is_strange(const std::string& path) const {
  if (!is_there(path)) return false;
  const auto file = settings::load_config(path);
  base::MutexLock lock(mutex_);
  return !file.ok() || made_ != file->text;
}

/// For a run that has read no file: perhaps because it was told to leave the usual one alone.
base::Result<std::string> ScreenSettings::write_at_home(const std::string& path,
                                                        const std::string& text) {
  if (path.empty()) {
    return base::invalid("there is no place for it: neither XDG_CONFIG_HOME nor HOME is set");
  }
  if (is_strange(path)) {
    return base::invalid(base::printable(path) +
                         " is there and was not read: start with -c FILE to write into it");
  }
  auto told = write_file(path, text);
  base::MutexLock lock(mutex_);
  if (told.ok()) made_ = text;
  return told;
}

/// What is running, with the devices in the file that it had before a write of ours left some out:
/// they may be back. What somebody else wrote since stays.
Configuration ScreenSettings::with_all_devices() const {
  Configuration now = running_.now();
  base::MutexLock lock(mutex_);
  if (!narrowed_ || devices_of(now.file) != narrowed_->devices) return now;
  now.file = with_group_of(kDevices, narrowed_->file, now.file);
  now.settings = merged(now);
  return now;
}

void ScreenSettings::keep_choice(const GivenSettings& file, std::vector<std::string> devices) {
  base::MutexLock lock(mutex_);
  narrowed_.reset();
  if (!devices.empty()) narrowed_ = Narrowed{std::move(devices), file};
}

base::Result<std::string> ScreenSettings::write() {
  const Configuration now = with_all_devices();
  const auto snapshot = control_.snapshot();
  const RunChoice choice{pools_in_order(now.settings.settings().mine, *snapshot),
                         devices_left(*snapshot)};
  ASSIGN_OR_RETURN(const std::string text, config_of(now.settings, now.file, choice));
  if (text.size() > settings::kMaxConfigBytes)
    return base::invalid("it would be larger than 1 MiB");
  const std::string path = target_of(now);
  if (now.path.empty()) return write_at_home(path, text);
  running_.expect(text);
  auto told = write_file(path, text);
  if (told.ok()) {
    keep_choice(now.file, choice.devices);
    running_.read_again(false);  // if nobody watches it
  } else {
    running_.expect(std::nullopt);
  }
  return told;
}

}  // namespace miner
