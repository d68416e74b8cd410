#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "pool/forfeit.h"

// Accounts that play for a pool that recomputes samples, by the pool's own draw, standing and
// forfeiture; and what that brings them on average.
namespace pool::tests {

constexpr std::uint64_t kFound = 24;   // right shares that a card finds in a sprint
constexpr std::uint64_t kWorth = 100;  // what one is worth, in a usual sprint
constexpr std::uint64_t kWork = 80;    // what computing one costs: a fake saves it

/// What an account does in a sprint.
struct Turn {
  std::uint64_t right = kFound;
  std::uint64_t fakes = 0;
  std::uint64_t worth = kWorth;
  std::uint64_t fake_worth = worth;  ///< that of a lease of higher D
  /// Right shares that its card finds in honest mining here; 0: it earns elsewhere meanwhile.
  std::uint64_t able = kFound;
};

/// A pool, and what is wrong with it in the tests that show that they could fail.
struct SampledPool {
  ForfeitRule rule;
  bool minds_stake = true;     ///< else a standing's rate always holds
  bool draw_is_secret = true;  ///< else fakes are chosen among what is not drawn
};
SampledPool pool_of(const ForfeitConfig& config = {});

/// An account. What it has at first is its own, and honestly earned.
class Player {
 public:
  Player(const SampledPool& pool, std::mt19937_64& random, Standing standing = Standing::kNew);

  /// It worked honestly until it has this standing again and a full escrow.
  void season(Standing standing);
  /// Whether a fake was found.
  bool play(const Turn& turn);
  /// Sprints without it.
  void pause(std::uint32_t sprints);
  /// Another name, of which nothing is known. What the old one has held is given to it.
  void come_back_as_new();

  /// So far, over what honest mining had brought the same card, in shares of kWorth.
  double gain() const { return static_cast<double>(gain_) / kWorth; }
  Standing standing() const { return reputation_.standing({}); }
  std::uint64_t held() const { return escrow_.total(); }
  std::uint64_t faults() const { return reputation_.faults(); }
  std::uint64_t forfeited() const { return forfeited_; }
  std::uint64_t sent() const { return sent_; }              ///< shares
  std::uint64_t recomputed() const { return recomputed_; }  ///< of them

 private:
  Findings check(const Turn& turn, const SampleRate& rate);

  const SampledPool& pool_;
  std::mt19937_64& random_;
  base::Bytes32 account_{};
  Reputation reputation_;
  Escrow escrow_;
  std::uint64_t sprint_ = 0;
  std::uint64_t forfeited_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t recomputed_ = 0;
  std::int64_t gain_ = 0;
};

/// A mean, and its standard error.
struct Estimate {
  double mean = 0;
  double error = 0;

  // With 99.9 %.
  bool below(double limit) const { return mean + 3.29 * error < limit; }
  bool above(double limit) const { return mean - 3.29 * error > limit; }
};

/// Of what `life` returns, over so many with the same seed each time; prints it as `name`.
Estimate estimate(const std::string& name, int lives,
                  const std::function<double(std::mt19937_64&)>& life);

}  // namespace pool::tests
