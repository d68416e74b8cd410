#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "stratum/codec_answers.h"
#include "stratum/node_calls.h"

// What a node answers by JSON-RPC over HTTP. Source: the protocol page, "Node: HTTP JSON-RPC". Each
// is written by the pool's service and read by the miner's bridge, which takes it for hostile.
namespace stratum::node {

/// A sprint as `getsprint` shows it: announced, or running.
struct NodeSprint {
  Announcement announcement;
  std::optional<StartNotice> start;  ///< it runs
};
/// `getsprint`.
struct Work {
  std::string poll_id;              ///< names this state; 1..64 printable ASCII
  base::UnixTime now;               ///< `curtime`, on the node's clock
  base::Micros expires{};           ///< an answer that is older is of no use
  std::vector<NodeSprint> sprints;  ///< not over; what is next first, at most 4
};
std::string write_work(std::uint64_t id, const Work& work);
base::Result<Work> read_work(const json::Field& result);

/// `leasenonces`.
std::string write_leases(std::uint64_t id, std::span<const Lease> leases);

/// A share's fate in the answer to `submitsprint`: nothing, it is stored; or why not.
using ShareVerdict = std::optional<Code>;
/// The slug of a code: "duplicate", "high-hash", "stale-work", "late", "not-your-lease", "busy"..
std::string_view slug_of(Code code);
/// Any other text is kOther, which is final.
Code code_from_slug(std::string_view slug);
std::string write_verdicts(std::uint64_t id, std::span<const ShareVerdict> verdicts);
/// Exactly `count` of them.
base::Result<std::vector<ShareVerdict>> read_verdicts(const json::Field& result, std::size_t count);

/// `withdrawshares`: how many are withdrawn now.
std::string write_withdrawn(std::uint64_t id, std::uint64_t count);

/// `getsprintresult`: shares without their proofs.
std::string write_outcome(std::uint64_t id, const SprintStatus& status);
base::Result<SprintStatus> read_outcome(const json::Field& result);

/// `gettime`.
std::string write_time(std::uint64_t id, const codec::TimeAnswer& answer);

/// An error of ours, as a negative code, or of JSON-RPC's.
std::string write_refusal(std::uint64_t id, const WireError& error);
std::string write_fault(std::optional<std::uint64_t> id, const CallFault& fault);

/// An answer's parts: its error, or its result.
struct Answer {
  std::optional<WireError> error;
  /// The error's code where neither the protocol page nor the calls' faults have it: it says
  /// nothing about what was asked. As it was written, without its sign; 0 where there was none.
  std::optional<std::uint64_t> foreign_code;
  json::Field result;
};
/// Refuses what is no answer to this call.
base::Result<Answer> read_answer(const json::Field& root, std::uint64_t id);

}  // namespace stratum::node
