#include "backends/cpu/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/bytes.h"

namespace backends::cpu {
namespace {

/// The smallest L2 cache of a core among those that have the AVX2 path.
constexpr std::uint64_t kCautiousL2 = 256 << 10;

std::string read_cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string all;
  for (std::string line; std::getline(file, line) && !line.empty();) all += line + '\n';
  return parse_cpu_name(all);
}

std::uint64_t read_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return 0;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

std::uint64_t read_l2() {
#if defined(_SC_LEVEL2_CACHE_SIZE)
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (bytes > 0) return static_cast<std::uint64_t>(bytes);
#endif
  return kCautiousL2;
}

std::uint32_t read_threads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&allowed)));
  }
  return std::max(1U, std::thread::hardware_concurrency());  // more than 1024 processors
}

}  // namespace

Machine read_machine() {
  return {read_cpu_name(), read_memory(), read_l2(), read_threads(), detect_features()};
}

std::string parse_cpu_name(std::string_view cpuinfo) {
  const std::size_t key = cpuinfo.find("model name");
  const std::size_t colon =
      cpuinfo.find(": ", key == std::string_view::npos ? cpuinfo.size() : key);
  if (colon == std::string_view::npos) return "unknown processor";
  const std::string_view rest = cpuinfo.substr(colon + 2);
  return base::printable(rest.substr(0, rest.find('\n')), 64);
}

}  // namespace backends::cpu
