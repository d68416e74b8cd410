#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "tests/pool/sampling_rig.h"

// What faking brings, by simulation of the pool's own draw, standing and forfeiture: in shares,
// over what honest mining of the same card had brought. The cheat is given all that could help it:
// fakes cost nothing, and a right share that it leaves out saves 80 % of what it is worth. Each
// seed is fixed, so that the outcome is the same in each run.
namespace pool {
namespace {

using tests::estimate;
using tests::kFound;
using tests::kWorth;
using tests::Player;
using tests::pool_of;
using tests::SampledPool;
using tests::Turn;
using Random = std::mt19937_64;

constexpr std::array kAllStandings = {Standing::kNew, Standing::kRegular, Standing::kTrusted};

std::string named(Standing standing, const std::string& what) {
  return std::string(standing_word(standing)) + ": " + what;
}

/// `fakes` of what the card finds are faked, and not computed.
Turn instead(std::uint64_t fakes) {
  return {.right = kFound - fakes, .fakes = fakes};
}
/// All that the card finds, and fakes.
Turn beside(std::uint64_t fakes) {
  return {.fakes = fakes};
}

/// Plays one turn until it is caught, so many times at most.
bool repeat(Player& player, const Turn& turn, int times) {
  for (int i = 0; i < times; ++i) {
    if (player.play(turn)) return true;
  }
  return false;
}

TEST(SamplingEconomy, A10_AnyPartOfFakesLosesInEveryStanding) {
  const SampledPool pool = pool_of();
  for (const Standing standing : kAllStandings) {
    const auto lives_by = [&](const Turn& turn) {
      return [&pool, standing, turn](Random& random) {
        Player player(pool, random, standing);
        repeat(player, turn, 5);
        return player.gain();
      };
    };
    for (const std::uint64_t fakes : {1u, 3u, 12u, 24u}) {
      const std::string name = named(standing, std::to_string(fakes) + " of 24 faked");
      EXPECT_TRUE(estimate(name, 200, lives_by(instead(fakes))).below(0));
    }
    for (const std::uint64_t fakes : {1u, 12u, 240u}) {
      const std::string name = named(standing, "24 right, and " + std::to_string(fakes) + " faked");
      EXPECT_TRUE(estimate(name, 200, lives_by(beside(fakes))).below(0));
    }
  }
}

TEST(SamplingEconomy, A10_TheLeastThatMustBeHeldIsEnoughByItself) {
  // No minimum of shares and no right share to lose, so the inequality alone. 96 shares are held:
  // the margin of 2 lets a regular account's share be worth 96 / (2 * 3), a trusted one's 96 / 30.
  const SampledPool pool = pool_of({{{1, 4}, 0}, {{1, 16}, 0}});
  for (const auto& [standing, times] :
       {std::pair{Standing::kRegular, 16.0}, std::pair{Standing::kTrusted, 3.2}}) {
    Turn turn{.right = 0, .fakes = 1, .able = 0};
    turn.fake_worth = static_cast<std::uint64_t>(times * kWorth);
    const auto life = [&pool, &turn, standing = standing](Random& random) {
      Player player(pool, random, standing);
      player.play(turn);
      return player.gain();
    };
    EXPECT_TRUE(estimate(named(standing, "one fake, the least held"), 3000, life).below(0));
  }
}

TEST(SamplingEconomy, A10_FakingOnlyWhenTrusted) {
  const SampledPool pool = pool_of();
  for (const std::uint64_t fakes : {1u, 12u}) {
    const auto gain =
        estimate("honest until trusted, then " + std::to_string(fakes) + " faked beside 24", 200,
                 [&pool, fakes](Random& random) {
                   Player player(pool, random);
                   for (int round = 0; round < 3; ++round) {
                     player.season(Standing::kTrusted);
                     repeat(player, beside(fakes), 8);
                   }
                   return player.gain();
                 });
    EXPECT_TRUE(gain.below(0));
  }
}

TEST(SamplingEconomy, A10_FakingInTheLastSprintsAndLeaving) {
  const SampledPool pool = pool_of();
  for (const Standing standing : {Standing::kRegular, Standing::kTrusted}) {
    for (const int sprints : {1, 5}) {
      for (const std::uint64_t fakes : {1u, 24u}) {
        const std::string name = "leaves after " + std::to_string(sprints) + " with " +
                                 std::to_string(fakes) + " faked each";
        const auto gain =
            estimate(named(standing, name), 400, [&pool, standing, sprints, fakes](Random& random) {
              Player player(pool, random, standing);
              repeat(player, beside(fakes), sprints);
              player.pause(4);
              EXPECT_EQ(player.held(), 0u);
              return player.gain();
            });
        EXPECT_TRUE(gain.below(0));
      }
    }
  }
}

TEST(SamplingEconomy, A10_WaitingUntilLittleIsHeld) {
  const SampledPool pool = pool_of();
  for (const std::uint32_t sprints : {2u, 3u, 4u}) {
    for (const std::uint64_t fakes : {1u, 24u}) {
      const auto gain = estimate("trusted: away for " + std::to_string(sprints) + ", then " +
                                     std::to_string(fakes) + " faked",
                                 300, [&pool, sprints, fakes](Random& random) {
                                   Player player(pool, random, Standing::kTrusted);
                                   player.pause(sprints);
                                   player.play(beside(fakes));
                                   return player.gain();
                                 });
      EXPECT_TRUE(gain.below(0));
    }
  }
}

TEST(SamplingEconomy, A10_WaitingForASprintInWhichASharePaysMore) {
  const SampledPool pool = pool_of();
  for (const std::uint64_t times : {3u, 10u, 100u}) {
    const auto gain =
        estimate("trusted: 3 fakes where shares pay " + std::to_string(times) + " times", 1000,
                 [&pool, times](Random& random) {
                   Player player(pool, random, Standing::kTrusted);
                   player.play({.fakes = 3, .worth = times * kWorth});
                   return player.gain();
                 });
    EXPECT_TRUE(gain.below(0));
  }
}

TEST(SamplingEconomy, A10_OneFakeOfAHighDifficulty) {
  const SampledPool pool = pool_of();
  for (const std::uint64_t times : {3u, 10u, 100u}) {
    const auto gain = estimate("trusted: one fake of D " + std::to_string(times) + " times higher",
                               2000, [&pool, times](Random& random) {
                                 Player player(pool, random, Standing::kTrusted);
                                 player.play({.fakes = 1, .fake_worth = times * kWorth});
                                 return player.gain();
                               });
    EXPECT_TRUE(gain.below(0));
  }
}

TEST(SamplingEconomy, A10_WithoutAStakeFakingPays) {
  SampledPool pool = pool_of();
  pool.minds_stake = false;
  const auto gain = estimate("(stake not minded) trusted: one fake of D 100 times higher", 1000,
                             [&pool](Random& random) {
                               Player player(pool, random, Standing::kTrusted);
                               player.play({.fakes = 1, .fake_worth = 100 * kWorth});
                               return player.gain();
                             });
  EXPECT_TRUE(gain.above(0)) << "so these simulations can fail";
}

TEST(SamplingEconomy, A9_WithADrawThatIsForetoldFakingPays) {
  SampledPool pool = pool_of();
  pool.draw_is_secret = false;
  const auto gain = estimate("(draw foretold) trusted: 12 of 24 faked", 300, [&](Random& random) {
    Player player(pool, random, Standing::kTrusted);
    repeat(player, instead(12), 5);
    return player.gain();
  });
  EXPECT_TRUE(gain.above(0)) << "so these simulations can fail";
}

TEST(SamplingEconomy, A11_ComingBackByAnotherNameLoses) {
  const SampledPool pool = pool_of();
  for (const std::uint64_t fakes : {1u, 12u, 24u}) {
    const auto gain =
        estimate("another name each sprint, " + std::to_string(fakes) + " of 24 faked", 100,
                 [&pool, fakes](Random& random) {
                   Player player(pool, random);
                   for (int sprint = 0; sprint < 10; ++sprint) {
                     player.come_back_as_new();
                     EXPECT_TRUE(player.play(instead(fakes)));
                   }
                   EXPECT_EQ(player.recomputed(), player.sent());
                   return player.gain();
                 });
    EXPECT_TRUE(gain.below(0));
  }
}

TEST(SamplingEconomy, A11_HonestUntilRegularThenFakesThenAnotherName) {
  const SampledPool pool = pool_of();
  for (const std::uint64_t fakes : {1u, 12u}) {
    const auto gain = estimate(
        "honest until regular, " + std::to_string(fakes) + " faked beside 24, another name", 100,
        [&pool, fakes](Random& random) {
          Player player(pool, random);
          for (int name = 0; name < 3; ++name) {
            player.come_back_as_new();
            while (player.standing() == Standing::kNew) player.play({});
            repeat(player, beside(fakes), 5);
          }
          return player.gain();
        });
    EXPECT_TRUE(gain.below(0));
  }
}

/// A card that computes a share wrong now and then, and does not notice.
struct FaultyCard {
  std::geometric_distribution<std::uint64_t> right_ones;
  std::uint64_t left;  // right ones before the next wrong one

