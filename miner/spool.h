#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "stratum/messages.h"

namespace miner {

/// A share as it is kept on disk from its finding until its fate is known.
struct SpooledShare {
  std::string sprint;  ///< its id
  stratum::ShareClaim claim;
  std::uint64_t difficulty = 1;  ///< of its lease
  base::UnixTime t_end;          ///< of the sprint, on the pool's clock

  bool operator==(const SpooledShare&) const = default;
};

/// Names a share in the spool for the life of the process: 1, 2, 3..
using SpoolId = std::uint64_t;

namespace spool {
/// Every share up to this one is in its file, or cannot be (the log says why).
struct Written {
  SpoolId up_to = 0;
};
/// What earlier runs left of a pool: shares whose fate is not known.
struct Left {
  std::size_t pool = 0;
  std::vector<std::pair<SpoolId, SpooledShare>> shares;
};
}  // namespace spool
using SpoolNews = std::variant<spool::Written, spool::Left>;

/// The files in which found shares survive a crash of the miner or of the machine: one a pool,
/// append-only, each record with a checksum. A record is written before `Written` names it and
/// fdatasync'ed within 50 ms, as far as the disk is that quick. All file work is done on threads of
/// the spool's own. A disk that fails costs a line of log, never a share: it counts as written.
/// While a disk hangs in a call there is no news at all.
///
/// Several miners may share a folder, and a pool in it: each has a file of its own, and what a dead
/// one left is taken over by the next that opens the pool.
class Spool {
 public:
  /// Opens the folder, making it where it is missing (mode 0700), and removes what nobody wrote to
  /// for 7 days; fails with one line that names it when it cannot be written. `report` is called on
  /// the spool's thread. `sink` and what `clock` reads outlive this.
  static base::Result<std::unique_ptr<Spool>> open(const std::string& folder,
                                                   std::function<void(SpoolNews)> report,
                                                   base::LogSink& sink,
                                                   base::SteadyWallClock clock);
  /// Writes and syncs what is queued, and waits for that: for ever, while the disk hangs. No news
  /// is reported afterwards.
  virtual ~Spool() = default;

  // Any one thread; but for the last, none of these blocks.

  /// A pool of the user's list, by its number and a name that says where it is and who is paid, as
  /// "URL ACCOUNT": what stands in front of the first blank is seen in the file's name, and so in
  /// logs. Answered by Left, once, before any other news of this pool; further calls of the same
  /// number do nothing.
  virtual void open_pool(std::size_t pool, const std::string& name) = 0;
  /// Keeps a share of an opened pool; answered by Written.
  virtual SpoolId found(std::size_t pool, const SpooledShare& share) = 0;
  /// Its fate is known: it need not be kept any more.
  virtual void settled(std::size_t pool, SpoolId share) = 0;

  /// Asks for the end; nothing may be called after it but the destructor. False when what was
  /// queued is not on the disk by then (real time): the disk hangs, and so would the destructor.
  virtual bool end_by(base::SteadyTime deadline) = 0;
};

}  // namespace miner
