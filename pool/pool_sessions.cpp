// The pool's sessions: who is who, over lost connections and restarts, and who is told what.
#include <algorithm>
#include <array>
#include <utility>

#include "pool/pool.h"

namespace pool {
namespace {

using Phase = Race::Phase;
using Heard = Participant::Heard;

}  // namespace

void Pool::join(ConnectionId id, stratum::MinerEnd& wire, std::string from) {
  owner_.assert_here();
  const auto made = connections_.try_emplace(id, *this, id, wire, std::move(from));
  wire.set_keeper(&made.first->second);
}

void Pool::leave(ConnectionId id) {
  owner_.assert_here();
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second.wire.set_keeper(nullptr);
  Session* session = found->second.session;
  connections_.erase(found);
  if (session == nullptr) return;
  const SessionId gone = session->id;
  detach(*session);
  drop_if_idle(gone);
  if (sessions_.contains(gone)) gone_.push_back(gone);
  if (gone_.size() <= kMaxGone) return;
  forget(gone_.front());
  gone_.pop_front();
}

/// The session has no connection any more, and takes no part where it came for nothing.
void Pool::detach(Session& session) {
  session.wire = nullptr;
  for (Races* races : {&races_, &past_}) {
    for (auto& [number, race] : *races) {
      if (session.races == 0) return;
      const auto who = race.participants.find(session.id);
      if (who == race.participants.end()) continue;
      who->second.connect(nullptr);
      if (!who->second.idle()) continue;
      race.participants.erase(who);
      --session.races;
    }
  }
}

/// One of too many that are away: its shares stay, and may be sent again by its account.
void Pool::forget(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end() || session->second.wire != nullptr) return;
  for (Races* races : {&races_, &past_}) {
    for (auto& [number, race] : *races) session->second.races -= race.participants.erase(id);
  }
  drop_if_idle(id);
}

void Pool::drop_participant(Race& race, SessionId session) {
  if (race.participants.erase(session) == 0) return;
  --sessions_.at(session).races;
  drop_if_idle(session);
}

void Pool::drop_if_idle(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  if (session->second.wire == nullptr && session->second.races == 0) sessions_.erase(session);
}

Pool::Session* Pool::resumed_by(const std::optional<std::string>& token) {
  const auto claim = token ? mint_.read(*token) : std::nullopt;
  if (!claim) return nullptr;
  const auto session = sessions_.find(claim->session);
  if (session == sessions_.end() || session->second.account.empty()) return nullptr;
  // The token used last is good until the next one is used: the answer with that may not have come.
  // If it is newer than we know of, we were killed before its use was written down.
  if (claim->generation < session->second.generation) return nullptr;
  if (claim->generation > session->second.generation) {
    session->second.generation = claim->generation;
    if (session->second.written) write(record::Resumed{session->second.id, claim->generation});
  }
  return &session->second;
}

/// Without a token when the random source fails.
Pool::Session& Pool::new_session() {
  std::array<std::uint8_t, 8> bytes{};
  SessionId id = 0;
  if (random_(bytes)) {
    for (const std::uint8_t byte : bytes) id = id << 8 | byte;
  }
  while (id == 0 || sessions_.contains(id)) id = ++last_nameless_;
  Session& session = sessions_[id];
  session.id = id;
  return session;
}

stratum::SessionKeeper::Seat Pool::subscribe(Connection& from,
                                             const std::optional<std::string>& token) {
  Session* known = resumed_by(token);
  if (known != nullptr && known->wire != nullptr) {  // the newer connection wins
    for (auto& [id, other] : connections_) {
      if (other.session != known) continue;
      other.session = nullptr;
      superseded_.push_back(id);
    }
    detach(*known);
  }
  Session& session = known != nullptr ? *known : new_session();
  from.session = &session;
  session.wire = &from.wire;
  session.connection = from.id;
  stratum::SessionKeeper::Seat seat;
  if (session.id > last_nameless_) seat.token = mint_.make({session.id, session.generation + 1});
  if (known == nullptr) return seat;
  seat.account = session.account;
  seat.acked = session.acked;
  from.wire.set_acked(seat.acked);
  return seat;
}

std::uint64_t Pool::write(Record record) {
  const bool awaited = is_awaited(record);
  const std::uint64_t number = journal_.write(std::move(record));
  if (awaited) last_record_ = number;
  return number;
}

/// The journal knows the session from now on.
void Pool::write_down(Session& session) {
  if (std::exchange(session.written, true)) return;
  write(record::Joined{session.id, session.account, session.generation});
}

/// What the session has to do with the race; from now on it takes part.
Participant& Pool::participant(Session& session, Race& race) {
  const auto made = race.participants.try_emplace(
      session.id, Participant{session.id, session.hash, session.wire});
  if (made.second) ++session.races;
  Participant& who = made.first->second;
  who.connect(session.wire);
  return who;
}

void Pool::restore(const Saved& saved, base::UnixTime now) {
  std::map<SessionId, base::Bytes32> accounts;
  for (const record::Joined& joined : saved.sessions) {
    const auto hash = poc::hash_identity(joined.account);
    if (!hash.ok()) continue;
    accounts[joined.session] = *hash;
    sessions_[joined.session] = {.id = joined.session,
                                 .account = joined.account,
                                 .hash = *hash,
                                 .generation = joined.generation,
                                 .written = true};
  }
  Schedule::Resumed from{saved.last_sprint, std::nullopt, std::nullopt};
  for (const Saved::Race& each : saved.races) {
    Race& race =
        races_.try_emplace(each.sprint.number, config_, budgets_, each.sprint).first->second;
    race.restore(each, accounts);
    if (each.closed && race.sprint().start.t_end + kToldAfterRestart < now) {
      race.participants.clear();
    }
    for (const auto& [session, who] : race.participants) {
      Session& of = sessions_.at(session);
      ++of.races;
      if (!each.closed) race.name_account(of.hash, of.account);
    }
    const Slot slot{each.sprint.number, race.sprint().start.t0, race.sprint().start.t_end};
    if (each.closed) {
      into_past(races_.find(slot.number));
    } else if (each.started) {
      from.running = slot;
    } else if (beacon_can_come(race)) {
      from.upcoming = slot;
    }
  }
  schedule_.emplace(config_, now, from);
  for (auto at = races_.begin(); at != races_.end();) {
    const auto entry = at++;
    Race& race = entry->second;
    const bool runs = from.running && from.running->number == entry->first;
    const bool is_next = from.upcoming && from.upcoming->number == entry->first;
    if (race.phase() == Phase::kRunning && !runs) {
      race.end();
      want_draw(race);
    }
    if (race.phase() == Phase::kAnnounced && !is_next) {
      const char* why =
          beacon_can_come(race) ? "the pool was away" : "its beacon cannot be asked any more";
      cancel(into_past(entry), why, now);
    } else {
      checker_.check(race.sprint().model(), std::nullopt);
      if (is_next && race.sprint().has_beacon()) await_beacon(race);
    }
  }
  std::erase_if(sessions_, [](const auto& entry) { return entry.second.races == 0; });
  if (saved.last_sprint == 0) return;
  log_.info("goes on after an earlier run", {{"last_sprint", saved.last_sprint},
                                             {"open_sprints", races_.size()},
                                             {"sessions", sessions_.size()}});
}

}  // namespace pool
