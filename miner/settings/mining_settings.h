#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/options.h"
#include "base/clock.h"
#include "logging/options.h"
#include "miner/selection.h"
#include "poc/profile.h"
#include "stratum/transport_options.h"

namespace miner {

/// A pool as it was written: one `-o` with the `-u` and `-p` that follow it.
struct PoolArgument {
  std::string url;
  std::string user;
  std::string password;
};

/// What every command that opens devices wants to know.
struct DeviceArguments {
  Selection selection;                              ///< backend, devices
  std::vector<backends::OptionAssignment> options;  ///< opt
  std::string module_folder;                        ///< module-dir; empty: beside the program
};

struct MineArguments {
  std::vector<PoolArgument> pools;
  stratum::TransportOptions transport;         ///< tls-ca to allow-plaintext
  bool solo = false;                           ///< a pool inside the program
  std::optional<poc::Profile> profile;         ///< solo; else the pool's
  base::Micros sprint_length{20'000'000};      ///< solo; 2..600 s
  std::uint64_t sprints = 0;                   ///< stop after so many; 0: until told
  std::optional<std::uint64_t> difficulty;     ///< solo: fixes D
  std::optional<std::uint32_t> recheck_every;  ///< 1 in N shares; 0: none; else by device kind
  bool check_credit = false;                   ///< all proofs, not those of a few shares
  bool exit_on_loss = false;
  base::Micros connect_timeout = std::chrono::seconds(10);
  base::Micros login_timeout = std::chrono::seconds(10);
  base::Micros answer_timeout = std::chrono::seconds(30);
  base::Micros silence_timeout = std::chrono::seconds(90);
  base::Micros announce_timeout = std::chrono::seconds(600);  ///< 0: for ever
  base::Micros max_latency{0};                                ///< 0: whatever it is
  std::string spool;  ///< a folder, or "none"; empty: the usual place
  bool no_tui = false;
  bool verbose = false;  ///< all levels, whatever log.level says
  logging::Options log;
  bool json = false;

  base::LogLevel log_level() const { return verbose ? base::LogLevel::kDebug : log.level; }
};

/// All that the table of settings sets, with the defaults.
struct MiningSettings {
  DeviceArguments devices;
  MineArguments mine;
};

}  // namespace miner
