#include "poc/keys.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "poc/input_keys.h"
#include "tests/poc/naive.h"
#include "tests/poc/openssl.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

using base::to_hex;

constexpr std::uint64_t kSeed = 5150;

RaceSpec some_race() {
  tests::Random random(kSeed);
  RaceSpec race;
  race.model.profile = {2, 128, 256};
  race.model.model_seed = random.bytes32();
  race.start_seed = random.bytes32();
  race.identity_hash = hash_identity("wallet.rig").value();
  return race;
}

constexpr std::uint64_t kNonce = 0x0123456789abcdef;

TEST(Keys, ManyOfARaceAreThoseOfTheRace) {
  tests::Random random(kSeed);
  for (int i = 0; i < 20; ++i) {
    RaceSpec race = some_race();
    race.start_seed = random.bytes32();
    const InputKeys keys(race);
    for (const std::uint64_t nonce : {std::uint64_t{0}, kNonce, ~std::uint64_t{0}, random.u64()}) {
      EXPECT_EQ(keys.of(nonce), input_key(race, nonce));
    }
  }
}

TEST(Keys, HashTheBytesOfTheSpecification) {
  // Spelt out once, byte by byte, with the zero byte that ends each label.
  const RaceSpec race = some_race();
  const std::vector<std::uint8_t> params = {2, 0, 0, 0, 128, 0, 0, 0, 0, 1, 0, 0};
  std::vector<std::uint8_t> weights = {'s', 'p', 'r', 'i', 'n', 't', '/', '1', ' ',
                                       'w', 'e', 'i', 'g', 'h', 't', 's', 0};
  weights.insert(weights.end(), params.begin(), params.end());
  weights.insert(weights.end(), race.model.model_seed.begin(), race.model.model_seed.end());
  EXPECT_EQ(to_hex(weight_key(race.model)), to_hex(tests::openssl_sha256(weights)));

  std::vector<std::uint8_t> input = {'s', 'p', 'r', 'i', 'n', 't', '/', '1',
                                     ' ', 'i', 'n', 'p', 'u', 't', 0};
  input.insert(input.end(), params.begin(), params.end());
  for (const auto& part : {race.model.model_seed, race.start_seed, race.identity_hash}) {
    input.insert(input.end(), part.begin(), part.end());
  }
  input.insert(input.end(), {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01});
  EXPECT_EQ(to_hex(input_key(race, kNonce)), to_hex(tests::openssl_sha256(input)));

  std::vector<std::uint8_t> ticket = {'s', 'p', 'r', 'i', 'n', 't', '/', '1',
                                      ' ', 't', 'i', 'c', 'k', 'e', 't', 0};
  const base::Bytes32 key = race.start_seed;
  const base::Bytes32 digest = race.identity_hash;
  for (const auto& part : {key, digest}) ticket.insert(ticket.end(), part.begin(), part.end());
  EXPECT_EQ(to_hex(make_ticket(key, digest)), to_hex(tests::openssl_sha256(ticket)));
}

TEST(Keys, AgreeWithTheNaiveEvaluatorOnRandomFields) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 100; ++round) {
    RaceSpec race;
    race.model.profile = {static_cast<std::uint32_t>(random.between(1, 128)),
                          static_cast<std::uint32_t>(128 * random.between(1, 64)),
                          static_cast<std::uint32_t>(128 * random.between(1, 256))};
    race.model.model_seed = random.bytes32();
    race.start_seed = random.bytes32();
    const std::string identity(random.below(129), 'i');
    race.identity_hash = hash_identity(identity).value();
    const std::uint64_t nonce = random.any_length();
    const auto& [layers, dim, ffn] = race.model.profile;
    const tests::naive::Proof proof(layers, dim, ffn, race.model.model_seed);
    ASSERT_EQ(to_hex(weight_key(race.model)), to_hex(proof.weight_key()));
    const InputKey key = input_key(race, nonce);
    ASSERT_EQ(to_hex(key), to_hex(proof.input_key(race.start_seed, identity, nonce)));
    const Digest digest = random.bytes32();
    ASSERT_EQ(to_hex(make_ticket(key, digest)), to_hex(tests::naive::Proof::ticket(key, digest)));
  }
}

