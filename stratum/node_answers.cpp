#include "stratum/node_answers.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "stratum/codec_notices.h"

namespace stratum::node {
namespace {

constexpr std::uint64_t kMaxExpiresSeconds = 3600;
constexpr std::size_t kMaxErrorText = 256;
constexpr std::size_t kMaxSlug = 32;

struct CodeAndSlug {
  Code code;
  std::string_view slug;
};
// Of two slugs for a code the first is written.
constexpr CodeAndSlug kSlugs[] = {
    {Code::kUnknownSprint, "stale-work"},
    {Code::kUnknownSprint, "unknown-work"},
    {Code::kDuplicate, "duplicate"},
    {Code::kAboveTarget, "high-hash"},
    {Code::kLate, "late"},
    {Code::kNotYourLease, "not-your-lease"},
    {Code::kBusy, "busy"},
    {Code::kNotOpen, "not-open"},
    {Code::kWrongDigest, "wrong-digest"},
    {Code::kDraining, "draining"},
    {Code::kUnauthorized, "unauthorized"},
};

constexpr std::int64_t kFaults[] = {kParseError, kInvalidRequest, kMethodNotFound, kInvalidParams};

json::LineWriter& open_answer(json::LineWriter& out, std::optional<std::uint64_t> id) {
  out.begin_object().key("jsonrpc").text("2.0").key("id");
  return id ? out.integer(*id) : out.null();
}

/// Without the newline of a line.
std::string body_of(json::LineWriter& out) {
  std::string body = out.end_object().line();
  body.pop_back();
  return body;
}

void write_members(json::LineWriter& out, const NodeSprint& sprint) {
  const Announcement& a = sprint.announcement;
  out.key("sprint").text(a.sprint).key("state").text(sprint.start ? "running" : "announced");
  out.key("pool").text(a.pool).key("model").begin_object().key("profile");
  codec::write_profile(out, a.profile);
  out.key("seed").hash(a.model_seed).end_object();
  out.key("input").text(a.identity).key("commitment").hash(a.commitment);
  out.key("beacon").text(a.beacon);
  codec::write_draw_promise(out, a.draw);
  out.key("t0").time(sprint.start ? sprint.start->t0 : a.t0);
  out.key("t_end").time(sprint.start ? sprint.start->t_end : a.t_end);
  if (!sprint.start) return;
  out.key("seed").hash(sprint.start->start_seed).key("secret").hash(sprint.start->secret);
  out.key("drawn").text(sprint.start->beacon);
}

base::Result<NodeSprint> read_sprint(const json::Field& field) {
  NodeSprint out;
  Announcement& a = out.announcement;
  ASSIGN_OR_RETURN(a.sprint, field.at("sprint").sprint());
  ASSIGN_OR_RETURN(a.pool, field.at("pool").ascii(codec::kMaxPoolName));
  ASSIGN_OR_RETURN(a.profile, codec::read_profile(field.at("model").at("profile")));
  ASSIGN_OR_RETURN(a.model_seed, field.at("model").at("seed").hash());
  ASSIGN_OR_RETURN(a.identity, field.at("input").text(poc::kMaxIdentityBytes));
  ASSIGN_OR_RETURN(a.t0, field.at("t0").time());
  ASSIGN_OR_RETURN(a.t_end, field.at("t_end").time());
  ASSIGN_OR_RETURN(a.commitment, field.at("commitment").hash());
  ASSIGN_OR_RETURN(a.beacon, field.at("beacon").ascii(codec::kMaxBeaconText));
  ASSIGN_OR_RETURN(a.draw, codec::read_draw_promise(field));
  if (!field.at("seed").present()) return out;
  StartNotice start{a.sprint, {}, {}, {}, a.t0, a.t_end};
  ASSIGN_OR_RETURN(start.start_seed, field.at("seed").hash());
  ASSIGN_OR_RETURN(start.secret, field.at("secret").hash());
  ASSIGN_OR_RETURN(start.beacon, field.at("drawn").ascii(codec::kMaxBeaconText));
  out.start = std::move(start);
  return out;
}

/// Whether this code, without its sign, is one that a node gives by the protocol page.
bool is_known(std::uint64_t code) {
  if (codec::code_from_wire(code) != Code::kOther) return true;
  return code == static_cast<std::uint64_t>(Code::kOther) ||
         std::find(std::begin(kFaults), std::end(kFaults), -static_cast<std::int64_t>(code)) !=
             std::end(kFaults);
}

}  // namespace

std::string write_work(std::uint64_t id, const Work& work) {
  json::LineWriter out;
  open_answer(out, id).key("result").begin_object();
  out.key("longpollid").text(work.poll_id).key("curtime").time(work.now);
  out.key("expires").integer(static_cast<std::uint64_t>(work.expires / std::chrono::seconds(1)));
  out.key("submitold").boolean(false);
  if (work.sprints.empty()) {
    out.key("sprint").null().key("state").text("idle");
  } else {
    write_members(out, work.sprints.front());
  }
  out.key("upcoming").begin_array();
  for (std::size_t i = 1; i < work.sprints.size(); ++i) {
    out.begin_object();
    write_members(out, work.sprints[i]);
    out.end_object();
  }
  out.end_array().end_object();
  return body_of(out);
}

base::Result<Work> read_work(const json::Field& result) {
  Work work;
  ASSIGN_OR_RETURN(work.poll_id, result.at("longpollid").ascii(kMaxPollIdBytes));
  ASSIGN_OR_RETURN(work.now, result.at("curtime").time());
  ASSIGN_OR_RETURN(const std::uint64_t expires,
                   result.at("expires").integer(1, kMaxExpiresSeconds));
  work.expires = std::chrono::seconds(expires);
  if (result.at("sprint").present()) {
    ASSIGN_OR_RETURN(NodeSprint first, read_sprint(result));
    work.sprints.push_back(std::move(first));
  }
  const json::Field more = result.at("upcoming");
  if (!more.present()) return work;
  ASSIGN_OR_RETURN(const std::size_t count, more.array_size(kMaxSprintsAnnounced - 1));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(NodeSprint next, read_sprint(more.at(i, "upcoming")));
    work.sprints.push_back(std::move(next));
  }
  return work;
}

