#include <limits>
#include <utility>

#include "base/bytes.h"
#include "miner/cli/argument_draft.h"
#include "miner/settings/read_values.h"

namespace miner {

using settings::CommandLine;
using settings::FlagSet;

namespace {

constexpr std::uint64_t kMaxBenchSeconds = 3600;

constexpr std::string_view kTicketFlags[] = {"--profile", "--model-seed", "--start-seed",
                                             "--identity", "--nonce"};

/// A value that is stored as it is read.
template <class T, class Read>
FlagSet::Take store(T& where, Read read) {
  return [&where, read](const std::string& value) -> base::Status {
    ASSIGN_OR_RETURN(where, read(value));
    return base::Ok{};
  };
}

/// The same, for a flag that the command cannot do without.
template <class T, class Read>
FlagSet::Take require(Draft& draft, const std::string& name, T& where, Read read) {
  return [&draft, name, take = store(where, read)](const std::string& value) {
    draft.given.insert(name);
    return take(value);
  };
}

base::Result<std::string> read_identity(const std::string& text) {
  const auto hash = poc::hash_identity(text);
  if (!hash.ok()) return hash.error();
  return text;
}

void define_devices(CommandLine& line, Draft& draft) {
  FlagSet flags = line.command("devices", "sprintminer devices [flags]",
                               "List the devices that are here, and why others are not.");
  define_device_flags(flags, draft);
  flags.topic("Output");
  define_json(flags, draft, R"({"devices":[...],"unavailable":[...]})");
}

void define_options(CommandLine& line, Draft& draft) {
  FlagSet flags = line.command("options", "sprintminer options [flags]",
                               "List what --opt can set, by backend.");
  define_backend_flags(flags, draft);
  flags.topic("Output");
  define_json(flags, draft, R"({"options":[...],"unavailable":[...]})");
}

void define_ticket(CommandLine& line, Draft& draft) {
  FlagSet flags = line.command(
      "ticket",
      "sprintminer ticket --profile P --model-seed H --start-seed H --identity T --nonce HEX16",
      "Compute digest and ticket of nonces, by the reference or on a device.",
      "Without --backend and -d the reference evaluator computes: slow, and the law.");
  TicketArguments& ticket = draft.arguments.ticket;
  flags.topic("Work");
  flags.value("--profile", "P", "nano, micro, base, large or layers,dim,ffn",
              require(draft, "--profile", ticket.profile, poc::parse_profile));
  flags.value("--model-seed", "HEX64", "seed of the weights",
              require(draft, "--model-seed", ticket.model_seed, read_seed));
  flags.value("--start-seed", "HEX64", "seed of the race",
              require(draft, "--start-seed", ticket.start_seed, read_seed));
  flags.value("--identity", "TEXT", "who is paid, up to 128 bytes",
              require(draft, "--identity", ticket.identity, read_identity));
  flags.value("--nonce", "HEX16", "the first nonce",
              require(draft, "--nonce", ticket.nonce, read_nonce));
  flags.value("--count", "N", "how many nonces (1)", store(ticket.count, [](const auto& value) {
                return read_number(value, 1, std::numeric_limits<std::uint64_t>::max());
              }));
  define_device_flags(flags, draft);
  flags.topic("Output");
  define_json(flags, draft, R"(a line {"nonce","digest","ticket"} per nonce)");
}

void define_bench(CommandLine& line, Draft& draft) {
  FlagSet flags = line.command(
      "bench", "sprintminer bench [flags]",
      "Measure devices, each checked against the reference first.",
      "A wrong digest means no rate and exit code 1. Simulated devices only when named.");
  BenchArguments& bench = draft.arguments.bench;
  flags.topic("Work");
  flags.value("--profile", "P", "a name or layers,dim,ffn (micro on a CPU, base on a GPU)",
              store(bench.profile, poc::parse_profile));
  flags.value("--seconds", "S", "how long to measure each, 1..3600 (5)",
              [&bench](const std::string& value) -> base::Status {
                ASSIGN_OR_RETURN(const std::uint64_t seconds,
                                 read_number(value, 1, kMaxBenchSeconds));
                bench.seconds = static_cast<std::uint32_t>(seconds);
                return base::Ok{};
              });
  define_device_flags(flags, draft);
  flags.topic("Output");
  define_json(flags, draft, "a JSON line per device");
}

void define_self_test(CommandLine& line, Draft& draft) {
  FlagSet flags = line.command(
      "selftest", "sprintminer selftest [flags]", "Show every device the proof's known answers.",
      "Exit code: 0 all passed, 1 some failed, 4 all failed, 3 there is none, or none has the\n"
      "memory for it. The CPU counts; simulated devices only when named.");
  define_device_flags(flags, draft);
  flags.topic("Output");
  define_json(flags, draft, "a JSON line per device");
}

}  // namespace

void define_backend_flags(FlagSet& flags, Draft& draft) {
  flags.topic("Devices");
  define_setting(flags, draft, setting_of("backend"));
  define_setting(flags, draft, setting_of("module-dir"));
}

void define_device_flags(FlagSet& flags, Draft& draft) {
  define_backend_flags(flags, draft);
  define_setting(flags, draft, setting_of("devices"));
  define_setting(flags, draft, setting_of("opt"));
}

void define_json(FlagSet& flags, Draft& draft, const std::string& help) {
  define_setting(flags, draft, setting_of("json"), help);
}

void define_commands(CommandLine& line, Draft& draft) {
  define_devices(line, draft);
  define_options(line, draft);
  define_bench(line, draft);
  define_self_test(line, draft);
  define_ticket(line, draft);
  define_config(line, draft);
}

base::Status check_ticket(const Draft& draft) {
  for (const std::string_view flag : kTicketFlags) {
    if (draft.given.count(std::string(flag)) != 0) continue;
    return base::invalid("ticket needs " + std::string(flag) + "; see sprintminer ticket --help");
  }
  const TicketArguments& ticket = draft.arguments.ticket;
  const std::uint64_t after = std::numeric_limits<std::uint64_t>::max() - ticket.nonce;
  if (ticket.count - 1 > after) {
    return base::invalid("--count: " + std::to_string(ticket.count) + " nonces from " +
                         base::to_hex(ticket.nonce) + " go beyond ffffffffffffffff");
  }
  return base::Ok{};
}

}  // namespace miner
