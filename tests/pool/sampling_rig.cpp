#include "tests/pool/sampling_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

namespace pool::tests {
namespace {

base::Bytes32 random_bytes(std::mt19937_64& random) {
  const std::array<std::uint64_t, 4> words = {random(), random(), random(), random()};
  return std::bit_cast<base::Bytes32>(words);
}

/// As if this standing had just been reached.
Reputation just(Standing standing) {
  const StandingPolicy policy;
  if (standing == Standing::kNew) return {};
  const Entry& entry = standing == Standing::kRegular ? policy.regular : policy.trusted;
  return Reputation::from_row(
             {static_cast<std::int64_t>(entry.shares), static_cast<std::int64_t>(entry.sprints), 0})
      .value();
}

}  // namespace

SampledPool pool_of(const ForfeitConfig& config) {
  auto rule = ForfeitRule::create(config);
  EXPECT_TRUE(rule.ok());
  return {std::move(rule).value()};
}

Player::Player(const SampledPool& pool, std::mt19937_64& random, Standing standing)
    : pool_(pool), random_(random), account_(random_bytes(random)) {
  season(standing);
}

void Player::season(Standing standing) {
  reputation_ = just(standing);
  const std::uint32_t sprints = pool_.rule.config().hold_sprints;
  for (std::uint32_t i = 0; i < sprints; ++i) {
    pool_.rule.judge(escrow_, ++sprint_, kFound * kWorth, false);
  }
}

Findings Player::check(const Turn& turn, const SampleRate& rate) {
  const std::uint64_t shares = turn.right + turn.fakes;
  sent_ += shares;
  if (turn.fakes == 0) {
    // Which ones does not matter, and drawing them takes most of the time.
    const auto [numerator, denominator] = rate.probability;
    const std::uint64_t usual =
        std::max(shares * numerator / denominator, std::min<std::uint64_t>(shares, rate.at_least));
    recomputed_ += usual;
    return {usual, 0};
  }
  std::vector<std::uint64_t> nonces(shares);
  std::iota(nonces.begin(), nonces.end(), 0);  // the fakes first
  const auto sample = draw_sample(random_bytes(random_), account_, nonces, rate);
  recomputed_ += sample.size();
  if (!pool_.draw_is_secret && sample.size() <= turn.right) return {sample.size(), 0};
  const auto wrong = static_cast<std::uint64_t>(
      std::lower_bound(sample.begin(), sample.end(), turn.fakes) - sample.begin());
  return {sample.size() - wrong, wrong};
}

bool Player::play(const Turn& turn) {
  const std::uint64_t largest =
      std::max(turn.right > 0 ? turn.worth : 0, turn.fakes > 0 ? turn.fake_worth : 0);
  const Standing before = standing();
  const Stake stake{pool_.minds_stake ? escrow_.total() : UINT64_MAX >> 1, largest};
  const Findings findings = check(turn, pool_.rule.rate(before, stake));
  const std::uint64_t earned = turn.right * turn.worth + turn.fakes * turn.fake_worth;
  const Moved moved = pool_.rule.judge(escrow_, ++sprint_, earned, findings.wrong > 0);
  reputation_ = reputation_.after(findings);
  forfeited_ += moved.forfeited;
  gain_ += static_cast<std::int64_t>(earned) - static_cast<std::int64_t>(moved.forfeited) -
           static_cast<std::int64_t>(turn.right * kWork) -
           static_cast<std::int64_t>(turn.able) * static_cast<std::int64_t>(turn.worth - kWork);
  return findings.wrong > 0;
}

void Player::pause(std::uint32_t sprints) {
  for (std::uint32_t i = 0; i < sprints; ++i) pool_.rule.judge(escrow_, ++sprint_, 0, false);
}

void Player::come_back_as_new() {
  account_ = random_bytes(random_);
  reputation_ = {};
  escrow_.forfeit();
}

Estimate estimate(const std::string& name, int lives,
                  const std::function<double(std::mt19937_64&)>& life) {
  std::mt19937_64 random(20'260'101);
  double sum = 0, squares = 0;
  for (int i = 0; i < lives; ++i) {
    const double value = life(random);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / lives;
  const double variance = std::max(0.0, squares / lives - mean * mean);
  const Estimate estimate{mean, std::sqrt(variance / (lives - 1))};
  std::printf("  %-58s %9.3f +- %.3f\n", name.c_str(), mean, estimate.error);
  return estimate;
}

}  // namespace pool::tests
