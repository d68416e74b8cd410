#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stratum/codec.h"
#include "stratum/codec_answers.h"

// What a pool tells. Source: the protocol page, "Pool to miner". Each is written by the server
// session and read by the client session, from the notice's parameters.
namespace stratum::codec {

constexpr std::size_t kMaxPoolName = 64;
constexpr std::size_t kMaxBeaconText = 128;
constexpr std::size_t kMaxMessageText = 256;
constexpr std::size_t kMaxHostText = 253;  // RFC 1035, 2.3.4, as text
/// Entries of a list in one notice; longer lists are told in several, so that a line stays a line.
constexpr std::size_t kMaxListed = 64;

/// `[layers, dim, ffn]`.
base::Result<poc::Profile> read_profile(const json::Field& field);
void write_profile(json::LineWriter& out, const poc::Profile& profile);
/// `draw_commitment` and `draw_beacon` among the members of a sprint: both, or neither.
base::Result<std::optional<DrawPromise>> read_draw_promise(const json::Field& members);
void write_draw_promise(json::LineWriter& out, const std::optional<DrawPromise>& draw);
/// `draw` among the members of a result, where a sample was recomputed.
base::Result<std::optional<DrawShown>> read_draw_shown(const json::Field& members);
void write_draw_shown(json::LineWriter& out, const std::optional<DrawShown>& draw);

/// The sprint that a notice names, made printable, even if it is not a legal id: for telling a
/// person.
std::string sprint_as_told(const json::Field& params);

/// `sprint.announce`.
base::Result<Announcement> read_announcement(const json::Field& params);
std::string write_announcement(const Announcement& announcement);

/// `mining.notify`.
base::Result<StartNotice> read_start(const json::Field& params);
std::string write_start(const StartNotice& notice);

/// `mining.set_lease`.
struct SetLease {
  std::string sprint;
  LeaseList granted;
  std::vector<std::uint64_t> close;
};
base::Result<SetLease> read_set_lease(const json::Field& params);
std::string write_set_lease(const std::string& sprint, std::span<const Lease> leases,
                            std::span<const std::uint64_t> close);

/// `mining.set_difficulty`.
std::string write_set_difficulty(std::uint64_t difficulty);

/// `sprint.end`.
base::Result<std::string> read_end(const json::Field& params);
std::string write_end(const std::string& sprint, std::uint64_t acked);

/// `sprint.cancel`; the reason is made printable.
struct Cancel {
  std::string sprint;
  std::string reason;
};
base::Result<Cancel> read_cancel(const json::Field& params);
std::string write_cancel(const std::string& sprint, std::string_view reason);

/// `sprint.verdict`; texts are made printable.
base::Result<Verdict> read_verdict(const json::Field& params);
/// One line; of `voided` not more than kMaxListed.
std::string write_verdict(const std::string& sprint, std::uint64_t verified,
                          std::span<const VoidShare> voided);

/// `sprint.result`.
base::Result<SprintResult> read_result(const json::Field& params);
std::string write_result(const SprintResult& result);

/// `client.show_message`: at most 256 characters, made printable.
base::Result<std::string> read_message(const json::Field& params);
std::string write_message(std::string_view text);

/// `client.reconnect`.
struct Reconnect {
  std::string host;                   ///< as it was sent; empty: the user's
  std::optional<std::uint16_t> port;  ///< 1..65535; nothing: the user's
  base::Micros wait{0};
};
/// Refused: what is not of its type, or out of range.
base::Result<Reconnect> read_reconnect(const json::Field& params);
std::string write_reconnect(const Reconnect& wish);

}  // namespace stratum::codec
