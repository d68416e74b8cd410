#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace poc {

/// The size of the transformer that a sprint runs. Make one with `make_profile` or
/// `parse_profile`, which refuse what the proof's page does not allow.
struct Profile {
  std::uint32_t layers = 0;  ///< 1..128
  std::uint32_t dim = 0;     ///< multiple of 128, 128..8192
  std::uint32_t ffn = 0;     ///< multiple of 128, 128..32768

  bool operator==(const Profile&) const = default;

  std::uint32_t heads() const { return dim / 128; }
  /// One byte a weight: layers * (4 dim^2 + 3 dim ffn).
  std::uint64_t weights_bytes() const;
  /// Multiply-accumulates of the four products of one nonce, schoolbook: the unit of work.
  std::uint64_t mac_per_nonce() const { return 16 * weights_bytes(); }
};

/// A profile with a name.
struct NamedProfile {
  std::string_view name;
  Profile profile;
};

/// nano, micro, base, large; smallest first.
std::span<const NamedProfile> named_profiles();

/// The profile of these sizes, or why there is none.
base::Result<Profile> make_profile(std::uint64_t layers, std::uint64_t dim, std::uint64_t ffn);

/// A profile's name, or "layers,dim,ffn" in decimal.
base::Result<Profile> parse_profile(std::string_view text);

/// The profile's name, or "layers,dim,ffn" if it has none.
std::string to_string(const Profile& profile);

}  // namespace poc
