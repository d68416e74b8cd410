#include "pool/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <string>

#include "poc/keys.h"
#include "stratum/sprint_secret.h"

namespace pool {
namespace {

using Nonces = std::vector<std::uint64_t>;

constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;

base::Bytes32 account_of(std::string_view name) {
  return poc::sha256(base::as_bytes(name));
}

base::Bytes32 filled(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return bytes;
}

Nonces first_nonces(std::size_t count) {
  Nonces nonces(count);
  std::iota(nonces.begin(), nonces.end(), 1);
  return nonces;
}

// All known answers by Python's hashlib, from the sampling page alone:
//
//   H = lambda b: hashlib.sha256(b).digest()
//   seed = H(b"sprint/1 draw\0" + H(b"pool.example") + H(b"s-0001") + b"\x33" * 32 +
//   H(b"drand:1234:9f")) h = lambda n: H(b"sprint/1 sample\0" + seed + H(b"alice") +
//   struct.pack("<Q", n)) r = sorted((h(n), n) for n in range(1, 25)) m =
//   max(sum(int.from_bytes(x[:8], "big") * den < num << 64 for x, n in r), min(k, len(r))) sorted(n
//   for x, n in r[:m])
base::Bytes32 known_seed() {
  return make_draw_seed("pool.example", "s-0001", filled(0x33), "drand:1234:9f");
}

TEST(Draw, KnownAnswersOfTheHashes) {
  EXPECT_EQ(base::to_hex(stratum::commit_to_draw(filled(0x33))),
            "b6397cfe98af0003e73d14ba93f79b6b630f8a0e7b818a628295c7c6366b0543");
  EXPECT_EQ(base::to_hex(known_seed()),
            "d19136b05bfaefce15788c4bfac6b9c221ef4c8c3969bce6ab3968724b7d6b5a");
  EXPECT_EQ(base::to_hex(sample_hash(known_seed(), account_of("alice"), 0x17)),
            "14d0b29a7b0696c9cff1ba8573d6a1f49c2e0cc2bc5f83ee7d3fcaf5904a7964");
  EXPECT_EQ(base::to_hex(sample_hash(known_seed(), account_of("alice"), 0x0100000000000098)),
            "91482df7f689bf0d44c8e04813827878d34de4755ed1c62d33217d0ce752d28d");
}

TEST(Draw, KnownAnswersOfTheSample) {
  const auto sample = [](const SampleRate& rate) {
    return draw_sample(known_seed(), account_of("alice"), first_nonces(24), rate);
  };
  EXPECT_EQ(sample({{1, 4}, 3}), (Nonces{1, 2, 13, 14, 15, 17, 22, 23, 24}));
  EXPECT_EQ(sample({{1, 16}, 2}), (Nonces{1, 22, 24}));
  EXPECT_EQ(sample({{2, 3}, 0}), (Nonces{1, 2, 11, 13, 14, 15, 17, 18, 21, 22, 23, 24}));
  EXPECT_EQ(sample({{1, 1000}, 0}), Nonces{});
  EXPECT_EQ(sample({{1, 1000}, 5}), (Nonces{1, 2, 22, 23, 24}));
  EXPECT_EQ(sample({{1, 1000}, 99}), first_nonces(24));
  EXPECT_EQ(sample(kEveryShare), first_nonces(24));
}

TEST(Draw, AChanceIsExact) {
  EXPECT_TRUE((Probability{1, 1}.includes(UINT64_MAX)));
  EXPECT_TRUE((Probability{1, 2}.includes(kHalf - 1)));
  EXPECT_FALSE((Probability{1, 2}.includes(kHalf)));
  EXPECT_TRUE((Probability{1, 3}.includes(6148914691236517205)));  // 2^64 / 3 = ..205.33
  EXPECT_FALSE((Probability{1, 3}.includes(6148914691236517206)));
  EXPECT_TRUE((Probability{UINT32_MAX - 1, UINT32_MAX}.includes(UINT64_MAX - (1ULL << 32) - 1)));
  EXPECT_FALSE((Probability{UINT32_MAX - 1, UINT32_MAX}.includes(UINT64_MAX)));
  EXPECT_TRUE((Probability{1, UINT32_MAX}.includes(1ULL << 32)));
  EXPECT_FALSE((Probability{1, UINT32_MAX}.includes((1ULL << 32) + 2)));
}

TEST(Draw, AChanceIsAboveZeroAndAtMostOne) {
  EXPECT_TRUE(check_rate({{1, 1}, 0}).ok());
  EXPECT_TRUE(check_rate({{1, UINT32_MAX}, UINT32_MAX}).ok());
  EXPECT_EQ(check_rate({{0, 1}, 0}).message(), "a chance of 0/1 is not above 0 and at most 1");
  EXPECT_EQ(check_rate({{3, 2}, 0}).message(), "a chance of 3/2 is not above 0 and at most 1");
  EXPECT_FALSE(check_rate({{0, 0}, 9}).ok());
  EXPECT_FALSE(check_rate({{1, 0}, 0}).ok());
}

TEST(Draw, TheOrderOfTheSharesDoesNotMatter) {
  std::mt19937_64 random(1);
  for (std::uint32_t i = 0; i < 50; ++i) {
    Nonces nonces(1 + i);
    for (std::uint64_t& nonce : nonces) nonce = random();
    const SampleRate rate{{1, 5}, i % 4};
    const Nonces drawn = draw_sample(filled(7), account_of("a"), nonces, rate);
    std::shuffle(nonces.begin(), nonces.end(), random);
    ASSERT_EQ(draw_sample(filled(7), account_of("a"), nonces, rate), drawn);
    ASSERT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
    ASSERT_GE(drawn.size(), std::min<std::size_t>(nonces.size(), i % 4));
  }
}

TEST(Draw, AShareIsDrawnByItselfWhateverTheOthersAre) {
  const Nonces all = draw_sample(known_seed(), account_of("alice"), first_nonces(500), {{1, 4}, 0});
  Nonces apart;
  for (const std::uint64_t nonce : first_nonces(500)) {
    const Nonces one = draw_sample(known_seed(), account_of("alice"), Nonces{nonce}, {{1, 4}, 0});
    apart.insert(apart.end(), one.begin(), one.end());
  }
  EXPECT_EQ(all, apart);
}

TEST(Draw, AGreaterChanceOrMinimumOnlyAdds) {
  const std::array<SampleRate, 7> rates = {{{{1, 100}, 0},
                                            {{1, 100}, 1},
                                            {{1, 16}, 2},
                                            {{1, 16}, 9},
                                            {{1, 4}, 9},
                                            {{1, 2}, 9},
                                            kEveryShare}};
  for (std::uint8_t seed = 0; seed < 100; ++seed) {
    Nonces before;
    for (const SampleRate& rate : rates) {
      const Nonces now = draw_sample(filled(seed), account_of("a"), first_nonces(40), rate);
      ASSERT_TRUE(std::includes(now.begin(), now.end(), before.begin(), before.end()));
      before = now;
    }
  }
}

TEST(DrawDeathTest, ANonceThatIsThereTwiceIsABug) {
  EXPECT_DEATH(draw_sample(filled(7), account_of("a"), Nonces{5, 6, 5}, kEveryShare), "check");
}

/// Sum of (seen - expected)^2 / expected.
template <class Counts>
double chi_square(const Counts& seen, double expected) {
  double sum = 0;
  for (const int count : seen) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

// Both ends: a sum that is too small is no chance either. Chi-square of 255 degrees of freedom is
// in 187..336 with 99.9 %.
TEST(Draw, HashesAreUniformInTheirFirstAndLastBits) {
  std::array<int, 256> first{}, eighth{};
  const base::Bytes32 seed = known_seed(), account = account_of("alice");
  for (std::uint64_t nonce = 0; nonce < 50'000; ++nonce) {
    const base::Bytes32 hash = sample_hash(seed, account, nonce << 32);
    ++first[hash[0]];
    ++eighth[hash[7]];
  }
  for (const auto& seen : {first, eighth}) {
    EXPECT_GT(chi_square(seen, 50'000 / 256.0), 187);
    EXPECT_LT(chi_square(seen, 50'000 / 256.0), 336);
  }
}

TEST(Draw, SharesAreDrawnAsOftenAsTheChanceSays) {
  for (const Probability& chance : {Probability{1, 2}, {1, 4}, {1, 16}, {3, 7}, {1, 1000}}) {
    const double p = double{chance.numerator * 1.0} / chance.denominator;
    const double sigma = std::sqrt(20'000 * p * (1 - p));
    const auto drawn =
        draw_sample(known_seed(), account_of("bob"), first_nonces(20'000), {chance, 0});
    EXPECT_LT(std::abs(static_cast<double>(drawn.size()) - 20'000 * p), 3.29 * sigma) << p;
  }
}

/// How a guess of what is drawn met what was: [guessed][drawn].
struct Guesses {
  std::array<std::array<double, 2>, 2> seen{};

  void add(const Nonces& shares, const Nonces& guess, const Nonces& drawn) {
    for (const std::uint64_t nonce : shares) {
      ++seen[std::binary_search(guess.begin(), guess.end(), nonce)]
            [std::binary_search(drawn.begin(), drawn.end(), nonce)];
    }
  }
  /// Of independence: above 10.83 by chance in one of 1000.
  double chi_square() const {
    const auto& [a, b] = seen[0];
    const auto& [c, d] = seen[1];
    const double difference = a * d - b * c;
    return difference * difference * (a + b + c + d) / ((a + b) * (c + d) * (a + c) * (b + d));
  }
};

TEST(Draw, A9_WhatIsPublicBeforeTheBeaconForetellsNothing) {
  constexpr SampleRate kRate{{1, 4}, 0};
  std::mt19937_64 random(9);
  const base::Bytes32 account = account_of("mallory");
  const Nonces shares = first_nonces(16);
  Guesses by_commitment, by_secret, by_last_sprint, by_knowing_all;
  Nonces last;
  for (int i = 0; i < 3000; ++i) {
    base::Bytes32 secret;
    for (std::uint8_t& byte : secret) byte = static_cast<std::uint8_t>(random());
    const std::string sprint = "s-" + std::to_string(i);
    const std::string beacon = std::to_string(random()), old_beacon = std::to_string(random());
    const auto draw = [&](const base::Bytes32& key, const std::string& value) {
      return draw_sample(make_draw_seed("pool.example", sprint, key, value), account, shares,
                         kRate);
    };
    const Nonces drawn = draw(secret, beacon);
    by_commitment.add(shares, draw(stratum::commit_to_draw(secret), beacon),
                      drawn);                                // not the secret
    by_secret.add(shares, draw(secret, old_beacon), drawn);  // a pool that helps
    by_last_sprint.add(shares, last, drawn);
    if (i < 100) by_knowing_all.add(shares, draw(secret, beacon), drawn);
    last = drawn;
  }
  EXPECT_LT(by_commitment.chi_square(), 10.83);
  EXPECT_LT(by_secret.chi_square(), 10.83);
  EXPECT_LT(by_last_sprint.chi_square(), 10.83);
  EXPECT_GT(by_knowing_all.chi_square(), 700) << "so the others could have been seen";
}

TEST(Draw, A9_EveryPartOfTheSeedChangesIt) {
  const base::Bytes32 secret = filled(1);
  base::Bytes32 other = secret;
  other[31] ^= 1;
  const base::Bytes32 seed = make_draw_seed("p", "s", secret, "b");
  EXPECT_NE(make_draw_seed("q", "s", secret, "b"), seed);
  EXPECT_NE(make_draw_seed("p", "t", secret, "b"), seed);
  EXPECT_NE(make_draw_seed("p", "s", other, "b"), seed);
  EXPECT_NE(make_draw_seed("p", "s", secret, "c"), seed);
  EXPECT_NE(stratum::commit_to_draw(other), stratum::commit_to_draw(secret));
  EXPECT_NE(sample_hash(seed, account_of("a"), 1), sample_hash(seed, account_of("b"), 1));
  EXPECT_NE(sample_hash(seed, account_of("a"), 1), sample_hash(seed, account_of("a"), 2));
}

}  // namespace
}  // namespace pool
