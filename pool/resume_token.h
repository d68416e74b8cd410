#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "pool/journal.h"

namespace pool {

/// Makes resume tokens and reads them again: which session, and the how manyth token of it, under a
/// MAC (HMAC-SHA-256, RFC 2104, its first 128 bits) that only this pool can make. A token is 56
/// lower-case hex digits. Source: the protocol page, "No share is lost".
class TokenMint {
 public:
  explicit TokenMint(const base::Bytes32& key) : key_(key) {}

  struct Claim {
    SessionId session = 0;
    std::uint32_t generation = 0;
  };
  std::string make(const Claim& claim) const;
  /// Nothing for a token that is not ours.
  std::optional<Claim> read(std::string_view token) const;

 private:
  std::string mac(std::string_view claim) const;

  const base::Bytes32 key_;
};

}  // namespace pool
