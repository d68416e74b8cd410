#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "poc/verifier.h"
#include "pool/schedule.h"
#include "stratum/messages.h"

namespace pool {

/// Fills the span with bytes that nobody can foresee; false when it cannot.
using RandomSource = std::function<bool(std::span<std::uint8_t>)>;

/// The name of a beacon that is none, and its value.
inline constexpr const char* kNoBeacon = "none";

/// How the sample of a sprint's shares is drawn. Source: the sampling page.
struct Draw {
  base::Bytes32 secret{};
  std::optional<std::string> value = std::nullopt;  ///< the beacon's, once the sample is drawn
};

/// A sprint as the pool knows it: what is announced of it, but for the identity, and what is not to
/// be shown before its start. Source: the protocol page, "A sprint".
struct Sprint {
  std::uint64_t number = 0;  ///< 1, 2, 3.. for the life of the pool's database
  stratum::Announcement announcement;
  /// Its times are planned, then actual. With a beacon start seed and value are empty until that
  /// one's value is known.
  stratum::StartNotice start;
  /// Where a sample is recomputed; what is announced of it is in the announcement.
  std::optional<Draw> draw = std::nullopt;

  bool has_beacon() const { return announcement.beacon != kNoBeacon; }
  poc::ModelSpec model() const { return {announcement.profile, announcement.model_seed}; }
};

/// Makes a sprint, `<its number>-<12 random digits>`: an id that is never used again, whatever a
/// restart forgets. `beacon`: the name of its value. Fails when the random source does.
base::Result<Sprint> make_sprint(const Config& config, const Slot& slot, const RandomSource& random,
                                 const std::string& beacon = kNoBeacon);

/// What is told at `now` of a sprint whose start was not told yet: planned times that are past are
/// moved to now, and its length stays.
stratum::Announcement announced_at(stratum::Announcement planned, base::UnixTime now);

/// The sprint's beacon has this value: its start seed follows.
void draw_start(Sprint& sprint, const std::string& value);

/// A sample of the sprint's shares is to be recomputed, drawn with a value of this name. Fails when
/// the random source does.
base::Status add_draw(Sprint& sprint, std::string beacon, const RandomSource& random);

}  // namespace pool
