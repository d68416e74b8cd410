// SHA-256 and ChaCha20 against OpenSSL.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "poc/chacha20.h"
#include "poc/keys.h"
#include "poc/sha256_host.h"
#include "tests/poc/openssl.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

using base::to_hex;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kSeed = 8439;

template <class Hash>
base::Bytes32 finish(Hash& hash) {
  base::Bytes32 digest{};
  hash.finish(digest.data());
  return digest;
}

template <class Hash>
base::Bytes32 hash_of(std::span<const std::uint8_t> bytes) {
  Hash hash;
  hash.update(bytes.data(), bytes.size());
  return finish(hash);
}

/// By the standard's formulas, and by what this processor has for it.
template <class Hash>
class Sha256Test : public testing::Test {};
using Hashes = testing::Types<Sha256, HostSha256>;
TYPED_TEST_SUITE(Sha256Test, Hashes);

TYPED_TEST(Sha256Test, GivesTheAnswersOfTheStandard) {
  // FIPS 180-4's examples, as NIST publishes them.
  EXPECT_EQ(to_hex(hash_of<TypeParam>(base::as_bytes(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(hash_of<TypeParam>(base::as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hash_of<TypeParam>(
                base::as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TYPED_TEST(Sha256Test, AgreesWithOpensslOnEveryLengthTo300) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (std::size_t length = 0; length <= 300; ++length) {
    const Bytes bytes = random.bytes(length);
    ASSERT_EQ(to_hex(hash_of<TypeParam>(bytes)), to_hex(tests::openssl_sha256(bytes)))
        << "length " << length;
  }
}

TYPED_TEST(Sha256Test, AgreesWithOpensslOnLongTexts) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 20; ++round) {
    const Bytes bytes = random.bytes(random.below(100'000));
    ASSERT_EQ(to_hex(hash_of<TypeParam>(bytes)), to_hex(tests::openssl_sha256(bytes)));
  }
}

TYPED_TEST(Sha256Test, DoesNotMindHowTheTextIsSplit) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 300; ++round) {
    const Bytes bytes = random.bytes(random.below(600));
    TypeParam hash;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t piece = std::min(random.below(150), bytes.size() - at);  // also nothing
      hash.update(bytes.data() + at, piece);
      at += piece;
    }
    ASSERT_EQ(to_hex(finish(hash)), to_hex(tests::openssl_sha256(bytes)));
  }
}

TYPED_TEST(Sha256Test, TakesTheBytesOneByOne) {
  const Bytes bytes = tests::Random(kSeed).bytes(200);
  TypeParam hash;
  for (const std::uint8_t b : bytes) hash.update(&b, 1);
  EXPECT_EQ(finish(hash), tests::openssl_sha256(bytes));
}

TYPED_TEST(Sha256Test, ACopyGoesItsOwnWay) {
  const Bytes bytes = tests::Random(kSeed).bytes(200);
  TypeParam whole;
  whole.update(bytes.data(), 100);
  TypeParam half = whole;
  whole.update(bytes.data() + 100, 100);
  EXPECT_EQ(finish(half), tests::openssl_sha256(std::span(bytes).first(100)));
  EXPECT_EQ(finish(whole), tests::openssl_sha256(bytes));
}

TEST(ChaCha20, GivesTheBlockOfTheRfc) {
  // RFC 8439, section 2.3.2: key 00 01 .. 1f, nonce 00000009 0000004a 00000000, block 1.
  base::Bytes32 key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  const ChaChaState state = chacha_init(key.data(), 0x09000000, 0x4a000000, 0);
  std::array<std::uint32_t, 16> words{};
  chacha_block(state, 1, words.data());
  const std::array<std::uint32_t, 16> expected = {0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3,
                                                  0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
                                                  0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
                                                  0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
  EXPECT_EQ(words, expected);
  std::array<std::uint8_t, 64> bytes{};
  chacha_stream(state, 1, bytes.data(), bytes.size());
  EXPECT_EQ(to_hex(bytes),
            "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
            "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

/// LE32(n0) || LE32(n1) || LE32(n2)
std::array<std::uint8_t, 12> nonce_bytes(const std::array<std::uint32_t, 3>& words) {
  std::array<std::uint8_t, 12> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
  }
  return out;
}

std::array<std::uint32_t, 3> random_words(tests::Random& random) {
  std::array<std::uint32_t, 3> words{};
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random.u64());
  return words;
}

TEST(ChaCha20, AgreesWithOpensslOnRandomKeysNoncesAndCounters) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 300; ++round) {
    const base::Bytes32 key = random.bytes32();
    const auto nonce = random_words(random);
    const std::size_t size = 64 * (1 + random.below(40));
    // Away from the counter's end, where OpenSSL 3 itself stops.
    const auto counter = static_cast<std::uint32_t>(random.any_length() & 0x7fffffff);
    Bytes stream(size);
    chacha_stream(chacha_init(key.data(), nonce[0], nonce[1], nonce[2]), counter, stream.data(),
                  size);
    ASSERT_EQ(stream, tests::openssl_chacha20(key, nonce_bytes(nonce), counter, size))
        << "round " << round << ", counter " << counter;
  }
}

TEST(ChaCha20, EachBlockMayBeMadeByItself) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  const base::Bytes32 key = random.bytes32();
  const auto nonce = random_words(random);
  const ChaChaState state = chacha_init(key.data(), nonce[0], nonce[1], nonce[2]);
  constexpr std::uint32_t kBlocks = 20;
  Bytes whole(64 * kBlocks);
  chacha_stream(state, 0, whole.data(), whole.size());
  for (std::uint32_t block = 0; block < kBlocks; ++block) {
    Bytes part(64);
    chacha_stream(state, block, part.data(), part.size());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 64 * block)) << block;
  }
}

TEST(ChaCha20, WritesNoMoreThanItsSize) {
  const base::Bytes32 key{};
  Bytes stream(64 + 1, 0xa5);
  chacha_stream(chacha_init(key.data(), 0, 0, 0), 0, stream.data(), 0);
  EXPECT_EQ(stream[0], 0xa5);
  chacha_stream(chacha_init(key.data(), 0, 0, 0), 0, stream.data(), 64);
  EXPECT_EQ(stream[64], 0xa5);
}

}  // namespace
}  // namespace poc
