#include "stratum/codec_answers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "stratum/codec_notices.h"
#include "stratum/codec_requests.h"

namespace stratum::codec {
namespace {

constexpr std::array<std::string_view, 5> kFeatures = {"sprint", "lease", "batch", "resume",
                                                       "time"};

constexpr std::size_t kMaxStateText = 16;

// What `limits` in the answer to a subscription says.
constexpr std::uint64_t kLeasesPerDevice = 16;
constexpr std::uint64_t kSharesPerSecond = 20;

base::Result<Lease> read_lease(const json::Field& field) {
  Lease lease;
  ASSIGN_OR_RETURN(lease.id, field.at("lease").integer());
  ASSIGN_OR_RETURN(lease.device, field.at("n").small_integer());
  ASSIGN_OR_RETURN(lease.base, field.at("base").nonce());
  ASSIGN_OR_RETURN(lease.bits, field.at("bits").small_integer(kMinLeaseBits, kMaxLeaseBits));
  ASSIGN_OR_RETURN(lease.difficulty, field.at("difficulty").integer(1));
  if (lease.base % lease.size() != 0) return base::invalid("base: its low bits are not 0");
  return lease;
}

base::Result<InclusionProof> read_proof(const json::Field& share) {
  InclusionProof proof;
  ASSIGN_OR_RETURN(proof.index, share.at("index").integer());
  ASSIGN_OR_RETURN(proof.leaves, share.at("leaves").integer(1));
  const json::Field siblings = share.at("proof");
  ASSIGN_OR_RETURN(const std::size_t count, siblings.array_size(kMaxSiblings));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const base::Bytes32 sibling, siblings.at(i, "proof").hash());
    proof.siblings.push_back(sibling);
  }
  return proof;
}

base::Result<ShareStatus> read_share_status(const json::Field& field) {
  ShareStatus share;
  ASSIGN_OR_RETURN(share.nonce, field.at("nonce").nonce());
  ASSIGN_OR_RETURN(share.state, read_state(field.at("state"), kShareStates));
  const json::Field difficulty = field.at("difficulty");
  if (share.state != "unknown" || difficulty.present()) {
    ASSIGN_OR_RETURN(share.difficulty, difficulty.integer(1));
  }
  const bool proven =
      field.at("index").present() || field.at("leaves").present() || field.at("proof").present();
  if (proven) {
    ASSIGN_OR_RETURN(share.proof, read_proof(field));
  }
  return share;
}

void write_subscriptions(json::LineWriter& out) {
  out.begin_array();
  for (const std::string_view method : {"mining.set_difficulty", "mining.notify"}) {
    out.begin_array().text(method).text("1").end_array();
  }
  out.end_array();
}

}  // namespace

std::string write_configured(std::uint64_t id, std::span<const std::string> asked) {
  json::LineWriter out;
  open_answer(out, id).begin_object();
  for (const std::string& name : asked) {
    out.key(name).boolean(std::find(kFeatures.begin(), kFeatures.end(), name) != kFeatures.end());
  }
  out.end_object();
  return close_answer(out);
}

base::Result<Subscribed> read_subscribed(const json::Field& result) {
  Subscribed answer;
  const json::Field session = result.at(3, "session");
  ASSIGN_OR_RETURN(answer.server_time, session.at("server_us").time());
  // A pool that cannot resume may say so in any way.
  if (const auto token = session.at("resume").ascii(kMaxToken)) answer.token = *token;
  if (const auto resumed = session.at("resumed").boolean()) answer.resumed = *resumed;
  if (const auto acked = session.at("acked").integer()) answer.acked = *acked;
  return answer;
}

std::string write_subscribed(std::uint64_t id, const Subscribed& answer) {
  json::LineWriter out;
  open_answer(out, id).begin_array();
  write_subscriptions(out);
  out.text("").integer(8).begin_object();  // V1's extranonce1 and the size of its extranonce2
  out.key("resume").text(answer.token).key("resumed").boolean(answer.resumed);
  out.key("acked").integer(answer.acked);
  out.key("server_us").time(answer.server_time).key("limits").begin_object();
  out.key("line").integer(kMaxLineBytes).key("batch").integer(kMaxBatch);
  out.key("leases").integer(kLeasesPerDevice).key("rate").integer(kSharesPerSecond).end_object();
  out.end_object().end_array();
  return close_answer(out);
}

base::Result<LeaseList> read_leases(const json::Field& list) {
  ASSIGN_OR_RETURN(const std::size_t count, list.array_size(kMaxReadyDevices));
  LeaseList out;
  for (std::size_t i = 0; i < count; ++i) {
    auto lease = read_lease(list.at(i, "lease"));
    if (lease) {
      out.leases.push_back(*lease);
    } else {
      out.refused.push_back(lease.message());
    }
  }
  return out;
}

