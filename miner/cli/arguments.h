#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/options.h"
#include "base/clock.h"
#include "base/result.h"
#include "logging/options.h"
#include "miner/selection.h"
#include "poc/profile.h"

namespace miner {

/// One `-o` with the `-u` and `-p` that follow it.
struct PoolArgument {
  std::string url;
  std::string user;
  std::string password;
};

/// Flags that every command which opens devices takes.
struct DeviceArguments {
  Selection selection;                              ///< --backend, -d/--devices
  std::vector<backends::OptionAssignment> options;  ///< --opt
  std::string module_folder;                        ///< --module-dir; empty: beside the program
};

struct MineArguments {
  std::vector<PoolArgument> pools;
  bool solo = false;                           ///< a pool inside the program
  std::optional<poc::Profile> profile;         ///< solo; else the pool's
  base::Micros sprint_length{20'000'000};      ///< solo; 2..600 s
  std::uint64_t sprints = 0;                   ///< stop after so many; 0: until told
  std::optional<std::uint64_t> difficulty;     ///< solo: fixes D
  std::optional<std::uint32_t> recheck_every;  ///< 1 in N shares; 0: none; else by device kind
  bool exit_on_loss = false;
  bool no_tui = false;
  logging::Options log;
  bool json = false;
};

struct TicketArguments {
  poc::Profile profile;
  poc::Seed model_seed{};
  poc::Seed start_seed{};
  std::string identity;
  std::uint64_t nonce = 0;
  std::uint64_t count = 1;
  bool json = false;
};

struct BenchArguments {
  std::optional<poc::Profile> profile;  ///< else micro on a CPU, base on a GPU
  std::uint32_t seconds = 5;
  bool json = false;
};

enum class Command { kMine, kDevices, kOptions, kTicket, kBench, kSelfTest };

/// The whole command line, checked.
struct Arguments {
  Command command = Command::kMine;
  DeviceArguments devices;
  MineArguments mine;
  TicketArguments ticket;
  BenchArguments bench;
  bool json = false;  ///< of devices, options and selftest
};

/// Reads the command line. The text of --help or --version comes back as `text` to print, with
/// nothing to run; a mistake is an error of one line that names the flag and, for an unknown one,
/// the nearest.
struct ParsedArguments {
  std::optional<Arguments> run;
  std::string text;
};
base::Result<ParsedArguments> parse_arguments(int argc, const char* const* argv);

}  // namespace miner