std::string write_leases(std::uint64_t id, std::span<const Lease> leases) {
  json::LineWriter out;
  open_answer(out, id).key("result").begin_object().key("leases");
  codec::write_leases(out, leases);
  out.end_object();
  return body_of(out);
}

std::string_view slug_of(Code code) {
  const auto* found = std::find_if(std::begin(kSlugs), std::end(kSlugs),
                                   [&](const CodeAndSlug& each) { return each.code == code; });
  return found == std::end(kSlugs) ? "invalid" : found->slug;
}

Code code_from_slug(std::string_view slug) {
  const auto* found = std::find_if(std::begin(kSlugs), std::end(kSlugs),
                                   [&](const CodeAndSlug& each) { return each.slug == slug; });
  return found == std::end(kSlugs) ? Code::kOther : found->code;
}

std::string write_verdicts(std::uint64_t id, std::span<const ShareVerdict> verdicts) {
  json::LineWriter out;
  open_answer(out, id).key("result").begin_array();
  for (const ShareVerdict& verdict : verdicts) {
    if (verdict) {
      out.text(slug_of(*verdict));
    } else {
      out.null();
    }
  }
  out.end_array();
  return body_of(out);
}

base::Result<std::vector<ShareVerdict>> read_verdicts(const json::Field& result,
                                                      std::size_t count) {
  ASSIGN_OR_RETURN(const std::size_t size, result.array_size(kMaxShares));
  if (size != count) return base::invalid("result: not one verdict for each share");
  std::vector<ShareVerdict> verdicts;
  for (std::size_t i = 0; i < count; ++i) {
    const json::Field verdict = result.at(i, "verdict");
    if (!verdict.present()) {
      verdicts.emplace_back(std::nullopt);
      continue;
    }
    ASSIGN_OR_RETURN(const std::string slug, verdict.text(kMaxSlug));
    verdicts.emplace_back(code_from_slug(slug));
  }
  return verdicts;
}

std::string write_withdrawn(std::uint64_t id, std::uint64_t count) {
  json::LineWriter out;
  open_answer(out, id).key("result").begin_object();
  out.key("withdrawn").integer(count).end_object();
  return body_of(out);
}