base::Bytes32 flipped(base::Bytes32 bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

TEST(WeightKey, DependsOnEveryFieldOfTheModel) {
  const ModelSpec model = some_race().model;
  std::set<base::Bytes32> keys = {weight_key(model)};
  for (ModelSpec other : {model, model, model}) {
    auto& size = keys.size() == 1   ? other.profile.layers
                 : keys.size() == 2 ? other.profile.dim
                                    : other.profile.ffn;
    size += 128;
    EXPECT_TRUE(keys.insert(weight_key(other)).second);
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    ModelSpec other = model;
    other.model_seed = flipped(model.model_seed, bit);
    EXPECT_TRUE(keys.insert(weight_key(other)).second) << "model seed, bit " << bit;
  }
  EXPECT_EQ(keys.size(), 1u + 3 + 256);
}

TEST(WeightKey, DoesNotDependOnTheRace) {
  // Loading the weights is not part of the race: they are known before the start seed is.
  RaceSpec race = some_race();
  const base::Bytes32 before = weight_key(race.model);
  race.start_seed = flipped(race.start_seed, 0);
  race.identity_hash = flipped(race.identity_hash, 0);
  EXPECT_EQ(weight_key(race.model), before);
}

TEST(InputKey, DependsOnEveryFieldOfTheRaceAndTheNonce) {
  const RaceSpec race = some_race();
  std::set<base::Bytes32> keys = {input_key(race, kNonce)};
  const auto changed = [&](const std::function<void(RaceSpec&)>& change) {
    RaceSpec other = race;
    change(other);
    return keys.insert(input_key(other, kNonce)).second;
  };
  EXPECT_TRUE(changed([](RaceSpec& r) { r.model.profile.layers += 1; }));
  EXPECT_TRUE(changed([](RaceSpec& r) { r.model.profile.dim += 128; }));
  EXPECT_TRUE(changed([](RaceSpec& r) { r.model.profile.ffn += 128; }));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    EXPECT_TRUE(changed([&](RaceSpec& r) {
      r.model.model_seed = flipped(r.model.model_seed, bit);
    })) << "model seed, bit "
        << bit;
    EXPECT_TRUE(changed([&](RaceSpec& r) { r.start_seed = flipped(r.start_seed, bit); }))
        << "start seed, bit " << bit;
    EXPECT_TRUE(changed([&](RaceSpec& r) { r.identity_hash = flipped(r.identity_hash, bit); }))
        << "identity hash, bit " << bit;
  }
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t nonce = kNonce ^ std::uint64_t{1} << bit;
    EXPECT_TRUE(keys.insert(input_key(race, nonce)).second) << "nonce, bit " << bit;
  }
  EXPECT_EQ(keys.size(), 1u + 3 + 3 * 256 + 64);
}

TEST(InputKey, ToldApartFromAFieldsNeighbour) {
  // Fields have fixed widths: bytes cannot wander from one into the next.
  RaceSpec race = some_race();
  RaceSpec swapped = race;
  std::swap(swapped.model.model_seed, swapped.start_seed);
  EXPECT_NE(input_key(race, kNonce), input_key(swapped, kNonce));
  race.model.profile = {128, 256, 128};
  swapped = race;
  swapped.model.profile = {128, 128, 256};
  EXPECT_NE(input_key(race, kNonce), input_key(swapped, kNonce));
}

TEST(Ticket, DependsOnEveryBitOfKeyAndDigest) {
  tests::Random random(kSeed);
  const InputKey key = random.bytes32();
  const Digest digest = random.bytes32();
  std::set<Ticket> tickets = {make_ticket(key, digest), make_ticket(digest, key)};
  for (std::size_t bit = 0; bit < 256; ++bit) {
    tickets.insert(make_ticket(flipped(key, bit), digest));
    tickets.insert(make_ticket(key, flipped(digest, bit)));
  }
  EXPECT_EQ(tickets.size(), 2u + 2 * 256);
}

TEST(Identity, IsHashedAsSent) {
  for (const std::string_view text : {"", "a", "participant/eu", "wallet.rig-07",
                                      "\xd1\x83\xd1\x87\xd0\xb0\xd1\x81\xd1\x82", " a ", "a\n"}) {
    EXPECT_EQ(to_hex(hash_identity(text).value()),
              to_hex(tests::openssl_sha256(base::as_bytes(text))))
        << text;
  }
}

TEST(Identity, IsNeverNormalised) {
  const std::vector<std::string_view> spellings = {
      "caf\xc3\xa9",   // U+00E9
      "cafe\xcc\x81",  // e, U+0301: the same to the eye
      "Caf\xc3\xa9",
      "caf\xc3\xa9 ",
      " caf\xc3\xa9",
      "\xef\xbb\xbf"
      "caf\xc3\xa9",  // after a byte order mark
      "\xef\xbd\x83"
      "af\xc3\xa9"};  // a full-width c
  std::set<base::Bytes32> hashes;
  for (const std::string_view text : spellings) hashes.insert(hash_identity(text).value());
  EXPECT_EQ(hashes.size(), spellings.size());
  const std::string_view with_nul("a\0", 2);
  EXPECT_NE(hash_identity(with_nul).value(), hash_identity("a").value());
}

TEST(Identity, HasAtMost128Bytes) {
  EXPECT_TRUE(hash_identity(std::string(128, 'x')).ok());
  const auto refused = hash_identity(std::string(129, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kInvalid);
  EXPECT_EQ(refused.message(), "identity: 129 bytes, at most 128 are allowed");
  // Bytes count, not characters: 64 of two bytes fit, 65 do not.
  std::string cyrillic;
  for (int i = 0; i < 64; ++i) cyrillic += "\xd1\x83";
  EXPECT_TRUE(hash_identity(cyrillic).ok());
  EXPECT_FALSE(hash_identity(cyrillic + "\xd1\x83").ok());
  EXPECT_FALSE(hash_identity(std::string(1 << 20, 'x')).ok());
}

TEST(Identity, MustBeUtf8) {
  for (const std::string_view bad :
       {"\xff", "a\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "caf\xe9"}) {
    const auto refused = hash_identity(bad);
    ASSERT_FALSE(refused.ok()) << base::printable(bad);
    EXPECT_EQ(refused.error().fault, base::Fault::kInvalid);
    EXPECT_EQ(refused.message(), "identity: not UTF-8");
  }
}

}  // namespace
}  // namespace poc
