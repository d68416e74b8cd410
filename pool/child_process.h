#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pool/beacon_source.h"

namespace pool {

/// What a program did.
struct ChildEnd {
  std::string out;  ///< what it wrote to its standard output
  std::string err;  ///< the same of its standard error, at most 1 KiB
  int status = 0;   ///< its exit status, or 128 and the signal that killed it
};

/// Runs a program without input, in a process group of its own, which is killed when the program
/// has ended. Not where SIGCHLD is ignored: nobody's exit status is known then. Fails where it
/// cannot be started, writes more than 4 KiB to its standard output, or is not done in time; it is
/// killed then.
base::Result<ChildEnd> run_child(const std::vector<std::string>& arguments,
                                 const BeaconPatience& patience);

}  // namespace pool
