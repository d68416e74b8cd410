#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "poc/keys.h"
#include "poc/profile.h"

// The values that travel in Sprint Stratum/1, already range-checked: what the codec makes of a line
// and the sessions hand on. Source: the protocol page, tables "Miner to pool" and "Pool to miner".
namespace stratum {

constexpr std::uint64_t kMaxInteger = (std::uint64_t{1} << 53) - 1;
constexpr std::size_t kMaxLineBytes = 16 * 1024;
constexpr std::size_t kMaxLineBytesBeforeLogin = 4 * 1024;
constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxReadyDevices = 64;
constexpr std::size_t kMaxAccountBytes = 96;
constexpr std::size_t kMaxSprintsAnnounced = 4;

/// Error codes on the wire.
enum class Code : int {
  kOk = 0,  ///< never sent: the absence of an error
  kOther = 20,
  kUnknownSprint = 21,
  kDuplicate = 22,
  kAboveTarget = 23,
  kUnauthorized = 24,
  kNotSubscribed = 25,
  kNotOpen = 26,
  kNotYourLease = 27,
  kLate = 28,
  kBusy = 29,
  kWrongDigest = 30,
  kNoLease = 31,
  kTooLarge = 34,
  kVersion = 35,
  kDraining = 40,
  kBanned = 41,
};

/// 26, 29, 31 and 40 never lose a share: it is kept and sent again.
constexpr bool is_final(Code code) {
  return code != Code::kNotOpen && code != Code::kBusy && code != Code::kNoLease &&
         code != Code::kDraining;
}

/// An error as a peer sent it: `[code, text, {"reason","retry_ms"}]`.
struct WireError {
  Code code = Code::kOther;
  std::string text;
  std::uint64_t retry_ms = 0;  ///< 0: not given
};

/// What a pool that recomputes a sample of a sprint's shares is bound to before the race: the
/// sample follows from a secret and from a value that is not published before the last share is in.
/// Source: the sampling page.
struct DrawPromise {
  base::Bytes32 commitment{};  ///< to the secret
  std::string beacon;          ///< the value's name, as Announcement::beacon

  bool operator==(const DrawPromise&) const = default;
};

/// What a draw was made of.
struct DrawShown {
  base::Bytes32 secret{};
  std::string value;  ///< the beacon's; "none" where none was announced

  bool operator==(const DrawShown&) const = default;
};

struct Announcement {
  std::string sprint;  ///< 1..32 of [a-z0-9-]
  std::string pool;    ///< the pool's public name, 1..64 printable ASCII
  poc::Profile profile;
  poc::Seed model_seed{};
  std::string identity;  ///< who is paid, into the proof's input; at most 128 bytes of UTF-8
  base::UnixTime t0;
  base::UnixTime t_end;
  base::Bytes32 commitment{};
  std::string beacon;  ///< "none", "drand:ROUND", "block:CHAIN:HEIGHT"; 1..128 printable ASCII
  std::optional<DrawPromise> draw = std::nullopt;  ///< nothing: every share is recomputed

  bool operator==(const Announcement&) const = default;
};

/// `mining.notify`: the race begins.
struct StartNotice {
  std::string sprint;
  poc::Seed start_seed{};
  base::Bytes32 secret{};
  std::string beacon;  ///< the beacon's value; "none" where none was announced
  base::UnixTime t0;
  base::UnixTime t_end;
};

/// A range of nonces with its own difficulty.
struct Lease {
  std::uint64_t id = 0;
  std::uint32_t device = 0;  ///< `n`: the miner's own number of the device
  std::uint64_t base = 0;    ///< low `bits` bits are 0
  std::uint32_t bits = 32;   ///< 16..48
  std::uint64_t difficulty = 1;

  std::uint64_t size() const { return std::uint64_t{1} << bits; }
  bool contains(std::uint64_t nonce) const { return nonce >> bits == base >> bits; }
  bool operator==(const Lease&) const = default;
};

/// A device whose weights are made, in `sprint.ready`.
struct ReadyDevice {
  std::uint32_t device = 0;
  std::string name;
  std::uint64_t rate_per_1000s = 0;  ///< nonces per 1000 s; 0: not known
};

/// In place of a lease's number, which no line can hold: whichever holds the nonce.
constexpr std::uint64_t kAnyLease = UINT64_MAX;

/// What `mining.submit` says of a share.
struct ShareClaim {
  std::uint64_t lease = 0;  ///< its number, or kAnyLease
  std::uint64_t nonce = 0;
  poc::Digest digest{};

  bool operator==(const ShareClaim&) const = default;
};

struct VoidShare {
  std::uint64_t seq = 0;
  Code code = Code::kOther;
  std::string text;
};

/// `sprint.verdict`: how many of the session's shares were verified so far, and which are void.
struct Verdict {
  std::string sprint;
  std::uint64_t verified = 0;
  std::vector<VoidShare> voided;
};

/// `sprint.result`: what the account earned, in expected nonces.
struct SprintResult {
  std::string sprint;
  std::uint64_t credit = 0;
  std::uint64_t total = 0;
  base::Bytes32 root{};
  std::optional<DrawShown> draw = std::nullopt;  ///< where a sample was recomputed
};

/// Where a credited share stands in the tree of `SprintResult::root`.
struct InclusionProof {
  std::uint64_t index = 0;              ///< of its leaf
  std::uint64_t leaves = 0;             ///< of the tree
  std::vector<base::Bytes32> siblings;  ///< from below; none where a node moves up alone
};

struct ShareStatus {
  std::uint64_t nonce = 0;
  /// "stored", "verified", "wrong", "withdrawn", "unknown"; "unseen": credited, and not in the
  /// sample; "forfeited": another share of the account is wrong.
  std::string state;
  std::uint64_t difficulty = 0;  ///< 0: not known
  std::optional<InclusionProof> proof;
};

/// `sprint.status`.
struct SprintStatus {
  std::string sprint;
  std::string state;    ///< "announced", "running", "ended", "over", "cancelled"
  SprintResult result;  ///< zeros before it is known
  std::vector<ShareStatus> shares;
};

/// True for a legal sprint id: 1..32 of [a-z0-9-].
bool is_sprint_id(std::string_view text);

/// True for 1..max printable ASCII characters.
bool is_ascii_name(std::string_view text, std::size_t max);

/// A login `account[.worker]`: the account is the part before the first dot.
struct Login {
  std::string account;
  std::string worker;  ///< may be empty
};
/// Nothing when the account is empty, longer than 96 bytes, or the text is not UTF-8 or over 256
/// bytes.
std::optional<Login> parse_login(std::string_view text);
/// account[.worker]
std::string to_text(const Login& login);

}  // namespace stratum
