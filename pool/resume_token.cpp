#include "pool/resume_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/check.h"

namespace pool {
namespace {

constexpr std::size_t kSessionDigits = 16;
constexpr std::size_t kGenerationDigits = 8;
constexpr std::size_t kClaimDigits = kSessionDigits + kGenerationDigits;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kTokenDigits = kClaimDigits + 2 * kMacBytes;

}  // namespace

std::string TokenMint::mac(std::string_view claim) const {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
             reinterpret_cast<const unsigned char*>(claim.data()), claim.size(), bytes.data(),
             &size) != nullptr);
  return base::to_hex(std::span<const std::uint8_t>(bytes).first(kMacBytes));
}

std::string TokenMint::make(const Claim& claim) const {
  const std::string text = fmt::format("{:016x}{:08x}", claim.session, claim.generation);
  return text + mac(text);
}

std::optional<TokenMint::Claim> TokenMint::read(std::string_view token) const {
  if (token.size() != kTokenDigits) return std::nullopt;
  const std::string_view text = token.substr(0, kClaimDigits);
  const std::string right = mac(text);
  // The time that this takes tells nothing of the right MAC.
  if (CRYPTO_memcmp(right.data(), token.data() + kClaimDigits, right.size()) != 0) {
    return std::nullopt;
  }
  const auto session = base::u64_from_hex(text.substr(0, kSessionDigits));
  const auto generation = base::u64_from_hex("00000000" + std::string(text.substr(kSessionDigits)));
  if (!session || !generation) return std::nullopt;
  return Claim{*session, static_cast<std::uint32_t>(*generation)};
}

}  // namespace pool
