#pragma once

#include <array>
#include <cstdint>

#include "poc/keys.h"
#include "poc/sha256_host.h"

namespace poc {

/// The input keys of one race, for whoever needs many: what stands before the nonce is hashed once.
class InputKeys {
 public:
  explicit InputKeys(const RaceSpec& race) {
    const InputKeyPrefix prefix = input_key_prefix(race);
    before_nonce_.update(prefix.data(), prefix.size());
  }

  /// As `input_key`.
  InputKey of(std::uint64_t nonce) const {
    std::array<std::uint8_t, 8> little_endian{};
    for (std::size_t i = 0; i < 8; ++i) {
      little_endian[i] = static_cast<std::uint8_t>(nonce >> (8 * i));
    }
    HostSha256 hash = before_nonce_;
    hash.update(little_endian.data(), little_endian.size());
    InputKey key{};
    hash.finish(key.data());
    return key;
  }

 private:
  HostSha256 before_nonce_;
};

}  // namespace poc
