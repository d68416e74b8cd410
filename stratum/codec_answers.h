#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stratum/codec.h"

// What a pool answers. Source: the protocol page, "Miner to pool", column "result". Each is written
// by the server session and read by the client session, from the answer's result.
namespace stratum::codec {

/// `mining.configure`: each feature asked about and whether it is there.
std::string write_configured(std::uint64_t id, std::span<const std::string> asked);

/// `mining.subscribe`.
struct Subscribed {
  base::UnixTime server_time;
  std::string token = {};  ///< to resume by: 1..128 printable ASCII; empty: cannot be resumed
  bool resumed = false;    ///< the session of the token that was given goes on, logged in
  std::uint64_t acked = 0;
};
constexpr std::size_t kMaxToken = 128;
base::Result<Subscribed> read_subscribed(const json::Field& result);
std::string write_subscribed(std::uint64_t id, const Subscribed& answer);

/// Leases as they stand in answers and in `mining.set_lease`: what makes sense by itself, and for
/// each that does not, why.
struct LeaseList {
  std::vector<Lease> leases;
  std::vector<std::string> refused;
};
/// Fails when there is no list at all, or one of more than 64.
base::Result<LeaseList> read_leases(const json::Field& list);
void write_leases(json::LineWriter& out, std::span<const Lease> leases);
/// `sprint.ready`, `mining.lease`: `{"leases":[..]}`.
std::string write_granted(std::uint64_t id, std::span<const Lease> leases);

/// `mining.withdraw`.
base::Result<std::uint64_t> read_withdrawn(const json::Field& result);
std::string write_withdrawn(std::uint64_t id, std::uint64_t count);

/// `mining.submit_batch`: `{"acked","bad":[[seq,code,text],..]}`.
std::string write_batch_answer(std::uint64_t id, std::uint64_t acked,
                               std::span<const VoidShare> bad);

/// `sprint.status`: the words for a sprint's state and a share's, also in a node's answers.
constexpr std::array<std::string_view, 5> kSprintStates = {"announced", "running", "ended", "over",
                                                           "cancelled"};
constexpr std::array<std::string_view, 7> kShareStates = {
    "stored", "verified", "wrong", "forfeited", "unseen", "withdrawn", "unknown"};
/// A tree has at most 2^53 - 1 leaves.
constexpr std::size_t kMaxSiblings = 53;
base::Result<std::string> read_state(const json::Field& field,
                                     std::span<const std::string_view> known);
/// At most 8 shares. All have a difficulty but unknown ones. A proof is there whole or not at
/// all; whether it holds is not looked at.
base::Result<SprintStatus> read_status(const json::Field& result);
std::string write_status(std::uint64_t id, const SprintStatus& status);

/// `mining.time`: the pool's stamps between ours.
struct TimeAnswer {
  std::uint64_t c0 = 0;
  base::UnixTime received;
  base::UnixTime sent;
};
base::Result<TimeAnswer> read_time_answer(const json::Field& result);
std::string write_time_answer(std::uint64_t id, const TimeAnswer& answer);

/// `mining.ping`.
std::string write_pong(std::uint64_t id, std::uint64_t acked, base::UnixTime server_time);

/// `client.get_version`, which the miner answers.
std::string write_version(std::uint64_t id, std::string_view agent);

}  // namespace stratum::codec
