#include "pool/audit_line.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "stratum/codec_notices.h"
#include "stratum/codec_requests.h"
#include "stratum/json.h"

namespace pool {
namespace {

using State = Share::State;
using stratum::json::Document;
using stratum::json::Field;
using stratum::json::LineWriter;

constexpr std::size_t kMaxPoolBytes = 64;
constexpr std::size_t kMaxBeaconBytes = 128;
constexpr std::array kWords = {State::kVerified, State::kWrong, State::kWithdrawn, State::kUnseen,
                               State::kForfeited};

// Which shares the pool recomputed.
constexpr std::string_view kAll = "all";
constexpr std::string_view kSampled = "sampled";

base::Result<poc::Profile> read_profile(const Field& field) {
  ASSIGN_OR_RETURN(const std::size_t size, field.array_size(3));
  if (size != 3) return base::invalid("profile: not three integers");
  ASSIGN_OR_RETURN(const auto layers, field.at(0, "profile").integer());
  ASSIGN_OR_RETURN(const auto dim, field.at(1, "profile").integer());
  ASSIGN_OR_RETURN(const auto ffn, field.at(2, "profile").integer());
  return poc::make_profile(layers, dim, ffn);
}

base::Result<AuditLine> read_header(const Field& root) {
  ASSIGN_OR_RETURN(const std::string format, root.at("format").text(64));
  if (format != kAuditFormat) {
    return base::invalid("format: only " + std::string(kAuditFormat) + " can be read");
  }
  AuditHeader header;
  ASSIGN_OR_RETURN(header.pool, root.at("pool").ascii(kMaxPoolBytes));
  ASSIGN_OR_RETURN(header.sprint, root.at("sprint").sprint());
  ASSIGN_OR_RETURN(header.profile, read_profile(root.at("profile")));
  ASSIGN_OR_RETURN(header.model_seed, root.at("model_seed").hash());
  ASSIGN_OR_RETURN(header.t0, root.at("t0").time());
  ASSIGN_OR_RETURN(header.t_end, root.at("t_end").time());
  ASSIGN_OR_RETURN(header.commitment, root.at("commitment").hash());
  ASSIGN_OR_RETURN(header.beacon, root.at("beacon").ascii(kMaxBeaconBytes));
  ASSIGN_OR_RETURN(header.drawn, root.at("drawn").ascii(kMaxBeaconBytes));
  ASSIGN_OR_RETURN(header.secret, root.at("secret").hash());
  ASSIGN_OR_RETURN(header.start_seed, root.at("start_seed").hash());
  ASSIGN_OR_RETURN(header.draw, stratum::codec::read_draw_promise(root));
  return AuditLine(std::move(header));
}

base::Result<AuditLine> read_lease(const Field& root) {
  AuditLease read;
  ASSIGN_OR_RETURN(read.lease.id, root.at("lease").integer(1));
  ASSIGN_OR_RETURN(read.account, root.at("account").hash());
  ASSIGN_OR_RETURN(read.lease.device, root.at("n").small_integer());
  ASSIGN_OR_RETURN(read.lease.base, root.at("base").nonce());
  ASSIGN_OR_RETURN(read.lease.bits, root.at("bits").small_integer(stratum::codec::kMinLeaseBits,
                                                                  stratum::codec::kMaxLeaseBits));
  ASSIGN_OR_RETURN(read.lease.difficulty, root.at("difficulty").integer(1));
  return AuditLine(read);
}

base::Result<State> read_state(const Field& field) {
  ASSIGN_OR_RETURN(const std::string word, field.text(16));
  for (const State state : kWords) {
    if (audit_word(state) == word) return state;
  }
  return base::invalid("state: not verified, wrong, withdrawn, unseen or forfeited");
}

base::Result<AuditLine> read_share(const Field& root) {
  AuditShare share;
  ASSIGN_OR_RETURN(share.nonce, root.at("nonce").nonce());
  ASSIGN_OR_RETURN(share.digest, root.at("digest").hash());
  ASSIGN_OR_RETURN(share.account, root.at("account").hash());
  ASSIGN_OR_RETURN(share.difficulty, root.at("difficulty").integer(1));
  ASSIGN_OR_RETURN(share.state, read_state(root.at("state")));
  return AuditLine(share);
}

base::Result<std::optional<SampleRate>> read_rate(const Field& field) {
  if (!field.present()) return std::optional<SampleRate>();
  ASSIGN_OR_RETURN(const std::size_t size, field.array_size(3));
  if (size != 3) return base::invalid("rate: not three integers");
  SampleRate rate;
  ASSIGN_OR_RETURN(rate.probability.numerator, field.at(0, "rate").small_integer());
  ASSIGN_OR_RETURN(rate.probability.denominator, field.at(1, "rate").small_integer());
  ASSIGN_OR_RETURN(rate.at_least, field.at(2, "rate").small_integer());
  ASSIGN_OR_RETURN(rate, check_rate(rate));
  return std::optional(rate);
}

base::Result<AuditLine> read_credit(const Field& root) {
  AuditCredit credit;
  ASSIGN_OR_RETURN(credit.account, root.at("account").hash());
  ASSIGN_OR_RETURN(credit.credit, root.at("credit").integer(1));
  ASSIGN_OR_RETURN(credit.rate, read_rate(root.at("rate")));
  return AuditLine(credit);
}

base::Result<AuditLine> read_end(const Field& root) {
  ASSIGN_OR_RETURN(const std::string policy, root.at("policy").text(64));
  if (policy != kAll && policy != kSampled) return base::invalid("policy: not all or sampled");
  AuditEnd end;
  ASSIGN_OR_RETURN(end.outcome.draw, stratum::codec::read_draw_shown(root));
  if (end.outcome.draw.has_value() != (policy == kSampled)) {
    return base::invalid("draw: it is there where the policy is sampled, and nowhere else");
  }
  ASSIGN_OR_RETURN(end.leases, root.at("leases").integer());
  ASSIGN_OR_RETURN(end.shares, root.at("shares").integer());
  ASSIGN_OR_RETURN(end.credits, root.at("credits").integer());
  ASSIGN_OR_RETURN(end.outcome.recomputed, root.at("recomputed").integer());
  ASSIGN_OR_RETURN(end.outcome.total, root.at("total").integer());
  ASSIGN_OR_RETURN(end.outcome.root, root.at("root").hash());
  return AuditLine(end);
}

/// A line's kind is told by the member that no other kind has.
struct Kind {
  std::string_view member;
  base::Result<AuditLine> (*read)(const Field& root);
};
constexpr Kind kKinds[] = {{"format", read_header},
                           {"lease", read_lease},
                           {"nonce", read_share},
                           {"credit", read_credit},
                           {"total", read_end}};

}  // namespace

std::string_view audit_word(State state) {
  static constexpr std::string_view kStates[] = {"stored",    "verified", "wrong",
                                                 "withdrawn", "unseen",   "forfeited"};
  return kStates[static_cast<std::size_t>(state)];
}

std::string to_line(const AuditHeader& header) {
  LineWriter json;
  json.begin_object().key("format").text(kAuditFormat);
  json.key("pool").text(header.pool).key("sprint").text(header.sprint);
  json.key("profile").begin_array().integer(header.profile.layers).integer(header.profile.dim);
  json.integer(header.profile.ffn).end_array();
  json.key("model_seed").hash(header.model_seed);
  json.key("t0").time(header.t0).key("t_end").time(header.t_end);
  json.key("commitment").hash(header.commitment);
  json.key("beacon").text(header.beacon).key("drawn").text(header.drawn);
  json.key("secret").hash(header.secret).key("start_seed").hash(header.start_seed);
  stratum::codec::write_draw_promise(json, header.draw);
  return json.end_object().line();
}

std::string to_line(const AuditLease& lease) {
  LineWriter json;
  json.begin_object().key("lease").integer(lease.lease.id).key("account").hash(lease.account);
  json.key("n").integer(lease.lease.device).key("base").nonce(lease.lease.base);
  json.key("bits").integer(lease.lease.bits).key("difficulty").integer(lease.lease.difficulty);
  return json.end_object().line();
}

std::string to_line(const AuditShare& share) {
  LineWriter json;
  json.begin_object().key("nonce").nonce(share.nonce).key("digest").hash(share.digest);
  json.key("account").hash(share.account).key("difficulty").integer(share.difficulty);
  return json.key("state").text(audit_word(share.state)).end_object().line();
}

std::string to_line(const AuditCredit& credit) {
  LineWriter json;
  json.begin_object().key("account").hash(credit.account).key("credit").integer(credit.credit);
  if (credit.rate) {
    const auto& [chance, at_least] = *credit.rate;
    json.key("rate").begin_array().integer(chance.numerator).integer(chance.denominator);
    json.integer(at_least).end_array();
  }
  return json.end_object().line();
}

std::string to_line(const AuditEnd& end) {
  LineWriter json;
  json.begin_object().key("leases").integer(end.leases).key("shares").integer(end.shares);
  json.key("credits").integer(end.credits);
  json.key("policy").text(end.outcome.draw ? kSampled : kAll);
  stratum::codec::write_draw_shown(json, end.outcome.draw);
  json.key("recomputed").integer(end.outcome.recomputed);
  json.key("total").integer(end.outcome.total).key("root").hash(end.outcome.root);
  std::string line = json.end_object().line();
  line.resize(line.size() - 2);  // what closes it is the seal's
  return line;
}

base::Result<AuditLine> read_audit_line(std::string_view line) {
  Document document;
  RETURN_IF_ERROR(document.parse(line));
  const Field root = document.root();
  for (const Kind& kind : kKinds) {
    if (root.at(kind.member).present()) return kind.read(root);
  }
  return base::invalid("no line of an audit");
}

std::string seal(const base::Bytes32& checksum) {
  return fmt::format(",\"sha256\":\"{}\"}}\n", base::to_hex(checksum));
}

}  // namespace pool
