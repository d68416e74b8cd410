#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "poc/keys.h"
#include "stratum/codec.h"

// What a miner asks of a node by JSON-RPC over HTTP. Source: the protocol page, "Node: HTTP
// JSON-RPC". Each is written by the miner's bridge and read by the pool's service, from the body of
// a POST; bodies have no newline.
namespace stratum::node {

constexpr std::size_t kMaxBodyBytes = 64 * 1024;  ///< of a request
constexpr std::size_t kMaxShares = 256;           ///< of a call
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::size_t kMaxPollIdBytes = 64;

/// Who asks: whose work it is, and which of several miners of that login.
struct Caller {
  std::string payout;  ///< account[.worker], at most 256 bytes
  std::string client;  ///< 0..64 printable ASCII, the miner's own choice

  bool operator<(const Caller& other) const {
    return std::tie(payout, client) < std::tie(other.payout, other.client);
  }
};

/// `getsprint`: what is announced and races.
struct GetSprint {
  std::optional<std::string> poll_id;  ///< answered when the state is another than this one's
};
/// `leasenonces`: answered alike however often it comes with one key.
struct LeaseNonces {
  std::string sprint;
  std::string key;
  std::uint64_t count = 1;   ///< leases, 1..64
  std::uint32_t device = 0;  ///< `n`, the miner's own number
  std::uint64_t rate = 0;    ///< nonces per 1000 s; 0: not known
};
struct NodeShare {
  std::uint64_t nonce = 0;
  poc::Digest digest{};
  /// False: it is not of the form of a share, which says nothing of those beside it.
  bool readable = true;
};
/// `submitsprint`: 1..256 shares.
struct SubmitSprint {
  std::string sprint;
  std::vector<NodeShare> shares;
};
/// `withdrawshares`: the miner's own re-check of these 1..256 failed.
struct WithdrawShares {
  std::string sprint;
  std::vector<std::uint64_t> nonces;
};
/// `getsprintresult`: of the sprint, and of the caller's shares with these nonces, at most 256.
struct GetSprintResult {
  std::string sprint;
  std::vector<std::uint64_t> nonces;
};
/// `gettime`: `c0` comes back as it is.
struct GetTime {
  std::uint64_t c0 = 0;
};

using Question =
    std::variant<GetSprint, LeaseNonces, SubmitSprint, WithdrawShares, GetSprintResult, GetTime>;

struct Call {
  std::uint64_t id = 0;
  Caller caller;  ///< not in `gettime`
  Question question;
};

std::string write_call(const Call& call);

/// Why a body is no call, with JSON-RPC's own code (-32700 and below are its).
struct CallFault {
  int code = 0;
  std::string text;
};
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;

/// A call as it was read, or its fault; the id as far as it could be read.
struct ReadCall {
  std::optional<std::uint64_t> id;
  std::variant<Call, CallFault> call;
};
ReadCall read_call(std::string_view body);

}  // namespace stratum::node
