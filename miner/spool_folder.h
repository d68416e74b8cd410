#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

// Names of the spool's files, and what happens to those that nobody needs any more.
namespace miner::spool {

/// Files of one pool, beside each other: as many miners can share a folder.
constexpr int kMaxFiles = 65;
/// Of a file that is written to take another's place, behind the name of that.
constexpr std::string_view kNewSuffix = ".new";
/// Of what could not be read of a file, behind its name.
constexpr std::string_view kDamagedSuffix = ".damaged";

/// The name, without folder, of a pool's file `number` (0..kMaxFiles - 1): "HOST-HASH.spool",
/// "HOST-HASH.1.spool". The hash tells pools apart; what is in front of it is for a person: the
/// pool's name up to its first blank, without a user, and only what is harmless in a file's name.
std::string file_name_of(std::string_view pool, int number);

/// True for the names above, with or without one of the suffixes.
bool is_file_name(std::string_view name);

/// Removes what nobody has open and nobody wrote to for 7 days: every share in it is void. One line
/// of log when there was something. Blocking.
void remove_old_files(const std::string& folder, base::UnixTime now, const base::Log& log);

}  // namespace miner::spool
