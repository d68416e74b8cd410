#include "stratum/codec_notices.h"

#include "base/check.h"

namespace stratum::codec {
namespace {

constexpr std::size_t kMaxVoidText = 64;

base::Result<VoidShare> read_void(const json::Field& field) {
  VoidShare share;
  ASSIGN_OR_RETURN(share.seq, field.at(0, "seq").integer(1));
  ASSIGN_OR_RETURN(const std::uint64_t code, field.at(1, "code").integer());
  share.code = code_from_wire(code);
  if (const auto text = field.at(2, "text").text(kMaxLineBytes)) {
    share.text = base::printable(*text);
  }
  return share;
}

}  // namespace

base::Result<poc::Profile> read_profile(const json::Field& field) {
  ASSIGN_OR_RETURN(const std::uint64_t layers, field.at(0, "profile's layers").integer());
  ASSIGN_OR_RETURN(const std::uint64_t dim, field.at(1, "profile's dim").integer());
  ASSIGN_OR_RETURN(const std::uint64_t ffn, field.at(2, "profile's ffn").integer());
  return poc::make_profile(layers, dim, ffn);
}

void write_profile(json::LineWriter& out, const poc::Profile& profile) {
  out.begin_array().integer(profile.layers).integer(profile.dim).integer(profile.ffn).end_array();
}

std::string sprint_as_told(const json::Field& params) {
  const auto named = params.at("sprint").text(kMaxLineBytes);
  return named ? base::printable(*named, 32) : "?";
}

base::Result<std::optional<DrawPromise>> read_draw_promise(const json::Field& members) {
  const json::Field commitment = members.at("draw_commitment");
  const json::Field beacon = members.at("draw_beacon");
  if (!commitment.present() && !beacon.present()) return std::optional<DrawPromise>();
  DrawPromise draw;
  ASSIGN_OR_RETURN(draw.commitment, commitment.hash());
  ASSIGN_OR_RETURN(draw.beacon, beacon.ascii(kMaxBeaconText));
  return std::optional(std::move(draw));
}

void write_draw_promise(json::LineWriter& out, const std::optional<DrawPromise>& draw) {
  if (!draw) return;
  out.key("draw_commitment").hash(draw->commitment).key("draw_beacon").text(draw->beacon);
}

base::Result<Announcement> read_announcement(const json::Field& params) {
  Announcement a;
  ASSIGN_OR_RETURN(a.sprint, params.at("sprint").sprint());
  ASSIGN_OR_RETURN(a.pool, params.at("pool").ascii(kMaxPoolName));
  ASSIGN_OR_RETURN(a.profile, read_profile(params.at("profile")));
  ASSIGN_OR_RETURN(a.model_seed, params.at("model_seed").hash());
  ASSIGN_OR_RETURN(a.identity, params.at("identity").text(poc::kMaxIdentityBytes));
  ASSIGN_OR_RETURN(a.t0, params.at("t0").time());
  ASSIGN_OR_RETURN(a.t_end, params.at("t_end").time());
  ASSIGN_OR_RETURN(a.commitment, params.at("commitment").hash());
  ASSIGN_OR_RETURN(a.beacon, params.at("beacon").ascii(kMaxBeaconText));
  ASSIGN_OR_RETURN(a.draw, read_draw_promise(params));
  return a;
}

std::string write_announcement(const Announcement& a) {
  json::LineWriter out;
  open_notice(out, "sprint.announce").begin_object();
  out.key("sprint").text(a.sprint).key("pool").text(a.pool).key("profile");
  write_profile(out, a.profile);
  out.key("model_seed").hash(a.model_seed).key("identity").text(a.identity);
  out.key("t0").time(a.t0).key("t_end").time(a.t_end);
  out.key("commitment").hash(a.commitment).key("beacon").text(a.beacon);
  write_draw_promise(out, a.draw);
  return out.end_object().end_object().line();
}

base::Result<StartNotice> read_start(const json::Field& params) {
  StartNotice notice;
  ASSIGN_OR_RETURN(notice.sprint, params.at(0, "sprint").sprint());
  const json::Field start = params.at(1, "start");
  ASSIGN_OR_RETURN(notice.start_seed, start.at("start_seed").hash());
  ASSIGN_OR_RETURN(notice.secret, start.at("secret").hash());
  ASSIGN_OR_RETURN(notice.beacon, start.at("beacon").ascii(kMaxBeaconText));
  ASSIGN_OR_RETURN(notice.t0, start.at("t0").time());
  ASSIGN_OR_RETURN(notice.t_end, start.at("t_end").time());
  return notice;
}

std::string write_start(const StartNotice& notice) {
  json::LineWriter out;
  open_notice(out, "mining.notify").begin_array().text(notice.sprint).begin_object();
  out.key("start_seed").hash(notice.start_seed).key("secret").hash(notice.secret);
  out.key("beacon").text(notice.beacon).key("t0").time(notice.t0);
  out.key("t_end").time(notice.t_end).end_object();
  return out.boolean(true).end_array().end_object().line();
}

base::Result<SetLease> read_set_lease(const json::Field& params) {
  SetLease out;
  ASSIGN_OR_RETURN(out.sprint, params.at("sprint").sprint());
  if (const json::Field leases = params.at("leases"); leases.present()) {
    ASSIGN_OR_RETURN(out.granted, read_leases(leases));
  }
  const json::Field close = params.at("close");
  if (!close.present()) return out;
  ASSIGN_OR_RETURN(const std::size_t count, close.array_size(kMaxLineBytes));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const std::uint64_t lease, close.at(i, "close").integer());
    out.close.push_back(lease);
  }
  return out;
}

