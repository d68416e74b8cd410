#include "backends/cpu/memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "backends/cpu/cgroup.h"
#include "base/bytes.h"

namespace backends::cpu {
namespace {

constexpr std::uint64_t kSmallestReserve = 200'000'000;

constexpr std::uint64_t kMegabyte = 1'000'000;

/// Rounded down; what is needed is rounded up, so that a refusal's numbers never look equal.
std::string megabytes(std::uint64_t bytes) {
  return std::to_string(bytes / kMegabyte) + " MB";
}
std::string megabytes_up(std::uint64_t bytes) {
  return megabytes(bytes + kMegabyte - 1);
}

std::string read_all(const char* file_name) {
  std::ifstream file(file_name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

std::optional<std::uint64_t> available_memory() {
  const auto machine = parse_available(read_all("/proc/meminfo"));
  const auto group = cgroup_available("/sys/fs/cgroup", read_all("/proc/self/cgroup"));
  if (machine && group) return std::min(*machine, *group);
  return machine ? machine : group;
}

std::optional<std::uint64_t> parse_available(std::string_view meminfo) {
  constexpr std::string_view kKey = "MemAvailable:";
  const std::size_t at = meminfo.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = meminfo.substr(at + kKey.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto kibibytes =
      base::u64_from_decimal(rest.substr(0, rest.find_first_of(" \n")), UINT64_MAX >> 10);
  if (!kibibytes) return std::nullopt;
  return *kibibytes << 10;
}

std::uint64_t memory_reserve(std::uint64_t available_bytes) {
  return std::max(kSmallestReserve, available_bytes / 20);
}

base::Status check_memory(std::string_view what, std::uint64_t needed_bytes,
                          std::uint64_t promised_bytes,
                          std::optional<std::uint64_t> available_bytes) {
  if (!available_bytes) return base::Ok{};
  const std::uint64_t available = *available_bytes;
  const std::uint64_t kept = memory_reserve(available) + promised_bytes;
  const std::uint64_t free = available > kept ? available - kept : 0;
  if (needed_bytes <= free) return base::Ok{};
  return base::no_memory(std::string(what) + " needs " + megabytes_up(needed_bytes) + ", " +
                         megabytes(free) + " can be taken (" + megabytes(available) +
                         " available, less a reserve)");
}

}  // namespace backends::cpu