  FaultyCard(double rate, Random& random) : right_ones(rate), left(right_ones(random)) {}
  /// Of the shares of a sprint.
  std::uint64_t wrong_ones(Random& random) {
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < kFound; ++i) {
      if (left-- > 0) continue;
      ++wrong;
      left = right_ones(random);
    }
    return wrong;
  }
};

TEST(SamplingEconomy, AnHonestCardWithFaultsIsNotRuined) {
  const SampledPool pool = pool_of();
  constexpr int kSprints = 1000;
  for (const double rate : {1e-6, 1e-5, 1e-4}) {
    // A fault is found with a chance of 1 at most, and costs five sprints at most.
    const double bound = 100.0 * static_cast<double>(kFound) * rate * 5;
    const auto lost = estimate(
        "honest, " + std::to_string(rate) + " wrong: percent of its income lost", 200,
        [&pool, rate](Random& random) {
          Player player(pool, random);
          FaultyCard card(rate, random);
          std::uint64_t wrong = 0;
          for (int i = 0; i < kSprints; ++i) {
            const std::uint64_t now = card.wrong_ones(random);
            player.play(instead(now));
            wrong += now;
          }
          EXPECT_LE(player.forfeited(), player.faults() * 5 * kFound * kWorth);
          EXPECT_LE(player.faults(), wrong);
          return 100.0 * static_cast<double>(player.forfeited()) / (kSprints * kFound * kWorth);
        });
    EXPECT_TRUE(lost.below(bound));
  }
}

TEST(SamplingEconomy, SharesThatAreWithdrawnInTimeCostThemselvesOnly) {
  const SampledPool pool = pool_of();
  Random random(6);
  Player player(pool, random);
  FaultyCard card(0.01, random);
  for (int i = 0; i < 500; ++i) player.play({.right = kFound - card.wrong_ones(random)});
  EXPECT_EQ(player.forfeited(), 0u);
  EXPECT_EQ(player.faults(), 0u);
  EXPECT_EQ(player.standing(), Standing::kTrusted);
  EXPECT_LT(player.gain(), 0) << "some were";
}

TEST(SamplingEconomy, WhatIsRecomputedOf25Shares) {
  const SampledPool pool = pool_of();
  // Means of max(3, X) at 1/4 and max(2, X) at 1/16, X binomial.
  for (const auto& [standing, mean] :
       {std::pair{Standing::kRegular, 6.290}, std::pair{Standing::kTrusted, 2.293}}) {
    const auto life = [&pool, standing = standing](Random& random) {
      Player player(pool, random, standing);
      player.play(beside(1));
      return static_cast<double>(player.recomputed());
    };
    const auto checks = estimate(named(standing, "recomputed of 25 shares"), 2000, life);
    EXPECT_FALSE(checks.above(mean));
    EXPECT_FALSE(checks.below(mean));
  }
}

}  // namespace
}  // namespace pool
