#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stratum/codec.h"

// What a miner asks. Source: the protocol page, "Miner to pool". Each is written by the client
// session and read by the server session, from the request's parameters.
namespace stratum::codec {

constexpr std::string_view kVersion = "SprintStratum/1";
constexpr std::size_t kMaxAgentText = 128;
constexpr std::size_t kMaxDeviceName = 64;
constexpr std::size_t kMaxWithdrawn = 256;
constexpr std::size_t kMaxBatch = 64;
constexpr std::size_t kMaxStatusNonces = 8;
constexpr std::size_t kMaxFeatures = 32;
constexpr std::uint32_t kMinLeaseBits = 16;
constexpr std::uint32_t kMaxLeaseBits = 48;

/// `mining.configure`: the names of the features asked about.
base::Result<std::vector<std::string>> read_configure(const json::Field& params);

/// `mining.subscribe`; all of it may be left out, as V1 tools do.
struct Subscribe {
  std::string agent;                   ///< made printable
  std::optional<std::string> token;    ///< for resume
  std::optional<std::string> version;  ///< kVersion of those who speak this protocol
};
base::Result<Subscribe> read_subscribe(const json::Field& params);
std::string write_subscribe(std::uint64_t id, const Subscribe& request);

/// `mining.authorize`. The login is a text here, not yet an account.
struct Authorize {
  std::string login;
  std::string password;
};
base::Result<Authorize> read_authorize(const json::Field& params);
std::string write_authorize(std::uint64_t id, const Authorize& request);

/// `mining.suggest_difficulty`.
base::Result<std::uint64_t> read_suggest_difficulty(const json::Field& params);

/// `sprint.ready`: 1..64 devices with distinct numbers, their names made printable.
struct Ready {
  std::string sprint;
  std::vector<ReadyDevice> devices;
};
base::Result<Ready> read_ready(const json::Field& params);
std::string write_ready(std::uint64_t id, const std::string& sprint,
                        std::span<const ReadyDevice> devices);

/// `mining.lease`: for a device, or of a size; exactly one of the two.
struct LeaseRequest {
  std::string sprint;
  std::optional<std::uint32_t> device;
  std::optional<std::uint32_t> bits;
};
base::Result<LeaseRequest> read_lease_request(const json::Field& params);
std::string write_lease_request(std::uint64_t id, const LeaseRequest& request);

/// `mining.submit`.
struct Submit {
  std::string worker;  ///< account[.worker], not yet compared with the session's
  std::string sprint;
  ShareClaim share;
  std::uint64_t seq = 0;
};
base::Result<Submit> read_submit(const json::Field& params);
std::string write_submit(std::uint64_t id, const Submit& request);

/// `mining.submit_batch`: 1..64 shares of one sprint, numbered from `first_seq` on.
struct SubmitBatch {
  std::string worker;
  std::string sprint;
  std::uint64_t first_seq = 0;
  std::vector<ShareClaim> shares;
};
base::Result<SubmitBatch> read_submit_batch(const json::Field& params);

/// `sprint.status`: at most 8 nonces.
struct StatusRequest {
  std::string sprint;
  std::vector<std::uint64_t> nonces;
};
base::Result<StatusRequest> read_status_request(const json::Field& params);
std::string write_status_request(std::uint64_t id, const StatusRequest& request);

/// `mining.withdraw`: 1..256 shares.
struct Withdraw {
  std::string sprint;
  std::vector<std::uint64_t> seqs;
};
base::Result<Withdraw> read_withdraw(const json::Field& params);
std::string write_withdraw(std::uint64_t id, const std::string& sprint,
                           std::span<const std::uint64_t> seqs);

/// `mining.time`: `c0`, the miner's own stamp, comes back as it is.
base::Result<std::uint64_t> read_time_request(const json::Field& params);
std::string write_time_request(std::uint64_t id, std::uint64_t c0);

/// A request without parameters: `mining.ping`, `mining.bye`.
std::string write_bare_request(std::uint64_t id, std::string_view method);

}  // namespace stratum::codec
