#pragma once

#include <openssl/bn.h>

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"

// OpenSSL's idea of what poc/ computes for itself. Every failure of OpenSSL aborts.
namespace tests {

/// SHA-256.
base::Bytes32 openssl_sha256(std::span<const std::uint8_t> bytes);

/// `size` bytes of the ChaCha20 stream of RFC 8439 from block `counter` on.
std::vector<std::uint8_t> openssl_chacha20(const base::Bytes32& key,
                                           const std::array<std::uint8_t, 12>& nonce,
                                           std::uint32_t counter, std::size_t size);

/// A non-negative integer of any size.
class BigNumber {
 public:
  BigNumber(std::uint64_t value = 0);  // NOLINT(google-explicit-constructor)
  static BigNumber from_big_endian(std::span<const std::uint8_t> bytes);
  static BigNumber power_of_two(int exponent);

  /// 32 bytes, most significant first. The value must fit.
  base::Bytes32 to_bytes32() const;
  /// The value must fit.
  std::uint64_t to_u64() const;

  friend BigNumber operator+(const BigNumber& a, const BigNumber& b);
  /// b <= a.
  friend BigNumber operator-(const BigNumber& a, const BigNumber& b);
  friend BigNumber operator*(const BigNumber& a, const BigNumber& b);
  /// The floor; 0 < b.
  friend BigNumber operator/(const BigNumber& a, const BigNumber& b);
  friend std::strong_ordering operator<=>(const BigNumber& a, const BigNumber& b);
  friend bool operator==(const BigNumber& a, const BigNumber& b) { return (a <=> b) == 0; }

 private:
  explicit BigNumber(BIGNUM* owned) : value_(owned, BN_free) {}
  std::shared_ptr<BIGNUM> value_;  // never changed once made
};

/// The largest root with root^2 <= v.
BigNumber square_root(const BigNumber& v);

}  // namespace tests
