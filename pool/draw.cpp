#include "pool/draw.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/check.h"
#include "poc/keys.h"
#include "poc/sha256.h"
#include "pool/wide.h"

namespace pool {
namespace {

/// A SHA-256 that has taken the label and the zero byte that ends it.
poc::Sha256 begin_draw_hash(std::string_view label) {
  poc::Sha256 hash;
  hash.update(label.data(), label.size());
  const std::uint8_t end = 0;
  hash.update(&end, 1);
  return hash;
}

void take(poc::Sha256& hash, const base::Bytes32& bytes) {
  hash.update(bytes.data(), bytes.size());
}

base::Bytes32 ended(poc::Sha256& hash) {
  base::Bytes32 digest;
  hash.finish(digest.data());
  return digest;
}

/// The sample hashes of one account: what is before the nonce is hashed once.
class AccountHasher {
 public:
  AccountHasher(const base::Bytes32& seed, const base::Bytes32& account)
      : before_(begin_draw_hash("sprint/1 sample")) {
    take(before_, seed);
    take(before_, account);
  }

  base::Bytes32 of(std::uint64_t nonce) const {
    std::array<std::uint8_t, 8> le{};
    for (std::size_t i = 0; i < 8; ++i) le[i] = static_cast<std::uint8_t>(nonce >> (8 * i));
    poc::Sha256 hash = before_;
    hash.update(le.data(), le.size());
    return ended(hash);
  }

 private:
  poc::Sha256 before_;
};

/// The first 64 bits, as a big-endian number.
std::uint64_t leading_bits(const base::Bytes32& hash) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i) head = head << 8 | hash[i];
  return head;
}

}  // namespace

bool Probability::includes(std::uint64_t head) const {
  return Wide{head} * denominator < Wide{numerator} << 64;
}

base::Result<SampleRate> check_rate(const SampleRate& rate) {
  const auto [numerator, denominator] = rate.probability;
  if (numerator == 0 || numerator > denominator) {
    return base::invalid("a chance of " + std::to_string(numerator) + "/" +
                         std::to_string(denominator) + " is not above 0 and at most 1");
  }
  return rate;
}

base::Bytes32 make_draw_seed(std::string_view pool, std::string_view sprint,
                             const base::Bytes32& secret, std::string_view beacon) {
  poc::Sha256 hash = begin_draw_hash("sprint/1 draw");
  take(hash, poc::sha256(base::as_bytes(pool)));
  take(hash, poc::sha256(base::as_bytes(sprint)));
  take(hash, secret);
  take(hash, poc::sha256(base::as_bytes(beacon)));
  return ended(hash);
}

base::Bytes32 sample_hash(const base::Bytes32& seed, const base::Bytes32& account,
                          std::uint64_t nonce) {
  return AccountHasher(seed, account).of(nonce);
}

std::vector<std::uint64_t> draw_sample(const base::Bytes32& seed, const base::Bytes32& account,
                                       std::span<const std::uint64_t> nonces,
                                       const SampleRate& rate) {
  const AccountHasher hasher(seed, account);
  std::vector<std::pair<base::Bytes32, std::uint64_t>> drawn;  // arrays compare as big-endian
  drawn.reserve(nonces.size());
  for (const std::uint64_t nonce : nonces) drawn.emplace_back(hasher.of(nonce), nonce);
  std::sort(drawn.begin(), drawn.end());

  // Both rules take the smallest hashes, so the larger number of them is the union.
  const auto first_left_out = std::partition_point(
      drawn.begin(), drawn.end(),
      [&rate](const auto& share) { return rate.probability.includes(leading_bits(share.first)); });
  const auto included = static_cast<std::size_t>(first_left_out - drawn.begin());
  drawn.resize(std::max(included, std::min<std::size_t>(rate.at_least, drawn.size())));

  std::vector<std::uint64_t> sample;
  sample.reserve(drawn.size());
  for (const auto& [hash, nonce] : drawn) sample.push_back(nonce);
  std::sort(sample.begin(), sample.end());
  CHECK(std::adjacent_find(sample.begin(), sample.end()) == sample.end());
  return sample;
}

}  // namespace pool
