#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace backends::opencl {

/// How long a platform may take to tell its devices.
constexpr base::Micros kPatience = std::chrono::seconds(5);

/// What came of asking all platforms in a process of its own.
struct Trial {
  std::set<std::uint32_t> broken;  ///< platforms that must not be asked, by number
  std::vector<std::string> lines;  ///< why, one each, with the platform's name
};

/// Enumerates in a forked child first, so that a platform that crashes or hangs when it is asked
/// costs itself alone: the child tells where it is through a pipe, and is asked again without the
/// platform that it ended at. Fault::kUnavailable when it ends before any platform is named. Waits
/// `patience` between two words of the child, then ends it. Where the library was never in use in
/// this process: a child has but one of its parent's threads.
base::Result<Trial> try_platforms(const std::string& library_path,
                                  base::Micros patience = kPatience);

}  // namespace backends::opencl
