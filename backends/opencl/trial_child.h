#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "backends/opencl/vendors.h"
#include "base/clock.h"
#include "base/result.h"

namespace backends::opencl {

/// How long a child may say nothing.
struct ChildPatience {
  base::Micros first{0};  ///< until it names a platform: loaders load every driver before that
  base::Micros each{0};   ///< between any two words afterwards
};

/// Where a child got to that asked the platforms.
struct ChildAnswer {
  std::optional<std::uint32_t> platform;  ///< asked last
  std::string name;                       ///< of that one
  bool ended = false;                     ///< all were asked
  std::string fate;                       ///< how it ended else: "crashed (signal 6)"
};

/// Lists all platforms' devices, without those `skipped`, in a forked child, which sees only the
/// `vendors` where they are given. The child is gone afterwards, whatever became of it.
/// Fault::kUnavailable where there can be none.
base::Result<ChildAnswer> ask_in_child(const std::string& library_path,
                                       const std::set<std::uint32_t>& skipped,
                                       VendorChoice* vendors, const ChildPatience& patience);

}  // namespace backends::opencl