std::string write_set_lease(const std::string& sprint, std::span<const Lease> leases,
                            std::span<const std::uint64_t> close) {
  json::LineWriter out;
  open_notice(out, "mining.set_lease").begin_object().key("sprint").text(sprint).key("leases");
  write_leases(out, leases);
  out.key("close").begin_array();
  for (const std::uint64_t lease : close) out.integer(lease);
  return out.end_array().end_object().end_object().line();
}

std::string write_set_difficulty(std::uint64_t difficulty) {
  json::LineWriter out;
  open_notice(out, "mining.set_difficulty").begin_array().integer(difficulty).end_array();
  return out.end_object().line();
}

base::Result<std::string> read_end(const json::Field& params) {
  return params.at("sprint").sprint();
}

std::string write_end(const std::string& sprint, std::uint64_t acked) {
  json::LineWriter out;
  open_notice(out, "sprint.end").begin_object().key("sprint").text(sprint);
  return out.key("acked").integer(acked).end_object().end_object().line();
}

base::Result<Cancel> read_cancel(const json::Field& params) {
  Cancel out;
  ASSIGN_OR_RETURN(out.sprint, params.at("sprint").sprint());
  const auto reason = params.at("reason").text(kMaxLineBytes);
  out.reason = reason ? base::printable(*reason) : "no reason given";
  return out;
}

std::string write_cancel(const std::string& sprint, std::string_view reason) {
  json::LineWriter out;
  open_notice(out, "sprint.cancel").begin_object().key("sprint").text(sprint);
  out.key("reason").text(clean_text(reason, kMaxMessageText));
  return out.end_object().end_object().line();
}

base::Result<Verdict> read_verdict(const json::Field& params) {
  Verdict verdict;
  ASSIGN_OR_RETURN(verdict.sprint, params.at("sprint").sprint());
  ASSIGN_OR_RETURN(verdict.verified, params.at("verified").integer());
  const json::Field voided = params.at("void");
  ASSIGN_OR_RETURN(const std::size_t count, voided.array_size(kMaxLineBytes));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(VoidShare share, read_void(voided.at(i, "void")));
    verdict.voided.push_back(std::move(share));
  }
  return verdict;
}

