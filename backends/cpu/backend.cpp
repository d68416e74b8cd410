#include "backends/cpu/backend.h"

#include <utility>

#include "backends/cpu/device.h"
#include "backends/cpu/isa/select.h"

namespace backends::cpu {
namespace {

constexpr std::int64_t kMaxThreads = 1024;

base::Status check_affinity(const std::string& list) {
  ASSIGN_OR_RETURN(const auto processors, parse_processors(list));
  return check_processors(processors);
}

/// An option whose default, 0, leaves the number to us.
OptionSpec number_option(std::string_view key, std::int64_t max, std::string_view meaning) {
  return {.key = std::string(key),
          .type = OptionSpec::Type::kInteger,
          .max = max,
          .choices = {},
          .default_value = "0",
          .meaning = std::string(meaning)};
}

std::vector<OptionSpec> make_options() {
  OptionSpec path{.key = "path",
                  .type = OptionSpec::Type::kChoice,
                  .choices = {"auto"},
                  .default_value = "auto",
                  .meaning = "instructions to compute with; auto: the fastest that runs here"};
  for (const Path& known : all_paths()) path.choices.emplace_back(known.kernels->name);
  OptionSpec affinity{.key = "affinity",
                      .type = OptionSpec::Type::kText,
                      .choices = {},
                      .default_value = "",
                      .meaning = "processors to bind the threads to, like 0,2,4-7; empty: to none",
                      .check = check_affinity};
  return {
      path,
      number_option("threads", kMaxThreads,
                    "threads that compute; 0: one for each processor the program may use, or for "
                    "each of affinity"),
      affinity,
      number_option("group", kMaxGroup,
                    "nonces that a thread computes together, fewer where memory is short; 0: as "
                    "many as its L2 cache holds")};
}

}  // namespace

CpuBackend::CpuBackend(Machine machine, AvailableMemory available)
    : machine_(std::move(machine)),
      available_(std::move(available)),
      options_(make_options()),
      cache_(std::make_shared<ModelCache>(available_)) {}

DeviceInfo CpuBackend::describe(const Kernels& kernels) const {
  DeviceInfo info;
  info.backend = name();
  info.name = machine_.name;
  info.kind = DeviceKind::kCpu;
  info.memory_bytes = machine_.memory_bytes;
  info.memory_free_bytes = available_();
  info.path = kernels.name;
  return info;
}

base::Result<std::vector<DeviceInfo>> CpuBackend::probe() {
  ASSIGN_OR_RETURN(const Kernels* kernels, select_kernels("auto", machine_.features));
  return std::vector<DeviceInfo>{describe(*kernels)};
}

base::Result<std::unique_ptr<Team>> CpuBackend::make_team(const OptionValues& options) const {
  const auto processors = parse_processors(options.text("affinity"));
  if (!processors.ok()) return base::invalid("affinity: " + processors.message());
  auto threads = static_cast<std::uint32_t>(options.integer("threads"));
  if (threads == 0) threads = static_cast<std::uint32_t>(processors->size());
  if (threads == 0) threads = machine_.threads;
  auto team = Team::make(threads, "cpu:0", *processors);
  if (!team.ok() && team.error().fault == base::Fault::kInvalid) {
    return base::invalid("affinity: " + team.message());
  }
  return team;
}

base::Result<std::unique_ptr<Device>> CpuBackend::open(std::uint32_t index,
                                                       const OptionValues& options) {
  if (index != 0) {
    return base::invalid("no device cpu:" + std::to_string(index) + ": there is only cpu:0");
  }
  ASSIGN_OR_RETURN(const Kernels* kernels, select_kernels(options.text("path"), machine_.features));
  ASSIGN_OR_RETURN(auto team, make_team(options));
  DeviceParts parts;
  parts.info = describe(*kernels);
  parts.kernels = kernels;
  parts.team = std::move(team);
  parts.cache = cache_;
  parts.clock = &clock_;
  parts.group = static_cast<std::uint32_t>(options.integer("group"));
  parts.l2_bytes = machine_.l2_bytes;
  return std::unique_ptr<Device>(std::make_unique<CpuDevice>(std::move(parts)));
}

}  // namespace backends::cpu
