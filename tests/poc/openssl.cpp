#include "tests/poc/openssl.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace tests {

base::Bytes32 openssl_sha256(std::span<const std::uint8_t> bytes) {
  base::Bytes32 digest{};
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  CHECK(size == digest.size());
  return digest;
}

std::vector<std::uint8_t> openssl_chacha20(const base::Bytes32& key,
                                           const std::array<std::uint8_t, 12>& nonce,
                                           std::uint32_t counter, std::size_t size) {
  // OpenSSL's IV is the counter, little-endian, before the nonce; the stream is what zeros become.
  std::array<std::uint8_t, 16> iv{};
  for (std::size_t i = 0; i < 4; ++i) iv[i] = static_cast<std::uint8_t>(counter >> (8 * i));
  for (std::size_t i = 0; i < nonce.size(); ++i) iv[4 + i] = nonce[i];
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           EVP_CIPHER_CTX_free);
  CHECK(context != nullptr);
  CHECK(EVP_EncryptInit_ex(context.get(), EVP_chacha20(), nullptr, key.data(), iv.data()) == 1);
  const std::vector<std::uint8_t> zeros(size, 0);
  std::vector<std::uint8_t> stream(size, 0);
  int written = 0;
  CHECK(EVP_EncryptUpdate(context.get(), stream.data(), &written, zeros.data(),
                          static_cast<int>(size)) == 1);
  CHECK(written == static_cast<int>(size));
  return stream;
}

namespace {

std::unique_ptr<BN_CTX, void (*)(BN_CTX*)> make_context() {
  return {BN_CTX_new(), BN_CTX_free};
}

std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return bytes;
}

}  // namespace

BigNumber::BigNumber(std::uint64_t value) : BigNumber(from_big_endian(big_endian(value))) {}

BigNumber BigNumber::from_big_endian(std::span<const std::uint8_t> bytes) {
  return BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

BigNumber BigNumber::power_of_two(int exponent) {
  BigNumber out(BN_new());
  CHECK(BN_set_bit(out.value_.get(), exponent) == 1);
  return out;
}

base::Bytes32 BigNumber::to_bytes32() const {
  base::Bytes32 bytes{};
  CHECK(BN_bn2binpad(value_.get(), bytes.data(), bytes.size()) == static_cast<int>(bytes.size()));
  return bytes;
}

std::uint64_t BigNumber::to_u64() const {
  std::array<std::uint8_t, 8> bytes{};
  CHECK(BN_bn2binpad(value_.get(), bytes.data(), bytes.size()) == static_cast<int>(bytes.size()));
  std::uint64_t value = 0;
  for (const std::uint8_t b : bytes) value = value << 8 | b;
  return value;
}

BigNumber operator+(const BigNumber& a, const BigNumber& b) {
  BigNumber out(BN_new());
  CHECK(BN_add(out.value_.get(), a.value_.get(), b.value_.get()) == 1);
  return out;
}

BigNumber operator-(const BigNumber& a, const BigNumber& b) {
  CHECK(b <= a);
  BigNumber out(BN_new());
  CHECK(BN_sub(out.value_.get(), a.value_.get(), b.value_.get()) == 1);
  return out;
}

BigNumber operator*(const BigNumber& a, const BigNumber& b) {
  BigNumber out(BN_new());
  CHECK(BN_mul(out.value_.get(), a.value_.get(), b.value_.get(), make_context().get()) == 1);
  return out;
}

BigNumber operator/(const BigNumber& a, const BigNumber& b) {
  BigNumber out(BN_new());
  CHECK(BN_div(out.value_.get(), nullptr, a.value_.get(), b.value_.get(), make_context().get()) ==
        1);
  return out;
}

std::strong_ordering operator<=>(const BigNumber& a, const BigNumber& b) {
  return BN_cmp(a.value_.get(), b.value_.get()) <=> 0;
}

BigNumber square_root(const BigNumber& v) {
  BigNumber root = 0;
  for (int bit = 128; bit >= 0; --bit) {
    const BigNumber larger = root + BigNumber::power_of_two(bit);
    if (larger * larger <= v) root = larger;
  }
  return root;
}

}  // namespace tests
