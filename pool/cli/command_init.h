#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "pool/cli/exit_code.h"

namespace pool {

/// What `sprintpool init` is told.
struct InitOptions {
  std::string folder;  ///< empty: the user's folder of configurations
  std::string name;    ///< of the pool; empty: the default
  std::vector<std::string>
      hosts;  ///< names and addresses for the certificate, besides this machine's
};

/// `sprintpool init`: writes a commented configuration, and a certificate for trials with its key,
/// by which `sprintpool run` works at once: plain text on this machine alone, TLS for everybody.
/// Says on `out` what it wrote, and how pool and miner are started. Overwrites nothing.
End init_pool(const InitOptions& options, std::ostream& out);

}  // namespace pool
