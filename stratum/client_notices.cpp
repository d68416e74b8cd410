// The client session's way of a line: an answer, a question of the pool's, or a notice, each to its
// handler.
#include <algorithm>
#include <iterator>

#include "stratum/client_dispatch.h"
#include "stratum/codec_answers.h"
#include "stratum/codec_notices.h"

namespace stratum {
namespace {

/// A pool that asks and does not read the answers is given up when this much waits.
constexpr std::size_t kMaxOutputForQuestions = 1 << 20;

}  // namespace

struct ClientSession::Notice {
  std::string_view name;
  void (ClientSession::*handler)(const json::Field& params);
};

const ClientSession::Notice ClientSession::kNotices[] = {
    {"sprint.announce", &ClientSession::on_announce},
    {"mining.notify", &ClientSession::on_start},
    {"mining.set_lease", &ClientSession::on_set_lease},
    {"mining.set_difficulty", &ClientSession::on_set_difficulty},
    {"sprint.end", &ClientSession::on_end},
    {"sprint.cancel", &ClientSession::on_cancel},
    {"sprint.verdict", &ClientSession::on_verdict},
    {"sprint.result", &ClientSession::on_result},
    {"client.show_message", &ClientSession::on_message},
    {"client.reconnect", &ClientSession::on_reconnect},
};

/// A request of the pool's.
struct ClientSession::Question {
  std::string_view name;
  void (ClientSession::*handler)(std::uint64_t id);
};

const ClientSession::Question ClientSession::kQuestions[] = {
    {"mining.ping", &ClientSession::on_ping},
    {"client.get_version", &ClientSession::on_get_version},
};

void ClientSession::handle_line(std::string_view line) {
  json::Document document;
  if (const auto parsed = document.parse(line); !parsed.ok()) {
    return fail("the pool sent a line that cannot be read: " + parsed.message());
  }
  const auto envelope = codec::read_envelope(document.root());
  if (!envelope) {
    return fail("the pool sent a line that is no message: " + envelope.message());
  }
  const auto id = envelope->id.integer();
  if (envelope->method && envelope->id.present()) {
    if (id) handle_question(*envelope->method, *id);
  } else if (envelope->method) {
    handle_notice(*envelope->method, envelope->params);
  } else if (id) {
    handle_answer(*id, {envelope->result, envelope->error});
  } else if (envelope->error.present()) {
    tell("the pool could not read a line of ours: " + codec::read_error(envelope->error).text);
  }
}

/// Notices that we do not know are ignored.
void ClientSession::handle_notice(std::string_view method, const json::Field& params) {
  const auto* found = std::find_if(std::begin(kNotices), std::end(kNotices),
                                   [&](const Notice& n) { return n.name == method; });
  if (found != std::end(kNotices)) (this->*found->handler)(params);
}

void ClientSession::handle_question(std::string_view method, std::uint64_t id) {
  const auto* found = std::find_if(std::begin(kQuestions), std::end(kQuestions),
                                   [&](const Question& q) { return q.name == method; });
  if (found != std::end(kQuestions)) {
    (this->*found->handler)(id);
  } else {
    output_.append(codec::write_error(id, {Code::kOther, "method: not known here", 0}));
  }
  if (output_.size() > kMaxOutputForQuestions) fail("the pool asks and does not read the answers");
}

void ClientSession::on_ping(std::uint64_t id) {
  output_.append(codec::write_true(id));
}

void ClientSession::on_get_version(std::uint64_t id) {
  output_.append(codec::write_version(id, config_.agent));
}

void ClientSession::tell(std::string text) {
  events_.emplace_back(client::Message{std::move(text)});
}

void ClientSession::refuse_sprint(const std::string& sprint, const std::string& reason,
                                  bool taken_before) {
  events_.emplace_back(client::SprintRefused{sprint, reason, taken_before});
}

void ClientSession::on_announce(const json::Field& params) {
  auto announcement = codec::read_announcement(params);
  if (!announcement) {
    return refuse_sprint(codec::sprint_as_told(params), announcement.message());
  }
  if (state_ == State::kSubscribing || state_ == State::kAuthorizing || !clock_.known()) {
    return refuse_sprint(announcement->sprint, "announced before the login was answered");
  }
  if (sprints_.is_repeat(*announcement)) return;
  const base::Status taken = sprints_.announce(*announcement, clock_.to_pool(now_));
  if (!taken.ok()) return refuse_sprint(announcement->sprint, taken.message());
  sprint_news_ = now_;
  events_.emplace_back(client::Announced{std::move(*announcement)});
}

/// The start of a sprint that does not await it is ignored: it was refused before, or has started.
void ClientSession::on_start(const json::Field& params) {
  const auto sprint = params.at(0, "sprint").sprint();
  if (!sprint || !sprints_.awaits_start(*sprint)) return;
  auto notice = codec::read_start(params);
  base::Status taken = base::Ok{};
  if (!notice) {
    taken = notice.error();
  } else {
    taken = sprints_.start(*notice, clock_.to_pool(now_));
  }
  sprint_news_ = now_;
  if (taken.ok()) {
    events_.emplace_back(client::Started{std::move(*notice)});
    return;
  }
  sprints_.forget(*sprint);
  refuse_sprint(*sprint, "at its start: " + taken.message(), /*taken_before=*/true);
}

void ClientSession::on_set_lease(const json::Field& params) {
  auto notice = codec::read_set_lease(params);
  if (!notice) return tell("mining.set_lease makes no sense: " + notice.message());
  if (!sprints_.knows(notice->sprint)) return;
  const auto devices = sprints_.asked(notice->sprint);
  std::vector<Lease> taken = take_leases(notice->sprint, devices, notice->granted);
  std::erase_if(notice->close,
                [&](std::uint64_t lease) { return !sprints_.has_lease(notice->sprint, lease); });
  if (taken.empty() && notice->close.empty()) return;
  events_.emplace_back(client::Leased{notice->sprint, std::move(taken), std::move(notice->close)});
}

void ClientSession::on_set_difficulty(const json::Field&) {
  // For display in tools of V1; a lease carries its own difficulty.
}

void ClientSession::on_end(const json::Field& params) {
  const auto sprint = codec::read_end(params);
  if (!sprint) return tell("sprint.end makes no sense: " + sprint.message());
  if (!sprints_.end(*sprint)) return;
  sprint_news_ = now_;
  events_.emplace_back(client::Ended{*sprint});
}

void ClientSession::on_cancel(const json::Field& params) {
  const auto cancel = codec::read_cancel(params);
  if (!cancel) return tell("sprint.cancel makes no sense: " + cancel.message());
  if (sprints_.knows(cancel->sprint)) sprint_news_ = now_;
  sprints_.forget(cancel->sprint);  // also told of what an earlier connection raced
  events_.emplace_back(client::Cancelled{cancel->sprint, cancel->reason});
}

void ClientSession::on_verdict(const json::Field& params) {
  auto verdict = codec::read_verdict(params);
  if (!verdict) return tell("sprint.verdict makes no sense: " + verdict.message());
  // Also of a sprint that an earlier connection raced: the owner knows its own.
  events_.emplace_back(client::Judged{std::move(*verdict)});
}

void ClientSession::on_result(const json::Field& params) {
  const auto result = codec::read_result(params);
  if (!result) return tell("sprint.result makes no sense: " + result.message());
  if (sprints_.knows(result->sprint)) sprint_news_ = now_;
  sprints_.forget(result->sprint);
  events_.emplace_back(client::Credited{*result});
}

void ClientSession::on_message(const json::Field& params) {
  const auto text = codec::read_message(params);
  if (text) tell(*text);
}

void ClientSession::on_reconnect(const json::Field& params) {
  const std::string refused = "asks to reconnect elsewhere: not followed";
  if (!config_.redirects || state_ != State::kWorking) return tell(refused);
  const auto wish = codec::read_reconnect(params);
  if (!wish) return tell(refused + ": " + wish.message());
  auto found = redirect(*config_.redirects, *wish);
  if (!found.ok()) return tell(refused + ": " + found.message());
  events_.emplace_back(client::Redirected{std::move(found).value()});
}

}  // namespace stratum
