// The server session's way of a line: read it, find its method, check it in the order of the
// protocol page (20 format, 25 not subscribed, 24 not authorized), answer it or hand it to the
// owner.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "stratum/codec_answers.h"
#include "stratum/codec_requests.h"
#include "stratum/server_session.h"

namespace stratum {
namespace {

constexpr int kMaxRefusalsInARow = 100;
constexpr std::size_t kMaxOpenRequests = 256;
constexpr std::size_t kMaxWorkers = 64;
constexpr std::size_t kMaxAgentBytes = 128;
constexpr std::uint64_t kBusyRetryMs = 100;

WireError bad_format(const std::string& why) {
  return {Code::kOther, why, 0};
}

}  // namespace

struct ServerSession::Request {
  std::uint64_t id;
  json::Field params;
  base::UnixTime now;
};

struct ServerSession::Method {
  std::string_view name;
  Refusal (ServerSession::*handler)(const Request&);
  bool brings_shares = false;
};

const ServerSession::Method ServerSession::kMethods[] = {
    {"mining.submit", &ServerSession::on_submit, true},
    {"mining.time", &ServerSession::on_time},
    {"mining.ping", &ServerSession::on_ping},
    {"mining.lease", &ServerSession::on_lease},
    {"mining.submit_batch", &ServerSession::on_submit_batch, true},
    {"sprint.status", &ServerSession::on_status},
    {"mining.withdraw", &ServerSession::on_withdraw},
    {"sprint.ready", &ServerSession::on_ready},
    {"mining.configure", &ServerSession::on_configure},
    {"mining.subscribe", &ServerSession::on_subscribe},
    {"mining.authorize", &ServerSession::on_authorize},
    {"mining.suggest_difficulty", &ServerSession::on_suggest_difficulty},
    {"mining.bye", &ServerSession::on_bye},
};

base::Status ServerSession::handle_line(std::string_view line, base::UnixTime now) {
  json::Document document;
  if (const auto parsed = document.parse(line); !parsed.ok()) {
    return end_session(Code::kOther, parsed.error());
  }
  const auto envelope = codec::read_envelope(document.root());
  if (envelope && !envelope->method && (envelope->result.present() || envelope->error.present())) {
    hear_answer(document.root());
    return base::Ok{};
  }
  const auto id = document.root().at("id").integer();
  Refusal refusal;
  if (!envelope) {
    refusal = bad_format(envelope.message());
  } else if (!envelope->method) {
    refusal = bad_format("method: missing");
  } else if (!id) {
    refusal = bad_format(id.message());
  } else {
    refusal = dispatch(*envelope->method, {*id, envelope->params, now});
  }
  if (!refusal) {
    refusals_in_a_row_ = 0;
    return base::Ok{};
  }
  output_.append(codec::write_error(id ? std::optional(*id) : std::nullopt, *refusal));
  return count_refusal(refusal->code);
}

/// To a ping, which needs no more than to come, or to client.get_version.
void ServerSession::hear_answer(const json::Field& root) {
  const auto id = root.at("id").integer();
  if (!id.ok() || *id == 0 || *id != asked_version_ || !agent_.empty()) return;
  const auto agent = root.at("result").text(kMaxLineBytes);
  if (!agent.ok() || agent->empty()) return;
  agent_ = base::printable(*agent, kMaxAgentBytes);
  events_.emplace_back(server::Named{agent_});
}

base::Status ServerSession::count_refusal(Code code) {
  if (code == Code::kBusy) return base::Ok{};
  if (++refusals_in_a_row_ < kMaxRefusalsInARow) return base::Ok{};
  over_ = base::invalid(fmt::format("{} bad requests in a row", kMaxRefusalsInARow));
  return *over_;
}

ServerSession::Refusal ServerSession::dispatch(std::string_view method, const Request& request) {
  const auto* found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                   [&](const Method& m) { return m.name == method; });
  if (found == std::end(kMethods)) return bad_format("method: not known here");
  if (!found->brings_shares && !allowance_.take(request.now)) {
    const base::Micros wait = allowance_.wait(request.now);
    return WireError{Code::kBusy, "too many requests",
                     static_cast<std::uint64_t>(wait / std::chrono::milliseconds(1)) + 1};
  }
  return (this->*found->handler)(request);
}

ServerSession::Refusal ServerSession::require_login() const {
  if (state_ == State::kConnected) return WireError{Code::kNotSubscribed, "not subscribed", 0};
  if (state_ == State::kSubscribed) return WireError{Code::kUnauthorized, "not authorized", 0};
  return std::nullopt;
}

/// A worker of the session's account, one of at most 64.
ServerSession::Refusal ServerSession::admit_worker(const std::string& worker) {
  if (workers_.contains(worker)) return std::nullopt;
  const auto login = parse_login(worker);
  if (!login || login->account != account_) {
    return WireError{Code::kUnauthorized, "not the account of this session", 0};
  }
  if (workers_.size() >= kMaxWorkers) {
    return WireError{Code::kUnauthorized, "more than 64 workers in this session", 0};
  }
  workers_.insert(worker);
  return std::nullopt;
}

template <class Wanted>
ServerSession::Refusal ServerSession::ask_owner(const Request& request, Wanted wanted) {
  if (open_.size() >= kMaxOpenRequests) {
    return WireError{Code::kBusy, "too many requests without an answer", kBusyRetryMs};
  }
  wanted.request = ++last_request_;
  open_.emplace(wanted.request, request.id);
  events_.emplace_back(std::move(wanted));
  return std::nullopt;
}

