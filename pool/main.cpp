// sprintpool: a pool for one profile, sprint after sprint.

#include <exception>
#include <iostream>

#include "pool/cli/arguments.h"
#include "pool/cli/command_run.h"
#include "pool/cli/commands.h"

namespace {

/// The last line names code and reason.
int finish(const pool::End& end) {
  const int code = static_cast<int>(end.code);
  std::cerr << "sprintpool: exit " << code << " (" << pool::meaning_of(end.code)
            << "): " << end.reason << std::endl;
  return code;
}

int execute(const pool::RunFlags& flags) {
  const auto settings = pool::run_settings(flags);
  if (!settings.ok()) return finish({pool::ExitCode::kBadArguments, settings.message()});
  return finish(pool::run_pool(*settings));
}

int execute(const pool::InitOptions& options) {
  const pool::End end = pool::init_pool(options, std::cout);
  return end.code == pool::ExitCode::kClean ? 0 : finish(end);
}

int execute(const pool::AuditFlags& flags) {
  return pool::audit(flags);
}

int execute(const pool::PayoutsFlags& flags) {
  const pool::End end = pool::payouts(flags);
  return end.code == pool::ExitCode::kClean ? 0 : finish(end);
}

int execute(const pool::ShowText& shown) {
  std::cout << shown.text << std::flush;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto arguments = pool::parse_arguments(argc, argv);
    if (!arguments.ok()) return finish({pool::ExitCode::kBadArguments, arguments.message()});
    return std::visit([](const auto& command) { return execute(command); }, *arguments);
  } catch (const std::exception& error) {
    return finish({pool::ExitCode::kFailed, error.what()});
  }
}
