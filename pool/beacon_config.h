#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "pool/beacon.h"

namespace pool {

/// Where the values of beacons come from.
struct BeaconConfig {
  enum class Kind { kNone, kFile, kCommand, kDrand };
  Kind kind = Kind::kNone;
  /// A file's path; a program and its arguments; URLs, tried in turn.
  std::vector<std::string> parts = {};
  /// How values of a file or a command are named; empty: `file:{n}`, `command:{n}`.
  std::string naming = {};
};

/// Reads `none`, `file:PATH`, `command:PROGRAM ARGS` or URLs by comma. The error does not repeat
/// the text.
base::Result<BeaconConfig> read_beacon(const std::string& text);

/// Whether this can name values: printable ASCII without spaces, that tells sprints apart.
base::Status check_beacon_naming(const std::string& naming);

/// `naming` with {n} as the sprint's number, {t} as `at` in seconds since 1970, rounded up, and
/// {use} as `start` or `draw`. Without {use} the name of a draw's value ends in `:draw`.
std::string beacon_name_of(const std::string& naming, std::uint64_t sprint, BeaconUse use,
                           base::UnixTime at);

/// The first whole second since 1970 that is not before `at`.
std::int64_t beacon_second(base::UnixTime at);

/// Whether a source's word can be a beacon's value: 1..128 printable ASCII without spaces, and not
/// `none`. The error tells what it is instead.
base::Status check_beacon_value(const std::string& value);

}  // namespace pool