void write_leases(json::LineWriter& out, std::span<const Lease> leases) {
  out.begin_array();
  for (const Lease& lease : leases) {
    out.begin_object().key("lease").integer(lease.id).key("n").integer(lease.device);
    out.key("base").nonce(lease.base).key("bits").integer(lease.bits);
    out.key("difficulty").integer(lease.difficulty).end_object();
  }
  out.end_array();
}

std::string write_granted(std::uint64_t id, std::span<const Lease> leases) {
  json::LineWriter out;
  open_answer(out, id).begin_object().key("leases");
  write_leases(out, leases);
  out.end_object();
  return close_answer(out);
}

base::Result<std::uint64_t> read_withdrawn(const json::Field& result) {
  return result.at("withdrawn").integer();
}

std::string write_withdrawn(std::uint64_t id, std::uint64_t count) {
  json::LineWriter out;
  open_answer(out, id).begin_object().key("withdrawn").integer(count).end_object();
  return close_answer(out);
}

std::string write_batch_answer(std::uint64_t id, std::uint64_t acked,
                               std::span<const VoidShare> bad) {
  json::LineWriter out;
  open_answer(out, id).begin_object().key("acked").integer(acked).key("bad").begin_array();
  for (const VoidShare& share : bad) {
    out.begin_array().integer(share.seq).integer(static_cast<std::uint64_t>(share.code));
    out.text(share.text).end_array();
  }
  out.end_array().end_object();
  return close_answer(out);
}

base::Result<std::string> read_state(const json::Field& field,
                                     std::span<const std::string_view> known) {
  ASSIGN_OR_RETURN(std::string text, field.text(kMaxStateText));
  if (std::find(known.begin(), known.end(), text) == known.end()) {
    return base::invalid("state: none that is known");
  }
  return text;
}

base::Result<SprintStatus> read_status(const json::Field& result) {
  SprintStatus status;
  ASSIGN_OR_RETURN(status.sprint, result.at("sprint").sprint());
  ASSIGN_OR_RETURN(status.state, read_state(result.at("state"), kSprintStates));
  status.result.sprint = status.sprint;
  ASSIGN_OR_RETURN(status.result.credit, result.at("credit").integer());
  ASSIGN_OR_RETURN(status.result.total, result.at("total").integer());
  ASSIGN_OR_RETURN(status.result.root, result.at("root").hash());
  ASSIGN_OR_RETURN(status.result.draw, read_draw_shown(result));
  const json::Field shares = result.at("shares");
  ASSIGN_OR_RETURN(const std::size_t count, shares.array_size(kMaxStatusNonces));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(ShareStatus share, read_share_status(shares.at(i, "share")));
    status.shares.push_back(std::move(share));
  }
  return status;
}

std::string write_status(std::uint64_t id, const SprintStatus& status) {
  json::LineWriter out;
  open_answer(out, id).begin_object().key("sprint").text(status.sprint);
  out.key("state").text(status.state).key("credit").integer(status.result.credit);
  out.key("total").integer(status.result.total).key("root").hash(status.result.root);
  write_draw_shown(out, status.result.draw);
  out.key("shares").begin_array();
  for (const ShareStatus& share : status.shares) {
    out.begin_object().key("nonce").nonce(share.nonce).key("state").text(share.state);
    if (share.difficulty != 0) out.key("difficulty").integer(share.difficulty);
    if (share.proof) {
      out.key("index").integer(share.proof->index).key("leaves").integer(share.proof->leaves);
      out.key("proof").begin_array();
      for (const base::Bytes32& sibling : share.proof->siblings) out.hash(sibling);
      out.end_array();
    }
    out.end_object();
  }
  out.end_array().end_object();
  return close_answer(out);
}

base::Result<TimeAnswer> read_time_answer(const json::Field& result) {
  TimeAnswer answer;
  ASSIGN_OR_RETURN(answer.c0, result.at("c0").integer());
  ASSIGN_OR_RETURN(answer.received, result.at("s1").time());
  ASSIGN_OR_RETURN(answer.sent, result.at("s2").time());
  return answer;
}

std::string write_time_answer(std::uint64_t id, const TimeAnswer& answer) {
  json::LineWriter out;
  open_answer(out, id).begin_object().key("c0").integer(answer.c0);
  out.key("s1").time(answer.received).key("s2").time(answer.sent).end_object();
  return close_answer(out);
}

std::string write_pong(std::uint64_t id, std::uint64_t acked, base::UnixTime server_time) {
  json::LineWriter out;
  open_answer(out, id).begin_object().key("acked").integer(acked);
  out.key("server_us").time(server_time).end_object();
  return close_answer(out);
}

std::string write_version(std::uint64_t id, std::string_view agent) {
  json::LineWriter out;
  open_answer(out, id).text(clean_text(agent, kMaxAgentText));
  return close_answer(out);
}

}  // namespace stratum::codec
