#include "miner/cli/screen_settings.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <utility>

#include "base/bytes.h"
#include "miner/cli/file_writing.h"
#include "miner/settings/config_texts.h"
#include "stratum/pool_url.h"

namespace miner {
namespace {

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
    const bool paused =
        device.state == DeviceState::kPaused && device.pause_cause == PauseCause::kUser;
    if (!paused) left.push_back(device.info.label());
  }
  if (left.size() == snapshot.devices.size()) left.clear();
  return left;
}

/// The file itself, where the path is a link to it.
std::string behind_links(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  return realpath(path.c_str(), real.data()) == nullptr ? path : std::string(real.data());
}

bool is_there(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0;
}

base::Error not_written(const std::string& path, const base::Status& status) {
  return base::io_error(base::printable(path) + " is not written: " + status.message());
}

/// Writes the file and keeps the one that was there, if it was another.
base::Result<std::string> write_file(const std::string& path, const std::string& text) {
  std::string told = "written to " + base::printable(path);
  if (is_there(path)) {
    ASSIGN_OR_RETURN(const ConfigText before, load_config(path));
    if (before.text == text) return told;
    const std::string old = path + ".old";
    const base::Status kept = replace_file(old, before.text);
    if (!kept.ok()) return not_written(old, kept);
    told += ", the old one is " + base::printable(old);
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
  const auto file = load_config(path);
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

base::Result<std::string> ScreenSettings::write() {
  const Configuration now = running_.now();
  const auto snapshot = control_.snapshot();
  const RunChoice choice{pools_in_order(now.settings.settings().mine, *snapshot),
                         devices_left(*snapshot)};
  ASSIGN_OR_RETURN(const std::string text, config_of(now.settings, now.file, choice));
  if (text.size() > kMaxConfigBytes) return base::invalid("it would be larger than 1 MiB");
  const std::string path = target_of(now);
  if (now.path.empty()) return write_at_home(path, text);
  running_.expect(text);
  auto told = write_file(path, text);
  if (told.ok()) {
    running_.read_again(false);  // if nobody watches it
  } else {
    running_.expect(std::nullopt);
  }
  return told;
}

}  // namespace miner
