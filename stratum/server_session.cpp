#include "stratum/server_session.h"

#include <algorithm>

#include "base/check.h"
#include "stratum/codec_answers.h"
#include "stratum/codec_notices.h"
#include "stratum/codec_requests.h"

namespace stratum {
namespace {

/// Calls `send(first, count)` for `size` entries in pieces of at most kMaxListed; once for none.
template <class Send>
void in_pieces(std::size_t size, Send send) {
  std::size_t first = 0;
  do {
    const std::size_t count = std::min(size - first, codec::kMaxListed);
    send(first, count);
    first += count;
  } while (first < size);
}

/// The piece [first, first + count) of a list, as far as the list goes.
template <class T>
std::span<const T> piece(std::span<const T> list, std::size_t first, std::size_t count) {
  first = std::min(first, list.size());
  return list.subspan(first, std::min(count, list.size() - first));
}

}  // namespace

base::Status ServerSession::feed(std::string_view bytes, base::UnixTime now) {
  owner_.assert_here();
  if (over_) return *over_;
  if (state_ == State::kLeft) return base::Ok{};  // and nothing is kept
  const base::Status cut = framer_.feed(bytes);
  while (const auto line = framer_.next()) {
    if (state_ == State::kLeft) return base::Ok{};
    RETURN_IF_ERROR(handle_line(*line, now));
  }
  if (cut.ok() || state_ == State::kLeft) return base::Ok{};
  const bool too_long = cut.error().fault == base::Fault::kNoMemory;
  return end_session(too_long ? Code::kTooLarge : Code::kOther, cut.error());
}

base::Status ServerSession::end_session(Code code, const base::Error& error) {
  over_ = error;
  output_.append(codec::write_error(std::nullopt, {code, error.message, 0}));
  return error;
}

std::optional<ServerEvent> ServerSession::next_event() {
  owner_.assert_here();
  if (events_.empty()) return std::nullopt;
  ServerEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::uint64_t ServerSession::take(RequestId request) {
  owner_.assert_here();
  const auto found = open_.find(request);
  CHECK(found != open_.end());
  const std::uint64_t id = found->second;
  open_.erase(found);
  return id;
}

void ServerSession::accept(RequestId request) {
  const std::uint64_t id = take(request);
  if (login_ && login_->request == request) {
    log_in(login_->login.account);
    login_.reset();
  }
  output_.append(codec::write_true(id));
  if (agent_.empty()) ask_version();
}

void ServerSession::log_in(const std::string& account) {
  account_ = account;
  if (state_ != State::kLeft) state_ = State::kWorking;
  framer_.set_limit(kMaxLineBytes);
}

void ServerSession::refuse(RequestId request, Code code, std::string_view text,
                           std::uint64_t retry_ms) {
  const std::uint64_t id = take(request);
  if (login_ && login_->request == request) {
    login_.reset();
    workers_.clear();
  }
  output_.append(codec::write_error(id, {code, std::string(text), retry_ms}));
}

void ServerSession::grant(RequestId request, std::span<const Lease> leases) {
  CHECK(leases.size() <= kMaxReadyDevices);
  output_.append(codec::write_granted(take(request), leases));
  show_difficulty(leases);
}

/// To V1's display, where it is another one.
void ServerSession::show_difficulty(std::span<const Lease> leases) {
  if (!speaks_v1_ || leases.empty()) return;
  const std::uint64_t difficulty = leases.back().difficulty;
  if (std::exchange(told_difficulty_, difficulty) == difficulty) return;
  notice(codec::write_set_difficulty(difficulty));
}

void ServerSession::withdrawn(RequestId request, std::uint64_t count) {
  output_.append(codec::write_withdrawn(take(request), count));
}

void ServerSession::answer_batch(RequestId request, std::uint64_t acked,
                                 std::span<const VoidShare> bad) {
  output_.append(codec::write_batch_answer(take(request), acked, bad));
}

void ServerSession::status(RequestId request, const SprintStatus& status) {
  output_.append(codec::write_status(take(request), status));
}

void ServerSession::notice(std::string_view line) {
  owner_.assert_here();
  if (state_ == State::kWorking && !over_) output_.append(line);
}

void ServerSession::announce(const Announcement& announcement) {
  notice(codec::write_announcement(announcement));
}

void ServerSession::start(const StartNotice& start_notice) {
  notice(codec::write_start(start_notice));
}

void ServerSession::set_leases(const std::string& sprint, std::span<const Lease> leases,
                               std::span<const std::uint64_t> close) {
  in_pieces(std::max(leases.size(), close.size()), [&](std::size_t first, std::size_t count) {
    notice(codec::write_set_lease(sprint, piece(leases, first, count), piece(close, first, count)));
  });
  show_difficulty(leases);
}

void ServerSession::end(const std::string& sprint, std::uint64_t acked) {
  notice(codec::write_end(sprint, acked));
}

void ServerSession::cancel(const std::string& sprint, std::string_view reason) {
  notice(codec::write_cancel(sprint, reason));
}

void ServerSession::verdict(const Verdict& verdict) {
  const std::span<const VoidShare> voided = verdict.voided;
  in_pieces(voided.size(), [&](std::size_t first, std::size_t count) {
    notice(codec::write_verdict(verdict.sprint, verdict.verified, piece(voided, first, count)));
  });
}

void ServerSession::result(const SprintResult& result) {
  notice(codec::write_result(result));
}

void ServerSession::message(std::string_view text) {
  owner_.assert_here();
  output_.append(codec::write_message(text));
}

void ServerSession::reconnect(base::Micros wait) {
  notice(codec::write_reconnect({{}, std::nullopt, wait}));
}

/// Once, of a miner that did not say it.
void ServerSession::ask_version() {
  if (state_ != State::kWorking || asked_version_ != 0) return;
  asked_version_ = ++last_own_id_;
  notice(codec::write_bare_request(asked_version_, "client.get_version"));
}

void ServerSession::ping() {
  notice(codec::write_bare_request(++last_own_id_, "mining.ping"));
}

}  // namespace stratum
