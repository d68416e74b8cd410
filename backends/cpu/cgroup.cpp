#include "backends/cpu/cgroup.h"

#include <algorithm>
#include <fstream>

#include "base/bytes.h"

namespace backends::cpu {
namespace {

/// The number that is all of a file; nothing for "max" or no file.
std::optional<std::uint64_t> read_number(const std::string& file_name) {
  std::ifstream file(file_name);
  std::string text;
  file >> text;
  return base::u64_from_decimal(text);
}

/// The number after `key` in a file of lines "key number"; 0 if there is none.
std::uint64_t read_entry(const std::string& file_name, std::string_view key) {
  std::ifstream file(file_name);
  std::string name;
  std::string value;
  while (file >> name >> value) {
    if (name == key) return base::u64_from_decimal(value).value_or(0);
  }
  return 0;
}

/// One group's own limit.
std::optional<std::uint64_t> group_available(const std::string& folder) {
  const auto limit = read_number(folder + "/memory.max");
  const auto used = read_number(folder + "/memory.current");
  if (!limit || !used) return std::nullopt;
  const std::uint64_t caches = read_entry(folder + "/memory.stat", "inactive_file");
  const std::uint64_t kept = *used - std::min(*used, caches);
  return *limit - std::min(*limit, kept);
}

/// "/a/b" from the line "0::/a/b"; empty if there is none.
std::string own_group(std::string_view own_groups) {
  constexpr std::string_view kStart = "0::/";
  while (!own_groups.empty()) {
    const std::string_view line = own_groups.substr(0, own_groups.find('\n'));
    if (line.substr(0, kStart.size()) == kStart) return std::string(line.substr(3));
    own_groups.remove_prefix(std::min(line.size() + 1, own_groups.size()));
  }
  return "";
}

}  // namespace

std::optional<std::uint64_t> cgroup_available(const std::string& root,
                                              std::string_view own_groups) {
  std::string group = own_group(own_groups);
  if (group.empty()) return std::nullopt;
  std::optional<std::uint64_t> least = group_available(root + group);
  while (!group.empty()) {
    group.resize(group.rfind('/'));  // in the end empty: the root, where a container has its limit
    const auto available = group_available(root + group);
    if (available && (!least || *available < *least)) least = available;
  }
  return least;
}

}  // namespace backends::cpu
