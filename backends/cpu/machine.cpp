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

/// "3" or "4-7".
base::Status append_processors(std::string_view range, std::vector<std::uint32_t>& to) {
  constexpr std::uint64_t kHighest = 65535;
  const std::size_t dash = range.find('-');
  const auto first = base::u64_from_decimal(range.substr(0, dash), kHighest);
  const auto last = dash == std::string_view::npos
                        ? first
                        : base::u64_from_decimal(range.substr(dash + 1), kHighest);
  if (!first || !last || *first > *last) {
    return base::invalid("'" + base::printable(range, 32) +
                         "' is no processor and no range of them");
  }
  for (std::uint64_t i = *first; i <= *last; ++i) {
    const auto processor = static_cast<std::uint32_t>(i);
    if (std::find(to.begin(), to.end(), processor) != to.end()) {
      return base::invalid("processor " + std::to_string(i) + " is there twice");
    }
    to.push_back(processor);
  }
  return base::Ok{};
}

}  // namespace

Machine read_machine() {
  return {read_cpu_name(), read_memory(), read_l2(), read_threads(), detect_features()};
}

base::Result<std::vector<std::uint32_t>> parse_processors(std::string_view list) {
  std::vector<std::uint32_t> processors;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    RETURN_IF_ERROR(append_processors(list.substr(0, comma), processors));
    if (comma + 1 == list.size()) return base::invalid("nothing after the last comma");
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return processors;
}

base::Status check_processors(std::span<const std::uint32_t> processors) {
  constexpr std::size_t kMost = 65536;
  cpu_set_t* allowed = CPU_ALLOC(kMost);
  const std::size_t bytes = CPU_ALLOC_SIZE(kMost);
  const bool known = sched_getaffinity(0, bytes, allowed) == 0;
  const auto missing =
      std::find_if(processors.begin(), processors.end(), [&](std::uint32_t processor) {
        return known && CPU_ISSET_S(processor, bytes, allowed) == 0;
      });
  CPU_FREE(allowed);
  if (missing == processors.end()) return base::Ok{};
  return base::invalid("processor " + std::to_string(*missing) +
                       " does not exist here, or the program may not use it");
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
