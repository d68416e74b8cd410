// What the pool says of its sprints: to one that comes, and to all, some of them a turn.
#include "pool/pool.h"

namespace pool {
namespace {

using Phase = Race::Phase;
using Heard = Participant::Heard;

bool is_connected(const Participant& who) {
  return who.wire != nullptr;
}

}  // namespace

Race* Pool::find(std::uint64_t number) {
  for (Races* races : {&races_, &past_}) {
    if (const auto race = races->find(number); race != races->end()) return &race->second;
  }
  return nullptr;
}

/// Announces a sprint to a session, and its start if it has started.
void Pool::tell(Session& session, std::uint64_t number, base::UnixTime now) {
  const auto found = races_.find(number);
  if (found == races_.end() || session.account.empty() || session.wire == nullptr) return;
  Race& race = found->second;
  Participant& who = participant(session, race);
  if (who.heard != Heard::kNothing) return;  // it logged in while the journal was at work
  if (race.phase() == Phase::kEnded) {       // to be told the verdict and the result
    who.heard = Heard::kEnd;
    if (!who.idle()) session.wire->end(race.id(), who.acked);
    return;
  }
  who.heard = Heard::kAnnouncement;
  // Where it waits: for devices, for its beacon, for its start to be written down.
  stratum::Announcement announcement = announced_at(race.sprint().announcement, now);
  announcement.identity = session.account;
  if (race.start_said) {
    announcement.t0 = race.sprint().start.t0;
    announcement.t_end = race.sprint().start.t_end;
  }
  session.wire->announce(announcement);
  if (!race.start_said) return;
  say_start(race, who);
  if (!behind()) tell_adjusted(race, race.adjust_again(who));
}

/// What a session that comes back may have missed.
void Pool::tell_past(Session& session, base::UnixTime now) {
  for (auto& [number, race] : past_) {
    if (session.races == 0) return;
    const auto who = race.participants.find(session.id);
    if (who == race.participants.end()) continue;
    who->second.connect(session.wire);
    if (!race.result_said) {
      if (!race.cancelled() && !who->second.idle()) say_end_if_due(race, who->second);
      continue;
    }
    const bool long_ago = race.sprint().start.t_end + kToldAgainWithin < now;
    const bool is_due = !who->second.told || !long_ago;
    if (is_due && !who->second.told_here) tell_result(race, who->second, "it was void", now);
    if (!long_ago) continue;
    race.participants.erase(who);
    --session.races;
  }
}

/// After the ends of those before that wait for their turn.
void Pool::say_start(Race& race, Participant& who) {
  for (const std::uint64_t number : ending_) {
    if (number >= race.sprint().number) break;
    Race* before = find(number);
    if (before == nullptr) continue;
    const auto there = before->participants.find(who.session);
    const bool raced = there != before->participants.end() && there->second.heard == Heard::kStart;
    if (raced) say_end_if_due(*before, there->second);
  }
  who.heard = Heard::kStart;
  who.wire->start(race.sprint().start);
}

/// Whether it was: once, to who takes part.
bool Pool::say_end_if_due(Race& race, Participant& who) {
  if (!is_connected(who) || who.heard == Heard::kEnd || who.told) return false;
  say_end(race, who);
  return true;
}

void Pool::say_end(Race& race, Participant& who) {
  who.heard = Heard::kEnd;
  who.wire->end(race.id(), who.acked);
}

void Pool::tell_result(Race& race, Participant& who, std::string_view void_because,
                       base::UnixTime now) {
  const bool first = !std::exchange(who.told, true);
  who.told_here = true;
  if (race.cancelled()) {
    who.heard = Heard::kEnd;
    return who.wire->cancel(race.id(), void_because);
  }
  const bool raced_here = who.heard == Heard::kAnnouncement || who.heard == Heard::kStart;
  if (raced_here) say_end(race, who);  // its turn for that had not come yet
  const stratum::Verdict verdict = race.verdict(who);
  who.wire->verdict(verdict);
  who.wire->result(race.result(who.account));
  if (first) judge(verdict, who, now);
}

/// Whoever sends a repeat after the result waits for it, which everybody else was told, or is
/// being told.
void Pool::tell_late_comer(Connection& from, const std::string& sprint, base::UnixTime now) {
  Race* past = find(past_, sprint);
  if (past == nullptr || past->cancelled() || !past->result_said) return;
  const auto who = past->participants.find(from.session->id);
  if (who == past->participants.end() || who->second.told) return;
  if (!past->saying_result) {
    who->second.told = who->second.told_here = true;
    return answer(from.id, 0, [result = past->result(from.session->hash)](stratum::MinerEnd& wire) {
      wire.result(result);
    });
  }
  outbox_.say(0, [this, number = past->sprint().number, session = from.session->id, now] {
    const auto race = past_.find(number);
    if (race == past_.end()) return;
    const auto late = race->second.participants.find(session);
    if (late == race->second.participants.end()) return;
    if (is_connected(late->second) && !late->second.told) {
      tell_result(race->second, late->second, {}, now);
    }
  });
}

void Pool::tell_all_of(std::uint64_t number, base::UnixTime now) {
  news_.add([this, number, now, walk = Walk<decltype(sessions_)>()](auto& left) mutable {
    return walk.on(sessions_, left, [&](auto& entry) {
      tell(entry.second, number, now);
      return entry.second.wire != nullptr;
    });
  });
}

void Pool::tell_start(std::uint64_t number) {
  Race* begun = find(number);
  if (begun == nullptr) return;
  // From here on `tell` says it to who comes; who was told nothing yet is told both by that.
  begun->start_said = true;
  news_.add([this, number, walk = Walk<decltype(Race::participants)>()](auto& left) mutable {
    Race* race = find(number);
    if (race == nullptr) return true;
    return walk.on(race->participants, left, [&](auto& entry) {
      Participant& who = entry.second;
      if (!is_connected(who) || who.heard != Heard::kAnnouncement) return false;
      say_start(*race, who);
      return true;
    });
  });
}

void Pool::tell_end(std::uint64_t number) {
  ending_.insert(number);
  results_.add([this, number, walk = Walk<decltype(Race::participants)>()](auto& left) mutable {
    Race* race = find(number);
    const bool all = race == nullptr || walk.on(race->participants, left, [&](auto& entry) {
      return say_end_if_due(*race, entry.second);
    });
    if (all) ending_.erase(number);
    return all;
  });
}

/// For the difficulties that its devices begin their next sprints with.
void Pool::note_rates(const Race& race, const Participant& who) {
  auto rates = race.rates(who);
  if (!rates.empty()) sessions_.at(who.session).rates = std::move(rates);
}

/// Verdict and result, or that it is void. Then who came for nothing is forgotten.
void Pool::tell_result(std::uint64_t number, const std::string& void_because, base::UnixTime now) {
  const auto found = past_.find(number);
  if (found == past_.end()) return;
  found->second.result_said = true;
  found->second.saying_result = true;
  Broadcasts& among = void_because.empty() ? results_ : news_;
  among.add([this, number, now, why = void_because,
             walk = Walk<decltype(Race::participants)>()](auto& left) mutable {
    Race* race = find(number);
    if (race == nullptr) return true;
    const bool all = walk.on(race->participants, left, [&](auto& entry) {
      const auto& [session, who] = entry;
      const bool tells = is_connected(who) && !who.told;
      const bool raced = !race->cancelled() && !who.shares.empty();
      if (raced) note_rates(*race, who);
      if (tells) tell_result(*race, entry.second, why, now);
      if (!race->cancelled() && !raced) drop_participant(*race, session);
      return tells || raced;
    });
    race->saying_result = !all;
    return all;
  });
}

}  // namespace pool
