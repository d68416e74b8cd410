#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "backends/opencl/vendors.h"
#include "base/clock.h"
#include "base/result.h"

namespace backends::opencl {

/// How long a platform may take to tell its devices; all together three times that until the first
/// is named.
constexpr base::Micros kPatience = std::chrono::seconds(5);

/// What came of asking all platforms in a process of its own.
struct Trial {
  std::set<std::uint32_t> broken;         ///< platforms that must not be asked, by number
  std::shared_ptr<VendorChoice> vendors;  ///< all that may be loaded; null: whatever is there
  std::vector<std::string> lines;         ///< why, one each, with platform's or driver's name
};

/// Enumerates in a forked child first, so that a platform that crashes or hangs when it is asked
/// costs itself alone: the child tells where it is through a pipe, and is asked again without the
/// platform that it ended at. Where it ends before any platform is named, each of the loader's
/// drivers is tried alone, and those that survive then together. Fault::kUnavailable, naming the
/// drivers, when that helps nothing. Waits `patience` between two words of a child, then ends it.
/// Where the library was never in use in this process: a child has but one of its parent's threads.
base::Result<Trial> try_platforms(const std::string& library_path,
                                  base::Micros patience = kPatience);

}  // namespace backends::opencl
