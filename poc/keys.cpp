#include "poc/keys.h"

#include <algorithm>
#include <array>

#include "poc/sha256_host.h"

namespace poc {
namespace {

/// A SHA-256 over pieces in order.
class Hasher {
 public:
  explicit Hasher(std::string_view label) {
    bytes(base::as_bytes(label));
    const std::uint8_t end = 0;
    hash_.update(&end, 1);
  }
  Hasher& bytes(std::span<const std::uint8_t> data) {
    hash_.update(data.data(), data.size());
    return *this;
  }
  /// Little-endian.
  template <class T>
  Hasher& integer(T value) {
    std::array<std::uint8_t, sizeof(T)> le{};
    for (std::size_t i = 0; i < le.size(); ++i) le[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return bytes(le);
  }
  Hasher& params(const Profile& p) { return integer(p.layers).integer(p.dim).integer(p.ffn); }
  base::Bytes32 finish() {
    base::Bytes32 out;
    hash_.finish(out.data());
    return out;
  }

 private:
  HostSha256 hash_;
};

}  // namespace

base::Bytes32 sha256(std::span<const std::uint8_t> bytes) {
  HostSha256 hash;
  hash.update(bytes.data(), bytes.size());
  base::Bytes32 out;
  hash.finish(out.data());
  return out;
}

base::Result<base::Bytes32> hash_identity(std::string_view identity) {
  if (identity.size() > kMaxIdentityBytes) {
    return base::invalid("identity: " + std::to_string(identity.size()) +
                         " bytes, at most 128 are allowed");
  }
  if (!base::is_utf8(identity)) return base::invalid("identity: not UTF-8");
  return sha256(base::as_bytes(identity));
}

base::Bytes32 weight_key(const ModelSpec& model) {
  return Hasher("sprint/1 weights").params(model.profile).bytes(model.model_seed).finish();
}

InputKey input_key(const RaceSpec& race, std::uint64_t nonce) {
  return Hasher("sprint/1 input")
      .params(race.model.profile)
      .bytes(race.model.model_seed)
      .bytes(race.start_seed)
      .bytes(race.identity_hash)
      .integer(nonce)
      .finish();
}

InputKeyPrefix input_key_prefix(const RaceSpec& race) {
  InputKeyPrefix prefix{};
  auto to = prefix.begin();
  const auto put = [&to](std::span<const std::uint8_t> bytes) {
    to = std::copy(bytes.begin(), bytes.end(), to);
  };
  put(base::as_bytes("sprint/1 input"));
  ++to;  // the label ends with a zero
  for (const std::uint32_t size :
       {race.model.profile.layers, race.model.profile.dim, race.model.profile.ffn}) {
    for (int i = 0; i < 4; ++i) *to++ = static_cast<std::uint8_t>(size >> (8 * i));
  }
  put(race.model.model_seed);
  put(race.start_seed);
  put(race.identity_hash);
  return prefix;
}

Ticket make_ticket(const InputKey& key, const Digest& digest) {
  return Hasher("sprint/1 ticket").bytes(key).bytes(digest).finish();
}

}  // namespace poc
