#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace pool {

/// What a value is wanted for.
enum class BeaconUse {
  kStart,  ///< a sprint's start seed
  kDraw,   ///< which of its shares are recomputed
};

/// A value that was published.
struct BeaconValue {
  std::uint64_t sprint = 0;  ///< its number
  BeaconUse use = BeaconUse::kStart;
  std::string name;   ///< as it was announced
  std::string value;  ///< 1..128 printable ASCII
};

/// Where values come from that nobody can foresee and everybody can look up, the pool included.
/// Values are reported to whoever made it, `Pool::drawn` in the end. Source: the protocol page, "A
/// sprint".
class Beacon {
 public:
  virtual ~Beacon() = default;
  /// The name of a value that is not published before `at`, 1..128 printable ASCII; the same for
  /// the same arguments. Nothing while the source has not said how it names them. Never blocks.
  virtual std::optional<std::string> name(std::uint64_t sprint, BeaconUse use,
                                          base::UnixTime at) const = 0;
  /// Has the value reported once it is published, which is not before `at`, and until `until` at
  /// the latest; after that nothing is. Never blocks.
  virtual void want(std::uint64_t sprint, BeaconUse use, const std::string& name, base::UnixTime at,
                    base::UnixTime until) = 0;
};

}  // namespace pool
