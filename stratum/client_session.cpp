#include "stratum/client_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "stratum/client_dispatch.h"
#include "stratum/codec_requests.h"

namespace stratum {
namespace {

using std::chrono::seconds;

constexpr base::Micros kPingAfterSilence = seconds(20);

using base::in_seconds;

/// A pool that is alive has three round trips' time to show it.
base::Micros ping_after(base::Micros silence) {
  return std::min(kPingAfterSilence, silence / 4);
}

std::string account_of(const std::string& login) {
  const auto parsed = parse_login(login);
  return parsed ? parsed->account : login;
}

}  // namespace

ClientSession::ClientSession(const ClientConfig& config, base::SteadyTime now,
                             std::optional<Resumption> from)
    : config_(config),
      account_(account_of(config.login)),
      from_(std::move(from)),
      sprints_(account_),
      now_(now),
      asked_login_(now),
      last_heard_(now) {
  const std::uint64_t subscribe = expect({.handler = &ClientSession::on_subscribed});
  const auto token = from_ ? std::optional(from_->token) : std::nullopt;
  output_.append(codec::write_subscribe(subscribe, {config_.agent, token, std::nullopt}));
  const std::uint64_t authorize = expect({.handler = &ClientSession::on_authorized});
  output_.append(codec::write_authorize(authorize, {config_.login, config_.password}));
}

std::optional<Resumption> ClientSession::leave_behind() {
  owner_.assert_here();
  if (from_) return std::exchange(from_, std::nullopt);  // the pool never came to answer
  // One that never was logged in is none that our shares were numbered in.
  if (token_.empty() || !was_logged_in_) return std::nullopt;
  sprints_.reopen();
  return Resumption{std::move(token_), std::move(sprints_)};
}

base::Status ClientSession::feed(std::string_view bytes, base::SteadyTime now) {
  owner_.assert_here();
  now_ = now;
  if (!bytes.empty()) last_heard_ = now;
  if (over_) return *over_;
  const base::Status cut = framer_.feed(bytes);
  while (const auto line = framer_.next()) {
    handle_line(*line);
    if (over_) return *over_;
  }
  if (!cut.ok()) fail("the pool sent " + cut.message());
  if (over_) return *over_;
  return base::Ok{};
}

base::Status ClientSession::tick(base::SteadyTime now) {
  owner_.assert_here();
  now_ = now;
  if (over_) return *over_;
  check_time_outs();
  if (over_) return *over_;
  if (state_ != State::kWorking) return base::Ok{};
  if (now >= next_exchange_ && !exchanging_) ask_time();
  if (now - last_heard_ >= ping_after(config_.timeouts.silence) && !pinging_) {
    pinging_ = true;
    output_.append(
        codec::write_bare_request(expect({.handler = &ClientSession::on_pong}), "mining.ping"));
  }
  return base::Ok{};
}

void ClientSession::check_time_outs() {
  const ClientTimeouts& limits = config_.timeouts;
  const bool logging_in = state_ == State::kSubscribing || state_ == State::kAuthorizing;
  if (logging_in && now_ - asked_login_ >= limits.login) {
    return fail(fmt::format("the pool did not answer the login within {} s (--login-timeout)",
                            in_seconds(limits.login)));
  }
  if (now_ - last_heard_ >= limits.silence) {
    return fail(fmt::format("the pool was silent for {} s (--silence-timeout)",
                            in_seconds(limits.silence)));
  }
  if (state_ != State::kWorking) return;
  const auto oldest = oldest_awaited();
  if (oldest && now_ - *oldest >= limits.answer) {
    return fail(fmt::format("the pool did not answer a request within {} s (--answer-timeout)",
                            in_seconds(limits.answer)));
  }
  if (limits.announce.count() == 0 || now_ - idle_since() < limits.announce) return;
  without_sprints_ = true;
  fail(fmt::format("the pool announced no sprint for {} s (--announce-timeout)",
                   in_seconds(limits.announce)));
}

/// When the request was sent whose answer is due first. Clock exchanges and pings are none: they
/// only show that the pool is alive, and that has a time-out of its own. Nor is what is asked about
/// credits: no share is lost by it.
std::optional<base::SteadyTime> ClientSession::oldest_awaited() const {
  const auto oldest = std::find_if(pending_.begin(), pending_.end(), [](const auto& entry) {
    const AnswerHandler handler = entry.second.handler;
    return handler != &ClientSession::on_time && handler != &ClientSession::on_pong &&
           handler != &ClientSession::on_status;
  });  // ids count up
  return oldest == pending_.end() ? std::nullopt : std::optional(oldest->second.sent);
}

/// Since when there is nothing to race: `now_`, or later, if there is something.
base::SteadyTime ClientSession::idle_since() const {
  const auto until = sprints_.last_end();
  return until ? std::max(sprint_news_, clock_.to_steady(*until)) : sprint_news_;
}

std::optional<base::SteadyTime> ClientSession::first_start() const {
  if (!clock_.known()) return std::nullopt;
  const auto start = sprints_.first_start(clock_.to_pool(now_));
  return start ? std::optional(clock_.to_steady(*start)) : std::nullopt;
}

std::optional<ClientEvent> ClientSession::next_event() {
  owner_.assert_here();
  if (events_.empty()) return std::nullopt;
  ClientEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void ClientSession::consume(std::size_t bytes, base::SteadyTime now) {
  owner_.assert_here();
  output_.consume(bytes);
  sent_bytes_ += bytes;
  while (!leaving_.empty() && leaving_.front().end <= sent_bytes_) {
    Leaving& gone = leaving_.front();
    departures_.push_back({std::move(gone.sprint), gone.seq, now});
    leaving_.pop_front();
  }
}

std::optional<ClientSession::Departure> ClientSession::next_departure() {
  owner_.assert_here();
  if (departures_.empty()) return std::nullopt;
  Departure departure = std::move(departures_.front());
  departures_.pop_front();
  return departure;
}

void ClientSession::fail(std::string message) {
  over_ = base::io_error(std::move(message));
}

std::uint64_t ClientSession::expect(Pending pending) {
  pending.sent = now_;
  pending_.emplace(++last_id_, std::move(pending));
  return last_id_;
}

void ClientSession::ready(const std::string& sprint, std::span<const ReadyDevice> devices) {
  owner_.assert_here();
  CHECK(!devices.empty() && devices.size() <= kMaxReadyDevices);
  std::vector<std::uint32_t> numbers;
  for (const ReadyDevice& device : devices) numbers.push_back(device.device);
  sprints_.ask_for(sprint, numbers);
  const std::uint64_t id = expect(
      {.handler = &ClientSession::on_leases, .sprint = sprint, .devices = std::move(numbers)});
  output_.append(codec::write_ready(id, sprint, devices));
}

void ClientSession::request_lease(const std::string& sprint, std::uint32_t device) {
  owner_.assert_here();
  sprints_.ask_for(sprint, {&device, 1});
  const std::uint64_t id =
      expect({.handler = &ClientSession::on_leases, .sprint = sprint, .devices = {device}});
  output_.append(codec::write_lease_request(id, {sprint, device, std::nullopt}));
}

std::uint64_t ClientSession::submit(const std::string& sprint, const ShareClaim& share,
                                    std::uint64_t seq) {
  owner_.assert_here();
  if (seq == 0) seq = sprints_.next_seq(sprint);
  const std::uint64_t id =
      expect({.handler = &ClientSession::on_submitted, .sprint = sprint, .seq = seq});
  ++unanswered_;
  output_.append(codec::write_submit(id, {config_.login, sprint, share, seq}));
  leaving_.push_back({sent_bytes_ + output_.size(), sprint, seq});
  return seq;
}

void ClientSession::withdraw(const std::string& sprint, std::span<const std::uint64_t> seqs) {
  owner_.assert_here();
  while (!seqs.empty()) {
    const auto some = seqs.first(std::min(seqs.size(), codec::kMaxWithdrawn));
    const std::uint64_t id = expect({.handler = &ClientSession::on_withdrawn, .sprint = sprint});
    output_.append(codec::write_withdraw(id, sprint, some));
    seqs = seqs.subspan(some.size());
  }
}

void ClientSession::request_status(const std::string& sprint,
                                   std::span<const std::uint64_t> nonces) {
  owner_.assert_here();
  CHECK(!nonces.empty() && nonces.size() <= codec::kMaxStatusNonces);
  const std::vector<std::uint64_t> asked(nonces.begin(), nonces.end());
  const std::uint64_t id =
      expect({.handler = &ClientSession::on_status, .sprint = sprint, .nonces = asked});
  output_.append(codec::write_status_request(id, {sprint, asked}));
}

void ClientSession::bye() {
  owner_.assert_here();
  if (state_ == State::kLeaving) return;
  state_ = State::kLeaving;
  output_.append(
      codec::write_bare_request(expect({.handler = &ClientSession::on_bye}), "mining.bye"));
}

void ClientSession::ask_time() {
  exchanging_ = true;
  const std::uint64_t id = expect({.handler = &ClientSession::on_time});
  const auto micros = static_cast<std::uint64_t>(now_.time_since_epoch().count());
  output_.append(codec::write_time_request(id, micros));
}

}  // namespace stratum
