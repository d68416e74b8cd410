#include "stratum/node_calls.h"

#include <algorithm>
#include <iterator>

#include "stratum/codec_requests.h"

namespace stratum::node {
namespace {

constexpr std::size_t kMaxLoginBytes = 256;
constexpr std::size_t kMaxClientBytes = 64;
constexpr std::uint64_t kMaxRate = kMaxInteger;

base::Result<std::vector<std::uint64_t>> read_nonces(const json::Field& list) {
  std::vector<std::uint64_t> nonces;
  ASSIGN_OR_RETURN(const std::size_t count, list.array_size(kMaxShares));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const std::uint64_t nonce, list.at(i, "nonce").nonce());
    nonces.push_back(nonce);
  }
  return nonces;
}

void write_nonces(json::LineWriter& out, const std::vector<std::uint64_t>& nonces) {
  out.begin_array();
  for (const std::uint64_t nonce : nonces) out.nonce(nonce);
  out.end_array();
}

base::Result<Question> read_get_sprint(const json::Field& params) {
  GetSprint out;
  if (const json::Field id = params.at("longpollid"); id.present()) {
    ASSIGN_OR_RETURN(out.poll_id, id.ascii(kMaxPollIdBytes));
  }
  return Question(out);
}

base::Result<Question> read_lease_nonces(const json::Field& params) {
  LeaseNonces out;
  ASSIGN_OR_RETURN(out.sprint, params.at("sprint").sprint());
  ASSIGN_OR_RETURN(out.key, params.at("key").ascii(kMaxKeyBytes));
  ASSIGN_OR_RETURN(out.count, params.at("count").integer(1, kMaxReadyDevices));
  if (const json::Field n = params.at("n"); n.present()) {
    ASSIGN_OR_RETURN(out.device, n.small_integer());
  }
  if (const json::Field rate = params.at("rate"); rate.present()) {
    ASSIGN_OR_RETURN(out.rate, rate.integer(0, kMaxRate));
  }
  return Question(out);
}

NodeShare read_share(const json::Field& share) {
  const auto nonce = share.at(0, "nonce").nonce();
  const auto digest = share.at(1, "digest").hash();
  if (!nonce.ok() || !digest.ok()) return {0, {}, false};
  return {*nonce, *digest};
}

base::Result<Question> read_submit_sprint(const json::Field& params) {
  SubmitSprint out;
  ASSIGN_OR_RETURN(out.sprint, params.at("sprint").sprint());
  const json::Field shares = params.at("shares");
  ASSIGN_OR_RETURN(const std::size_t count, shares.array_size(kMaxShares));
  if (count == 0) return base::invalid("shares: none");
  for (std::size_t i = 0; i < count; ++i) {
    out.shares.push_back(read_share(shares.at(i, "share")));
  }
  return Question(std::move(out));
}

base::Result<Question> read_withdraw_shares(const json::Field& params) {
  WithdrawShares out;
  ASSIGN_OR_RETURN(out.sprint, params.at("sprint").sprint());
  ASSIGN_OR_RETURN(out.nonces, read_nonces(params.at("nonces")));
  if (out.nonces.empty()) return base::invalid("nonces: none");
  return Question(std::move(out));
}

base::Result<Question> read_get_result(const json::Field& params) {
  GetSprintResult out;
  ASSIGN_OR_RETURN(out.sprint, params.at("sprint").sprint());
  if (const json::Field nonces = params.at("nonces"); nonces.present()) {
    ASSIGN_OR_RETURN(out.nonces, read_nonces(nonces));
  }
  return Question(std::move(out));
}

base::Result<Question> read_get_time(const json::Field& params) {
  GetTime out;
  if (const json::Field c0 = params.at("c0"); c0.present()) {
    ASSIGN_OR_RETURN(out.c0, c0.integer());
  }
  return Question(out);
}

