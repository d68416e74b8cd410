#include "miner/spool_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/bytes.h"
#include "base/redaction.h"
#include "miner/spool_disk.h"
#include "poc/keys.h"

namespace miner::spool {
namespace {

constexpr auto kKeepFor = std::chrono::hours(7 * 24);
constexpr std::size_t kMaxReadable = 60;
constexpr std::size_t kHashDigits = 16;
constexpr std::string_view kSuffix = ".spool";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool is_harmless(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

/// What may be shown of a pool's name, and be a part of a file's.
std::string readable(std::string_view pool) {
  const std::string shown = base::without_user({pool.substr(0, pool.find(' '))});
  std::string out;
  for (const char c : shown) {
    const bool first = out.empty() || out.back() == '-';
    if (is_harmless(c) && (c != '.' || !first)) {
      out += c;
    } else if (!first) {
      out += '-';
    }
    if (out.size() == kMaxReadable) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "pool" : out;
}

bool remove_suffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

bool is_old(const std::string& path, base::UnixTime now) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return false;
  return base::UnixTime(std::chrono::seconds(info.st_mtim.tv_sec)) + kKeepFor < now;
}

bool remove_unlocked(const std::string& path) {
  const auto locked = lock_existing(path);
  return locked.ok() && locked.value() && unlink(path.c_str()) == 0;
}

}  // namespace

std::string file_name_of(std::string_view pool, int number) {
  const std::string hash = base::to_hex(poc::sha256(base::as_bytes(pool))).substr(0, kHashDigits);
  const std::string middle = number == 0 ? "" : "." + std::to_string(number);
  return readable(pool) + "-" + hash + middle + std::string(kSuffix);
}

bool is_file_name(std::string_view name) {
  if (!remove_suffix(name, kNewSuffix)) remove_suffix(name, kDamagedSuffix);
  if (!remove_suffix(name, kSuffix)) return false;
  const std::size_t last = name.find_last_not_of(kDigits);
  if (last != std::string_view::npos && name[last] == '.') name = name.substr(0, last);
  if (name.size() < kHashDigits + 2 || name[name.size() - kHashDigits - 1] != '-') return false;
  const std::string_view hash = name.substr(name.size() - kHashDigits);
  return hash.find_first_not_of(kHexDigits) == std::string_view::npos;
}

void remove_old_files(const std::string& folder, base::UnixTime now, const base::Log& log) {
  std::uint64_t removed = 0;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    if (!is_file_name(entry->path().filename().string()) || !is_old(path, now)) continue;
    if (remove_unlocked(path)) ++removed;
  }
  if (removed != 0) log.info("old spools removed", {{"folder", folder}, {"files", removed}});
}

}  // namespace miner::spool
