#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "miner/spool.h"

namespace miner::spool {

/// So much of the lines that cannot be read is kept for a person to look at.
constexpr std::size_t kMaxDamagedBytes = 1 << 20;

/// What the bytes of a spool file say.
struct Contents {
  std::optional<std::string> name;   ///< of the pool, where a header can be read
  std::vector<SpooledShare> shares;  ///< found and not settled, in the order of finding
  std::size_t damaged_lines = 0;     ///< cannot be read
  std::string damaged;               ///< they, with a newline each, cut to kMaxDamagedBytes
};

/// Reads whatever bytes there are: each line by itself, so that one that is damaged costs nothing
/// but itself. A pure function; never fails.
Contents read_spool(std::string_view bytes);

}  // namespace miner::spool
