#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "pool/beacon.h"
#include "pool/beacon_config.h"

namespace pool {

/// A value that is wanted.
struct BeaconQuestion {
  std::uint64_t sprint = 0;
  BeaconUse use = BeaconUse::kStart;
  std::string name;
  base::UnixTime at;  ///< it is not published before
};

/// What ends a source's wait for something outside.
struct BeaconPatience {
  base::SteadyTime until;  ///< by the system's clock
  int ending = -1;         ///< a descriptor that gets readable when the pool ends

  /// So long from now on, and no longer than this.
  BeaconPatience at_most(base::Micros time) const;
  /// Milliseconds from now to the end, as poll takes them: at least 0, at most `most`.
  int left_ms(int most) const;
};

/// One place that values come from. All but `name` on the thread of a BeaconReader.
class BeaconSource {
 public:
  virtual ~BeaconSource() = default;
  /// As Beacon::name. Any thread.
  virtual std::optional<std::string> name(std::uint64_t sprint, BeaconUse use,
                                          base::UnixTime at) const = 0;
  /// Whether what `name` names is published by the time of day, whatever the pool's clock says.
  virtual bool goes_by_time_of_day() const { return false; }
  /// Learns what has to be known before anything is named or asked; until it succeeds it is tried
  /// again. (optional)
  virtual base::Status open(const BeaconPatience&) { return base::Ok{}; }
  /// From when on it makes sense to ask.
  virtual base::UnixTime published(const BeaconQuestion& question) const { return question.at; }
  /// The value, or why there is none: Fault::kUnavailable where it is only not there yet.
  virtual base::Result<std::string> ask(const BeaconQuestion& question,
                                        const BeaconPatience& patience) = 0;
  /// From one try to the next.
  virtual base::Micros pause() const = 0;
};

/// The source of a configuration that is not `none`. `patience`: so long a sprint waits for its
/// value; it is warned of one that takes longer. `sink` outlives the source.
std::unique_ptr<BeaconSource> make_beacon_source(const BeaconConfig& config, base::Micros patience,
                                                 base::LogSink& sink);

}  // namespace pool