ServerSession::Refusal ServerSession::on_configure(const Request& request) {
  const auto asked = codec::read_configure(request.params);
  if (!asked) return bad_format(asked.message());
  output_.append(codec::write_configured(request.id, *asked));
  return std::nullopt;
}

ServerSession::Refusal ServerSession::on_subscribe(const Request& request) {
  const auto subscribe = codec::read_subscribe(request.params);
  if (!subscribe) return bad_format(subscribe.message());
  if (subscribe->version && *subscribe->version != codec::kVersion) {
    return WireError{Code::kVersion, fmt::format("{} speaks {}", pool_name_, codec::kVersion), 0};
  }
  agent_ = subscribe->agent;
  speaks_v1_ = !subscribe->version;
  const bool first = state_ == State::kConnected;
  if (first) {
    state_ = State::kSubscribed;
    if (keeper_ != nullptr) seat_ = keeper_->subscribe(subscribe->token);
  }
  const bool resumed = seat_.account.has_value();
  output_.append(
      codec::write_subscribed(request.id, {request.now, seat_.token, resumed, seat_.acked}));
  if (first && resumed) {
    log_in(*seat_.account);
    events_.emplace_back(server::Resumed{});
  }
  return std::nullopt;
}

ServerSession::Refusal ServerSession::on_authorize(const Request& request) {
  const auto authorize = codec::read_authorize(request.params);
  if (!authorize) return bad_format(authorize.message());
  if (state_ == State::kConnected) return require_login();
  asked_to_log_in_ = true;
  const auto login = parse_login(authorize->login);
  if (!login) return WireError{Code::kUnauthorized, "a login is account[.worker]", 0};
  if (state_ == State::kWorking) {
    if (auto refusal = admit_worker(authorize->login)) return refusal;
    output_.append(codec::write_true(request.id));
    return std::nullopt;
  }
  if (login_) return WireError{Code::kBusy, "one login at a time", kBusyRetryMs};
  workers_ = {authorize->login};
  auto refusal = ask_owner(request, server::LoginWanted{0, *login, authorize->password, agent_});
  if (!refusal) login_ = PendingLogin{last_request_, *login};
  return refusal;
}

ServerSession::Refusal ServerSession::on_suggest_difficulty(const Request& request) {
  const auto difficulty = codec::read_suggest_difficulty(request.params);
  if (!difficulty) return bad_format(difficulty.message());
  if (state_ == State::kConnected) return require_login();
  output_.append(codec::write_true(request.id));  // a hint, and leases carry their own difficulty
  return std::nullopt;
}

ServerSession::Refusal ServerSession::on_ready(const Request& request) {
  auto ready = codec::read_ready(request.params);
  if (!ready) return bad_format(ready.message());
  if (auto refusal = require_login()) return refusal;
  return ask_owner(request,
                   server::ReadyWanted{0, std::move(ready->sprint), std::move(ready->devices)});
}

ServerSession::Refusal ServerSession::on_lease(const Request& request) {
  auto lease = codec::read_lease_request(request.params);
  if (!lease) return bad_format(lease.message());
  if (auto refusal = require_login()) return refusal;
  return ask_owner(request,
                   server::LeaseWanted{0, std::move(lease->sprint), lease->device, lease->bits});
}

ServerSession::Refusal ServerSession::on_submit(const Request& request) {
  auto submit = codec::read_submit(request.params);
  if (!submit) return bad_format(submit.message());
  if (auto refusal = require_login()) return refusal;
  if (auto refusal = admit_worker(submit->worker)) return refusal;
  return ask_owner(request,
                   server::SubmitWanted{0, std::move(submit->worker), std::move(submit->sprint),
                                        submit->share, submit->seq, request.now});
}

ServerSession::Refusal ServerSession::on_submit_batch(const Request& request) {
  auto batch = codec::read_submit_batch(request.params);
  if (!batch) return bad_format(batch.message());
  if (auto refusal = require_login()) return refusal;
  if (auto refusal = admit_worker(batch->worker)) return refusal;
  return ask_owner(request, server::BatchWanted{0, std::move(batch->sprint), batch->first_seq,
                                                std::move(batch->shares), request.now});
}

ServerSession::Refusal ServerSession::on_status(const Request& request) {
  auto status = codec::read_status_request(request.params);
  if (!status) return bad_format(status.message());
  if (auto refusal = require_login()) return refusal;
  return ask_owner(request,
                   server::StatusWanted{0, std::move(status->sprint), std::move(status->nonces)});
}

ServerSession::Refusal ServerSession::on_withdraw(const Request& request) {
  auto withdraw = codec::read_withdraw(request.params);
  if (!withdraw) return bad_format(withdraw.message());
  if (auto refusal = require_login()) return refusal;
  return ask_owner(request, server::WithdrawWanted{0, std::move(withdraw->sprint),
                                                   std::move(withdraw->seqs), request.now});
}

ServerSession::Refusal ServerSession::on_time(const Request& request) {
  const auto c0 = codec::read_time_request(request.params);
  if (!c0) return bad_format(c0.message());
  output_.append(codec::write_time_answer(request.id, {*c0, request.now, request.now}));
  return std::nullopt;
}

ServerSession::Refusal ServerSession::on_ping(const Request& request) {
  output_.append(codec::write_pong(request.id, acked_, request.now));
  return std::nullopt;
}

ServerSession::Refusal ServerSession::on_bye(const Request& request) {
  output_.append(codec::write_true(request.id));
  state_ = State::kLeft;
  events_.emplace_back(server::Left{});
  return std::nullopt;
}

}  // namespace stratum