struct Method {
  std::string_view name;
  base::Result<Question> (*read)(const json::Field& params);
};
// In the order of Question.
constexpr Method kMethods[] = {
    {"getsprint", read_get_sprint},       {"leasenonces", read_lease_nonces},
    {"submitsprint", read_submit_sprint}, {"withdrawshares", read_withdraw_shares},
    {"getsprintresult", read_get_result}, {"gettime", read_get_time},
};

base::Result<Caller> read_caller(const json::Field& params) {
  Caller caller;
  ASSIGN_OR_RETURN(caller.payout, params.at("payout").text(kMaxLoginBytes));
  if (const json::Field client = params.at("client"); client.present()) {
    ASSIGN_OR_RETURN(caller.client, client.ascii(kMaxClientBytes));
  }
  return caller;
}

void write_question(json::LineWriter& out, const GetSprint& q) {
  if (q.poll_id) out.key("longpollid").text(*q.poll_id);
  out.key("capabilities").begin_array().text("longpoll").text("nonces").end_array();
}

void write_question(json::LineWriter& out, const LeaseNonces& q) {
  out.key("sprint").text(q.sprint).key("count").integer(q.count).key("key").text(q.key);
  out.key("n").integer(q.device).key("rate").integer(q.rate);
}

void write_question(json::LineWriter& out, const SubmitSprint& q) {
  out.key("sprint").text(q.sprint).key("shares").begin_array();
  for (const NodeShare& share : q.shares) {
    if (!share.readable) {
      out.null();
      continue;
    }
    out.begin_array().nonce(share.nonce).hash(share.digest).end_array();
  }
  out.end_array();
}

void write_question(json::LineWriter& out, const WithdrawShares& q) {
  out.key("sprint").text(q.sprint).key("nonces");
  write_nonces(out, q.nonces);
}

void write_question(json::LineWriter& out, const GetSprintResult& q) {
  out.key("sprint").text(q.sprint).key("nonces");
  write_nonces(out, q.nonces);
}

void write_question(json::LineWriter& out, const GetTime& q) {
  out.key("c0").integer(q.c0);
}

ReadCall fault(std::optional<std::uint64_t> id, int code, std::string text) {
  return {id, CallFault{code, std::move(text)}};
}

}  // namespace

std::string write_call(const Call& call) {
  json::LineWriter out;
  out.begin_object().key("jsonrpc").text("2.0").key("id").integer(call.id);
  out.key("method").text(kMethods[call.question.index()].name).key("params").begin_object();
  if (!std::holds_alternative<GetTime>(call.question)) {
    out.key("payout").text(call.caller.payout);
    if (!call.caller.client.empty()) out.key("client").text(call.caller.client);
  }
  std::visit([&](const auto& question) { write_question(out, question); }, call.question);
  std::string body = out.end_object().end_object().line();
  body.pop_back();
  return body;
}

ReadCall read_call(std::string_view body) {
  json::Document document;
  const base::Status parsed = document.parse(body);
  if (!parsed.ok()) return fault(std::nullopt, kParseError, parsed.message());
  const json::Field root = document.root();
  if (!root.is_object()) return fault(std::nullopt, kInvalidRequest, "not an object");
  const auto number = root.at("id").integer();
  const auto id = number.ok() ? std::optional(*number) : std::nullopt;
  if (!id) return fault(id, kInvalidRequest, number.message());
  const auto name = root.at("method").text(64);
  if (!name.ok()) return fault(id, kInvalidRequest, name.message());
  const auto* method = std::find_if(std::begin(kMethods), std::end(kMethods),
                                    [&](const Method& m) { return m.name == *name; });
  if (method == std::end(kMethods)) return fault(id, kMethodNotFound, "method: not known here");
  const json::Field params = root.at("params");
  Call call{*id, {}, {}};
  if (method->read != read_get_time) {
    auto caller = read_caller(params);
    if (!caller.ok()) return fault(id, kInvalidParams, caller.message());
    call.caller = std::move(caller).value();
  }
  auto question = method->read(params);
  if (!question.ok()) return fault(id, kInvalidParams, question.message());
  call.question = std::move(question).value();
  return {id, std::move(call)};
}

}  // namespace stratum::node
