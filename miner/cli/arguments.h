#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "miner/settings/configuration.h"
#include "miner/settings/mining_settings.h"
#include "poc/keys.h"
#include "poc/profile.h"

namespace miner {

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

struct ConfigArguments {
  enum class Action { kInit, kPrint, kReference };

  Action action = Action::kPrint;
  std::string file;    ///< kInit; empty: stdout
  bool force = false;  ///< kInit: an existing file is overwritten
};

enum class Command { kMine, kDevices, kOptions, kTicket, kBench, kSelfTest, kConfig };

/// The whole command line, checked; for mining and `config print` with environment and file.
struct Arguments {
  Command command = Command::kMine;
  DeviceArguments devices;
  MineArguments mine;
  Configuration configuration;  ///< what `devices` and `mine` are from
  bool dry_run = false;         ///< instead of mining
  ConfigArguments config;
  TicketArguments ticket;
  BenchArguments bench;
  bool json = false;  ///< of devices, options, selftest and config
};

/// Reads the command line, and for mining the rest of the configuration. The text of --help or
/// --version comes back as `text` to print, with nothing to run; a mistake is an error of one line
/// that names the flag and, for an unknown one, the nearest.
struct ParsedArguments {
  std::optional<Arguments> run;
  std::string text;
};
base::Result<ParsedArguments> parse_arguments(int argc, const char* const* argv,
                                              const Environment& environment);

}  // namespace miner
