#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/result.h"
#include "poc/verifier.h"
#include "pool/schedule.h"
#include "stratum/messages.h"

namespace pool {

/// Fills the span with bytes that nobody can foresee; false when it cannot.
using RandomSource = std::function<bool(std::span<std::uint8_t>)>;

/// A sprint as the pool knows it: what is announced of it, but for the identity, and what is not to
/// be shown before its start. Source: the protocol page, "A sprint".
struct Sprint {
  std::uint64_t number = 0;  ///< 1, 2, 3.. for the life of the pool's database
  stratum::Announcement announcement;
  stratum::StartNotice start;  ///< its times are planned, then actual

  poc::ModelSpec model() const { return {announcement.profile, announcement.model_seed}; }
};

/// Makes a sprint, `<its number>-<12 random digits>`: an id that is never used again, whatever a
/// restart forgets. Fails when the random source does.
base::Result<Sprint> make_sprint(const Config& config, const Slot& slot,
                                 const RandomSource& random);

}  // namespace pool
