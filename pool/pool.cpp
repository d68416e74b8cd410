#include "pool/pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace pool {
namespace {

using stratum::Code;
using Phase = Race::Phase;
using State = Share::State;
namespace server = stratum::server;

constexpr base::Micros kPastKept = std::chrono::hours(24);
constexpr std::size_t kMaxPast = 5000;  // sprints, however short
constexpr std::uint64_t kNoLeaseRetryMs = 1000;

double in_seconds(base::Micros time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Pool::Pool(const Config& config, Checker& checker, RandomSource random, base::LogSink& sink,
           base::UnixTime now)
    : config_(config),
      checker_(checker),
      random_(std::move(random)),
      log_(sink, "pool"),
      schedule_(config, now) {}

void Pool::tick(base::UnixTime now) {
  owner_.assert_here();
  while (const auto step = schedule_.next(now, ready())) {
    if (step->kind == Step::Kind::kAnnounce) announce(step->slot, now);
    const auto race = races_.find(step->slot.number);
    if (race == races_.end()) continue;  // it could not be made
    if (step->kind == Step::Kind::kStart) start(race->second, step->slot);
    if (step->kind == Step::Kind::kEnd) end(race->second);
  }
  for (auto at = races_.begin(); at != races_.end();) {
    const auto entry = at++;
    Race& race = entry->second;
    race.feed(checker_, now);
    if (race.settled_at() && now >= *race.settled_at()) {
      credit(race);
      past_.insert(races_.extract(entry));
    } else if (race.hopeless()) {
      cancel(race, "its shares could not be verified");
      races_.erase(entry);
    }
  }
  while (!past_.empty() && (past_.begin()->second.sprint().start.t_end + kPastKept < now ||
                            past_.size() > kMaxPast)) {
    past_.erase(past_.begin());
  }
}

std::optional<base::UnixTime> Pool::wake() const {
  std::optional<base::UnixTime> at = schedule_.wake(ready());
  for (const auto& [number, race] : races_) {
    const auto due = race.wake();
    if (due) at = std::min(at.value_or(*due), *due);
  }
  return at;
}

/// Whether the announced sprint has ready devices, and no miner without.
bool Pool::ready() const {
  if (!config_.start_when_ready || races_.empty()) return false;
  const Race& race = races_.rbegin()->second;
  const auto is_ready = [](const auto& entry) { return entry.second.ready; };
  const auto& all = race.participants;
  return race.phase() == Phase::kAnnounced && !all.empty() &&
         std::all_of(all.begin(), all.end(), is_ready);
}

/// A sprint's id begins with its number.
Race* Pool::find(Races& races, std::string_view sprint) {
  const auto number = base::u64_from_decimal(sprint.substr(0, sprint.find('-')));
  const auto race = races.find(number.value_or(0));
  return race != races.end() && race->second.id() == sprint ? &race->second : nullptr;
}

void Pool::announce(const Slot& slot, base::UnixTime now) {
  auto sprint = make_sprint(config_, slot, random_);
  if (!sprint.ok()) {
    return log_.error("sprint left out", {{"number", slot.number}, {"reason", sprint.message()}});
  }
  Race& race = races_.try_emplace(slot.number, config_, std::move(sprint).value()).first->second;
  const bool when_ready = config_.start_when_ready && slot.number == 1;
  log_.info("sprint announced",
            {{"sprint", race.id()},
             {"profile", poc::to_string(config_.profile)},
             {"length_s", in_seconds(slot.t_end - slot.t0)},
             {"starts", when_ready ? "when the devices are ready"
                                   : fmt::format("in {:.1f} s", in_seconds(slot.t0 - now))}});
  for (auto& [id, session] : sessions_) tell(session, race, now);
  checker_.check(race.sprint().model(), std::nullopt);
}

/// Announces a sprint to a session, and its start if it has started.
void Pool::tell(Session& session, Race& race, base::UnixTime now) {
  if (session.account.empty()) return;
  if (race.phase() == Phase::kEnded) {  // to be told the verdict and the result
    participant(session, race);
    return;
  }
  stratum::Announcement announcement = race.sprint().announcement;
  announcement.identity = session.account;
  if (race.phase() == Phase::kAnnounced && announcement.t0 < now) {  // it waits for devices
    announcement.t_end += now - announcement.t0;
    announcement.t0 = now;
  }
  if (race.phase() == Phase::kRunning) {  // the planned ones may be past
    announcement.t0 = race.sprint().start.t0;
    announcement.t_end = race.sprint().start.t_end;
  }
  session.wire.announce(announcement);
  if (race.phase() == Phase::kRunning) session.wire.start(race.sprint().start);
  participant(session, race);
}

void Pool::start(Race& race, const Slot& slot) {
  race.start(slot);
  std::size_t ready = 0;
  for (auto& [id, participant] : race.participants) {
    participant.wire->start(race.sprint().start);
    ready += participant.ready ? 1U : 0U;
  }
  log_.info("sprint started", {{"sprint", race.id()},
                               {"left_s", in_seconds(slot.t_end - slot.t0)},
                               {"miners", race.participants.size()},
                               {"ready", ready}});
}

void Pool::end(Race& race) {
  race.end();
  for (auto& [id, participant] : race.participants) {
    participant.wire->end(race.id(), participant.acked);
  }
  log_.info("sprint ended", {{"sprint", race.id()},
                             {"shares", race.book().size()},
                             {"not_verified_yet", race.book().count(State::kStored)}});
}

void Pool::credit(Race& race) {
  const ShareBook& book = race.book();
  const auto credits = book.credits();
  stratum::SprintResult result{race.id(), 0, 0, book.root()};
  for (const auto& [account, credit] : credits) result.total += credit;
  for (auto& [id, participant] : race.participants) {
    const auto own = credits.find(participant.account);
    result.credit = own == credits.end() ? 0 : own->second;
    participant.wire->verdict(race.verdict(participant));
    participant.wire->result(result);
  }
  ++summary_.sprints;
  summary_.verified += book.count(State::kVerified);
  summary_.wrong += book.count(State::kWrong);
  summary_.credit += result.total;
  log_.info("sprint verified and credited", {{"sprint", race.id()},
                                             {"right", book.count(State::kVerified)},
                                             {"wrong", book.count(State::kWrong)},
                                             {"withdrawn", book.count(State::kWithdrawn)},
                                             {"credit_nonces", result.total},
                                             {"accounts", credits.size()},
                                             {"root", base::to_hex(result.root)}});
  race.close();
}

void Pool::cancel(Race& race, std::string_view reason) {
  for (auto& [id, participant] : race.participants) participant.wire->cancel(race.id(), reason);
  const base::LogLevel level =
      race.book().size() == 0 ? base::LogLevel::kInfo : base::LogLevel::kWarn;
  const base::LogField fields[] = {{"sprint", race.id()}, {"reason", reason}};
  log_.write(level, "sprint cancelled", fields);
}

void Pool::checked(const Checked& answer, base::UnixTime now) {
  owner_.assert_here();
  const auto race = races_.find(answer.jobs.front().sprint);
  if (race == races_.end()) return;  // cancelled meanwhile
  if (!race->second.take(answer, now)) {
    log_.warn("verification failed, tried again in a second",
              {{"sprint", race->second.id()}, {"reason", answer.digests.message()}});
  }
  tick(now);
}

void Pool::stop(base::UnixTime now) {
  owner_.assert_here();
  tick(now);
  for (auto& [number, race] : races_) {
    const bool ended = race.phase() == Phase::kEnded;
    if (ended && race.book().count(State::kStored) == 0) {
      credit(race);
    } else {
      cancel(race, "the pool stops");
    }
  }
  races_.clear();
}

void Pool::join(SessionId id, stratum::ServerSession& wire) {
  owner_.assert_here();
  sessions_.emplace(id, Session{id, wire});
}

void Pool::leave(SessionId id) {
  owner_.assert_here();
  sessions_.erase(id);
  for (auto& [number, race] : races_) race.participants.erase(id);
}

/// What the session has to do with the race; from now on it takes part.
Participant& Pool::participant(Session& session, Race& race) {
  const Participant fresh{&session.wire, session.hash};
  return race.participants.try_emplace(session.id, fresh).first->second;
}

bool Pool::handle(SessionId id, base::UnixTime now) {
  owner_.assert_here();
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return false;
  while (const auto event = session->second.wire.next_event()) {
    if (std::holds_alternative<server::Left>(*event)) return false;
    std::visit([&](const auto& wanted) { on(session->second, wanted, now); }, *event);
  }
  return true;
}

/// Whoever logs in is welcome: the account is only who is paid.
void Pool::on(Session& session, const server::LoginWanted& wanted, base::UnixTime now) {
  const auto hash = poc::hash_identity(wanted.login.account);
  if (!hash.ok()) {
    return session.wire.refuse(wanted.request, Code::kUnauthorized, hash.message());
  }
  session.account = wanted.login.account;
  session.hash = *hash;
  log_.debug("logged in", {{"session", session.id}, {"account", base::Account{session.account}}});
  session.wire.accept(wanted.request);
  for (auto& [number, race] : races_) tell(session, race, now);
}

void Pool::on(Session& session, const server::ReadyWanted& wanted, base::UnixTime now) {
  grant(session, wanted.request, wanted.sprint, wanted.devices, kLeaseBits, now);
}

void Pool::on(Session& session, const server::LeaseWanted& wanted, base::UnixTime now) {
  const stratum::ReadyDevice device{wanted.device.value_or(0), {}, 0};
  grant(session, wanted.request, wanted.sprint, {&device, 1}, wanted.bits.value_or(kLeaseBits),
        now);
}

void Pool::grant(Session& session, stratum::RequestId request, const std::string& sprint,
                 std::span<const stratum::ReadyDevice> devices, std::uint32_t bits,
                 base::UnixTime now) {
  Race* race = find(races_, sprint);
  if (race == nullptr || race->phase() == Phase::kEnded) {
    return session.wire.refuse(request, Code::kUnknownSprint, "no such sprint, or it is over");
  }
  const auto leases = race->grant(participant(session, *race), devices, bits, now);
  if (!leases.empty()) return session.wire.grant(request, leases);
  session.wire.refuse(request, Code::kNoLease, "no lease left", kNoLeaseRetryMs);
}

void Pool::on(Session& session, const server::SubmitWanted& wanted, base::UnixTime now) {
  GateAnswer answer{Code::kUnknownSprint, "no such sprint"};
  Race* race = find(races_, wanted.sprint);
  if (race != nullptr) {
    answer = race->submit(participant(session, *race), wanted);
  } else if (Race* past = find(past_, wanted.sprint)) {
    Participant passing{&session.wire, session.hash};
    answer = past->submit(passing, wanted);
  }
  if (answer.code != Code::kOk) {
    ++summary_.refused;
    return session.wire.refuse(wanted.request, answer.code, answer.text, answer.retry_ms);
  }
  session.wire.accept(wanted.request);
  if (answer.repeat) return;
  ++summary_.stored;
  race->feed(checker_, now);
}

void Pool::on(Session& session, const server::WithdrawWanted& wanted, base::UnixTime) {
  Race* race = find(races_, wanted.sprint);
  const auto count = race == nullptr ? 0 : race->withdraw(participant(session, *race), wanted);
  summary_.withdrawn += count;
  session.wire.withdrawn(wanted.request, count);
}

}  // namespace pool
