#include "poc/known_answers.h"

#include <array>

#include "poc/profile.h"

namespace poc {
namespace {

base::Bytes32 hex(std::string_view text) {
  const auto bytes = base::bytes32_from_hex(text);
  CHECK(bytes.has_value());
  return *bytes;
}

KnownAnswer answer(std::string_view name, Profile profile, std::string_view model_seed,
                   std::string_view start_seed, std::string_view identity, std::uint64_t nonce,
                   std::string_view digest) {
  return {name,
          {{profile, hex(model_seed)}, hex(start_seed), hash_identity(identity).value()},
          nonce,
          hex(digest)};
}

}  // namespace

std::span<const KnownAnswer> known_answers() {
  static const std::array<KnownAnswer, 5> kAnswers = {{
      answer("2x128x256 nonce 0", {2, 128, 256},
             "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4",
             "cced28c6dc3f99c2396a5eaad732bf6b28142335892b1cd0e6af6cdb53f5ccfa", "participant", 0u,
             "f72b59819b7bfa80d7d468159180f08f1a4f2e3ad61c5b1b0acb1482e257b54e"),
      answer("2x128x256 nonce 1", {2, 128, 256},
             "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4",
             "cced28c6dc3f99c2396a5eaad732bf6b28142335892b1cd0e6af6cdb53f5ccfa", "participant", 1u,
             "b273716819692f8a55b30aa094ff4ec5f8026dc39da1736b0350a227cc2f472b"),
      answer("1x128x384 nonce 0", {1, 128, 384},
             "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
             "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "a", 0u,
             "df6146844a440af2cfd9e2afa08518236f67ba3bd4d023698cd708e95cb45a46"),
      answer("2x640x128 nonce 3", {2, 640, 128},
             "b5f2031eb62e37c6d38287b38f83afeaed2665f0424eb3c29c1a38a596a13d57",
             "3b96fc064fa874a80a132bda60bebf54efbc780a358fdcae4fbbd7e12b66b630",
             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
             3u, "fba43135d75d85ec4e0a6cb1f1ab162bbe4a86e81989518ae87b6e78eed2247d"),
      answer("8x512x1536 nonce 0", {8, 512, 1536},
             "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4",
             "cced28c6dc3f99c2396a5eaad732bf6b28142335892b1cd0e6af6cdb53f5ccfa", "participant", 0u,
             "7bd5640a81c35bceaaad7d8a385007e7e486082b0e8344bb4aa02a239bb98882"),
  }};
  return kAnswers;
}

}  // namespace poc
