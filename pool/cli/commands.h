#pragma once

#include <string>

#include "pool/cli/command_audit.h"
#include "pool/cli/command_payouts.h"
#include "pool/cli/exit_code.h"
#include "pool/cli/run_settings.h"

// The commands that only read flags, with the world that they work in.
namespace pool {

/// `sprintpool audit`.
struct AuditFlags {
  AuditOptions options;
  std::string module_folder;   ///< of the backends; empty: beside the program
  std::string verify_backend;  ///< what recomputes; empty: the processor
};
/// Returns the exit code of run_audit.
int audit(const AuditFlags& flags);

/// `sprintpool payouts`: of the database that a run with these flags would keep.
struct PayoutsFlags {
  PayoutsOptions options;
  RunFlags run;
  bool json = false;
  bool csv = false;
};
End payouts(const PayoutsFlags& flags);

}  // namespace pool