std::string write_verdict(const std::string& sprint, std::uint64_t verified,
                          std::span<const VoidShare> voided) {
  CHECK(voided.size() <= kMaxListed);
  json::LineWriter out;
  open_notice(out, "sprint.verdict").begin_object().key("sprint").text(sprint);
  out.key("verified").integer(verified).key("void").begin_array();
  for (const VoidShare& share : voided) {
    out.begin_array().integer(share.seq).integer(static_cast<std::uint64_t>(share.code));
    out.text(clean_text(share.text, kMaxVoidText)).end_array();
  }
  return out.end_array().end_object().end_object().line();
}

base::Result<std::optional<DrawShown>> read_draw_shown(const json::Field& members) {
  const json::Field field = members.at("draw");
  if (!field.present()) return std::optional<DrawShown>();
  DrawShown draw;
  ASSIGN_OR_RETURN(draw.secret, field.at("secret").hash());
  ASSIGN_OR_RETURN(draw.value, field.at("value").ascii(kMaxBeaconText));
  return std::optional(std::move(draw));
}

void write_draw_shown(json::LineWriter& out, const std::optional<DrawShown>& draw) {
  if (!draw) return;
  out.key("draw").begin_object().key("secret").hash(draw->secret);
  out.key("value").text(draw->value).end_object();
}

base::Result<SprintResult> read_result(const json::Field& params) {
  SprintResult result;
  ASSIGN_OR_RETURN(result.sprint, params.at("sprint").sprint());
  ASSIGN_OR_RETURN(result.credit, params.at("credit").integer());
  ASSIGN_OR_RETURN(result.total, params.at("total").integer());
  ASSIGN_OR_RETURN(result.root, params.at("root").hash());
  ASSIGN_OR_RETURN(result.draw, read_draw_shown(params));
  return result;
}

std::string write_result(const SprintResult& result) {
  json::LineWriter out;
  open_notice(out, "sprint.result").begin_object().key("sprint").text(result.sprint);
  out.key("credit").integer(result.credit).key("total").integer(result.total);
  out.key("root").hash(result.root);
  write_draw_shown(out, result.draw);
  return out.end_object().end_object().line();
}

base::Result<std::string> read_message(const json::Field& params) {
  ASSIGN_OR_RETURN(const std::string text, params.at(0, "text").text(kMaxLineBytes));
  return base::printable(text, kMaxMessageText);
}

std::string write_message(std::string_view text) {
  json::LineWriter out;
  open_notice(out, "client.show_message").begin_array();
  return out.text(clean_text(text, kMaxMessageText)).end_array().end_object().line();
}

/// An empty host and port 0 are those that the user gave. What is left out is no wish to go there:
/// V1's empty list is also what is left of a line that somebody spoiled.
base::Result<Reconnect> read_reconnect(const json::Field& params) {
  Reconnect wish;
  const json::Field host = params.at(0, "host");
  const json::Field port = params.at(1, "port");
  const json::Field wait = params.at(2, "wait_ms");
  ASSIGN_OR_RETURN(wish.host, host.text(kMaxHostText));
  ASSIGN_OR_RETURN(const std::uint32_t number, port.small_integer(0, UINT16_MAX));
  if (number != 0) wish.port = static_cast<std::uint16_t>(number);
  if (wait.present()) {
    ASSIGN_OR_RETURN(const std::uint32_t millis, wait.small_integer());
    wish.wait = std::chrono::milliseconds(millis);
  }
  return wish;
}

std::string write_reconnect(const Reconnect& wish) {
  json::LineWriter out;
  open_notice(out, "client.reconnect").begin_array().text(wish.host);
  out.integer(wish.port.value_or(0));
  out.integer(static_cast<std::uint64_t>(wish.wait / std::chrono::milliseconds(1)));
  return out.end_array().end_object().line();
}

}  // namespace stratum::codec
