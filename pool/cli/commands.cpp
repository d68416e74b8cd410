#include "pool/cli/commands.h"

#include <algorithm>
#include <iostream>
#include <thread>

#include "backends/api/chosen_verifier.h"
#include "backends/api/loader.h"
#include "pool/system_random.h"

namespace pool {
namespace {

constexpr int kAuditUnknown = 2;  // of run_audit: nothing is known

}  // namespace

int audit(const AuditFlags& flags) {
  const std::string folder =
      flags.module_folder.empty() ? backends::module_folder("/proc/self/exe") : flags.module_folder;
  const base::SystemClock clock;
  backends::LoadResult loaded = backends::load_modules(folder);
  const std::uint32_t threads = std::max(std::thread::hardware_concurrency(), 1U);
  const auto verifier = backends::open_verifier(loaded.modules, flags.verify_backend, threads);
  if (!verifier.ok()) {
    for (const auto& [name, reason] : loaded.failed) {
      std::cerr << "sprintpool: backend " << name << " is not available: " << reason << "\n";
    }
    std::cerr << "sprintpool: --verify-backend: " << verifier.message() << std::endl;
    return kAuditUnknown;
  }
  return run_audit(flags.options, {std::cout, std::cerr, **verifier, system_random, clock});
}

End payouts(const PayoutsFlags& flags) {
  if (flags.json && flags.csv) {
    return {ExitCode::kBadArguments, "--json and --csv exclude each other"};
  }
  PayoutsOptions options = flags.options;
  if (flags.json) options.format = PayoutsFormat::kJson;
  if (flags.csv) options.format = PayoutsFormat::kCsv;
  const auto database = database_of_run(flags.run);
  if (!database.ok()) return {ExitCode::kBadArguments, database.message()};
  options.database = *database;
  const base::SystemClock clock;
  const PayoutsEnd end = run_payouts(options, base::SteadyWallClock(clock).now(), std::cout);
  return {static_cast<ExitCode>(end.code), end.reason};
}

}  // namespace pool
