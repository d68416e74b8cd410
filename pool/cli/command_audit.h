#pragma once

#include <ostream>
#include <string>

#include "base/clock.h"
#include "pool/audit_check.h"

// `sprintpool audit FILE`: counts a sprint's audit again.
namespace pool {

struct AuditOptions {
  std::string file;
  /// Shares to recompute of those called verified, and of those called wrong.
  std::uint64_t check = 16;
  bool json = false;  ///< one JSON document in place of lines for a person
};

/// What the command works with; all outlives the call.
struct AuditPorts {
  std::ostream& out;        ///< what was found: stdout
  std::ostream& progress;   ///< what goes on meanwhile, and why a file cannot be read: stderr
  poc::Verifier& verifier;  ///< asked for nothing where no share is to be recomputed
  RandomSource random;      ///< chooses the shares
  const base::Clock& clock;
};

/// 0: all is as it says. 1: a check failed. 2: that is not known: the file cannot be read, or its
/// shares not be recomputed.
int run_audit(const AuditOptions& options, const AuditPorts& ports);

}  // namespace pool