std::string write_outcome(std::uint64_t id, const SprintStatus& status) {
  json::LineWriter out;
  open_answer(out, id).key("result").begin_object();
  out.key("sprint").text(status.sprint).key("state").text(status.state);
  out.key("credit").integer(status.result.credit).key("total").integer(status.result.total);
  out.key("root").hash(status.result.root);
  codec::write_draw_shown(out, status.result.draw);
  out.key("shares").begin_array();
  for (const ShareStatus& share : status.shares) {
    out.begin_array().nonce(share.nonce).text(share.state).integer(share.difficulty).end_array();
  }
  out.end_array().end_object();
  return body_of(out);
}

base::Result<SprintStatus> read_outcome(const json::Field& result) {
  SprintStatus out;
  ASSIGN_OR_RETURN(out.sprint, result.at("sprint").sprint());
  ASSIGN_OR_RETURN(out.state, codec::read_state(result.at("state"), codec::kSprintStates));
  out.result.sprint = out.sprint;
  ASSIGN_OR_RETURN(out.result.credit, result.at("credit").integer());
  ASSIGN_OR_RETURN(out.result.total, result.at("total").integer());
  ASSIGN_OR_RETURN(out.result.root, result.at("root").hash());
  ASSIGN_OR_RETURN(out.result.draw, codec::read_draw_shown(result));
  const json::Field shares = result.at("shares");
  ASSIGN_OR_RETURN(const std::size_t count, shares.array_size(kMaxShares));
  for (std::size_t i = 0; i < count; ++i) {
    const json::Field share = shares.at(i, "share");
    ShareStatus one;
    ASSIGN_OR_RETURN(one.nonce, share.at(0, "nonce").nonce());
    ASSIGN_OR_RETURN(one.state, codec::read_state(share.at(1, "state"), codec::kShareStates));
    ASSIGN_OR_RETURN(one.difficulty, share.at(2, "difficulty").integer());
    out.shares.push_back(std::move(one));
  }
  return out;
}

std::string write_time(std::uint64_t id, const codec::TimeAnswer& answer) {
  json::LineWriter out;
  open_answer(out, id).key("result").begin_object().key("c0").integer(answer.c0);
  out.key("s1").time(answer.received).key("s2").time(answer.sent).end_object();
  return body_of(out);
}

std::string write_refusal(std::uint64_t id, const WireError& error) {
  json::LineWriter out;
  open_answer(out, id).key("error").begin_object();
  out.key("code").negative(static_cast<std::uint64_t>(error.code));
  out.key("message").text(codec::clean_text(error.text, kMaxErrorText));
  if (error.retry_ms > 0) {
    out.key("data").begin_object().key("retry_ms").integer(error.retry_ms).end_object();
  }
  out.end_object();
  return body_of(out);
}

std::string write_fault(std::optional<std::uint64_t> id, const CallFault& fault) {
  json::LineWriter out;
  open_answer(out, id).key("error").begin_object();
  out.key("code").negative(static_cast<std::uint64_t>(-fault.code));
  out.key("message").text(codec::clean_text(fault.text, kMaxErrorText)).end_object();
  return body_of(out);
}

base::Result<Answer> read_answer(const json::Field& root, std::uint64_t id) {
  if (!root.is_object()) return base::invalid("not an object");
  const json::Field error = root.at("error");
  const json::Field echoed = root.at("id");
  const auto number = echoed.integer();
  // An error about a request that could not be read has no id.
  const bool ours = number.ok() ? *number == id : error.present() && !echoed.present();
  if (!ours) return base::invalid("id: not the request's");
  Answer answer{std::nullopt, std::nullopt, root.at("result")};
  if (!error.present()) return answer;
  WireError wire;
  const auto negative = error.at("code").negative();
  const std::uint64_t code = negative.ok() ? *negative : 0;
  wire.code = codec::code_from_wire(code);
  if (!is_known(code)) answer.foreign_code = code;
  const auto text = error.at("message").text(kMaxLineBytes);
  wire.text = text ? base::printable(*text, kMaxErrorText) : "no reason given";
  if (const auto retry = error.at("data").at("retry_ms").integer()) wire.retry_ms = *retry;
  answer.error = std::move(wire);
  return answer;
}

}  // namespace stratum::node
