#pragma once

#include <string_view>

#include "base/bytes.h"
#include "poc/keys.h"

// How a pool binds itself to a start seed before it shows it. Source: the protocol page, "A
// sprint".
namespace stratum {

/// SHA256("sprint/1 secret" 0x00 || secret): announced before the race.
base::Bytes32 commit_to(const base::Bytes32& secret);

/// SHA256("sprint/1 draw secret" 0x00 || secret): announced before the race, `draw_commitment`.
/// Source: the sampling page.
base::Bytes32 commit_to_draw(const base::Bytes32& secret);

/// SHA256("sprint/1 start" 0x00 || SHA256(pool) || SHA256(sprint id) || secret || SHA256(beacon)).
poc::Seed make_start_seed(std::string_view pool, std::string_view sprint,
                          const base::Bytes32& secret, std::string_view beacon);

}  // namespace stratum
