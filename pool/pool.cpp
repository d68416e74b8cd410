#include "pool/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"

namespace pool {
namespace {

using Phase = Race::Phase;
using State = Share::State;

constexpr base::Micros kPastKept = std::chrono::hours(24);
constexpr std::size_t kMaxPast = 5000;  // sprints, however short

using base::in_seconds;

/// How many shares came to this state, where a sample was recomputed.
std::optional<std::uint64_t> sampled(const Race& race, State state) {
  const std::uint64_t count = race.book().count(state);
  return race.sprint().draw ? std::optional(count) : std::nullopt;
}

}  // namespace

Pool::Pool(const Config& config, Ports ports, const Saved& saved, base::UnixTime now)
    : config_(config),
      checker_(ports.checker),
      journal_(ports.journal),
      random_(std::move(ports.random)),
      audits_(ports.audits),
      statistics_(ports.statistics),
      beacon_(ports.beacon),
      log_(ports.sink, "pool"),
      mint_(saved.key) {
  if (config_.sampling) {
    const auto rule = ForfeitRule::create(config_.sampling->forfeits);
    CHECK(rule.ok() && config_.rewards.scheme == Scheme::kProportional);
    trust_.emplace(config_.sampling->standings, *rule, saved.known);
  }
  restore(saved, now);
}

void Pool::tick(base::UnixTime now) {
  owner_.assert_here();
  while (const auto step = schedule_->next(now, ready())) {
    if (step->kind == Step::Kind::kAnnounce) announce(step->slot, now);
    const auto race = races_.find(step->slot.number);
    if (race == races_.end()) continue;  // it could not be made
    if (step->kind == Step::Kind::kStart) start(race->second, step->slot);
    if (step->kind == Step::Kind::kEnd) end(race->second);
    if (step->kind == Step::Kind::kCancel) cancel(into_past(race), "its beacon did not come", now);
  }
  for (auto at = races_.begin(); at != races_.end();) {
    const auto entry = at++;
    Race& race = entry->second;
    draw_if_due(race, now);
    race.feed(checker_, now);
    adjust(race, now);
    const auto settled = may_settle(race) ? race.settled_at() : std::nullopt;
    if (settled && now >= *settled) {
      if (race.settle_some(kCountedAtOnce)) credit(into_past(entry), now);
    } else if (race.hopeless()) {
      cancel(into_past(entry), "its shares could not be verified", now);
    }
  }
  checker_.look();
  forget_past(now);
  say_some(now);
}

/// A turn of what is said to all.
void Pool::say_some(base::UnixTime now) {
  news_.run(stopping_ ? Broadcasts::kAll : kToldAtOnce);
  if (stopping_) return results_.run(Broadcasts::kAll);
  if (results_.empty() || !news_.empty() || now < say_results_at_) return;
  results_.run(kResultsAtOnce * results_.size());  // the more waits, the faster
  if (!results_.empty()) say_results_at_ = now + kBetweenResults;
}

Race& Pool::into_past(Races::iterator race) {
  draw_values_.erase(race->first);
  return past_.insert(races_.extract(race)).position->second;
}

void Pool::forget_past(base::UnixTime now) {
  for (auto at = past_.upper_bound(told_long_ago_); at != past_.end(); ++at) {
    Race& race = at->second;
    if (now < race.sprint().start.t_end + kToldAgainWithin) break;
    for (auto who = race.participants.begin(); who != race.participants.end();) {
      const auto& [session, participant] = *who++;
      if (participant.told) drop_participant(race, session);
    }
    race.drop_proofs();
    told_long_ago_ = at->first;
  }
  while (!past_.empty() && (past_.begin()->second.sprint().start.t_end + kPastKept < now ||
                            past_.size() > kMaxPast)) {
    Race& race = past_.begin()->second;
    while (!race.participants.empty()) drop_participant(race, race.participants.begin()->first);
    past_.erase(past_.begin());
  }
}

std::optional<base::UnixTime> Pool::wake() const {
  if (!news_.empty()) return base::UnixTime{};
  std::optional<base::UnixTime> at = schedule_->wake(ready());
  if (!results_.empty()) at = std::min(at.value_or(say_results_at_), say_results_at_);
  for (const auto& [number, race] : races_) {
    for (const auto& due : {race.wake({!behind(), may_settle(race)}), draw_due(race)}) {
      if (due) at = std::min(at.value_or(*due), *due);
    }
  }
  return at;
}

void Pool::written(std::uint64_t up_to, base::UnixTime now) {
  owner_.assert_here();
  outbox_.written(up_to);
  say_some(now);
}

/// Whether the announced sprint has ready devices, and no connected miner without.
bool Pool::ready() const {
  if (!config_.start_when_ready || races_.empty()) return false;
  const Race& race = races_.rbegin()->second;
  if (race.phase() != Phase::kAnnounced) return false;
  bool any = false;
  for (const auto& [session, participant] : race.participants) {
    if (participant.wire == nullptr) continue;
    if (!participant.ready) return false;
    any = true;
  }
  return any;
}

/// A sprint's id begins with its number.
Race* Pool::find(Races& races, std::string_view sprint) {
  const auto number = base::u64_from_decimal(sprint.substr(0, sprint.find('-')));
  const auto race = races.find(number.value_or(0));
  return race != races.end() && race->second.id() == sprint ? &race->second : nullptr;
}

void Pool::announce(const Slot& slot, base::UnixTime now) {
  const auto beacon = beacon_name(slot);
  if (!beacon) return schedule_->postpone(now);
  auto sprint = make_sprint(config_, slot, random_, *beacon);
  if (!sprint.ok()) {
    return log_.error("sprint left out", {{"number", slot.number}, {"reason", sprint.message()}});
  }
  if (!promise_draw(*sprint)) {
    return log_.error("sprint left out", {{"number", slot.number},
                                          {"reason", "nothing to draw its sample with is known"}});
  }
  const std::uint64_t record = write(record::Announced{*sprint});
  Race& race =
      races_.try_emplace(slot.number, config_, budgets_, std::move(sprint).value()).first->second;
  const bool when_ready = config_.start_when_ready && slot.number == 1;
  log_.info("sprint announced",
            {{"sprint", race.id()},
             {"profile", poc::to_string(config_.profile)},
             {"length_s", in_seconds(slot.t_end - slot.t0)},
             {"beacon", beacon_ == nullptr ? std::nullopt : beacon},
             {"starts", when_ready ? "when the devices are ready"
                                   : fmt::format("in {:.1f} s", in_seconds(slot.t0 - now))}});
  outbox_.say(record, [this, number = slot.number, now] { tell_all_of(number, now); });
  checker_.check(race.sprint().model(), std::nullopt);
  if (race.sprint().has_beacon()) await_beacon(race);
}

void Pool::start(Race& race, const Slot& slot) {
  race.start(slot);
  const stratum::StartNotice& said = race.sprint().start;
  record::Started started{slot.number, slot.t0, slot.t_end};
  if (race.sprint().has_beacon()) started.drawn = {said.beacon, said.start_seed};
  const std::uint64_t record = write(std::move(started));
  std::size_t ready = 0;
  for (const auto& [id, participant] : race.participants) ready += participant.ready ? 1U : 0U;
  log_.info("sprint started", {{"sprint", race.id()},
                               {"left_s", in_seconds(slot.t_end - slot.t0)},
                               {"miners", race.participants.size()},
                               {"ready", ready}});
  outbox_.say(record, [this, number = slot.number] { tell_start(number); });
}

void Pool::end(Race& race) {
  race.end();
  want_draw(race);
  log_.info("sprint ended", {{"sprint", race.id()},
                             {"shares", race.book().size()},
                             {"not_verified_yet", race.book().count(State::kStored)}});
  outbox_.say(0, [this, number = race.sprint().number] { tell_end(number); });
}

void Pool::credit(Race& race, base::UnixTime now) {
  const ShareBook& book = race.book();
  if (audits_ != nullptr && book.size() > 0) {
    audits_->keep(std::make_shared<const AuditRecord>(race.audit()));
  }
  race.close(false);
  count_decided(book);
  const stratum::SprintResult all = race.result({});
  ++summary_.sprints;
  summary_.verified += book.count(State::kVerified);
  summary_.wrong += book.count(State::kWrong);
  summary_.unseen += book.count(State::kUnseen);
  summary_.forfeited += book.count(State::kForfeited);
  summary_.credit += all.total;
  log_.info("sprint verified and credited", {{"sprint", race.id()},
                                             {"right", book.count(State::kVerified)},
                                             {"wrong", book.count(State::kWrong)},
                                             {"withdrawn", book.count(State::kWithdrawn)},
                                             {"unseen", sampled(race, State::kUnseen)},
                                             {"forfeited", sampled(race, State::kForfeited)},
                                             {"credit_nonces", all.total},
                                             {"accounts", race.credited_accounts()},
                                             {"root", base::to_hex(all.root)}});
  if (all.total == 0 && config_.rewards.reward > 0) {
    log_.info("nobody earned anything, the reward is not distributed", {{"sprint", race.id()}});
  }
  const std::uint64_t number = race.sprint().number;
  for (const record::Decided& share : race.forfeited()) write(share);
  record::Closed closed{number, false, settle(race, now), book.count(State::kUnseen) > 0};
  outbox_.say(write(std::move(closed)), [this, number, now] { tell_result(number, {}, now); });
}

void Pool::cancel(Race& race, std::string_view reason, base::UnixTime now) {
  race.close(true);
  count_decided(race.book());
  const base::LogLevel level =
      race.book().size() == 0 ? base::LogLevel::kInfo : base::LogLevel::kWarn;
  const base::LogField fields[] = {{"sprint", race.id()}, {"reason", reason}};
  log_.write(level, "sprint cancelled", fields);
  const std::uint64_t number = race.sprint().number;
  outbox_.say(write(record::Closed{number, true}),
              [this, number, now, why = std::string(reason)] { tell_result(number, why, now); });
}

void Pool::checked(const Checked& answer, base::UnixTime now) {
  owner_.assert_here();
  const auto race = races_.find(answer.jobs.front().sprint);
  if (race == races_.end()) return;  // cancelled meanwhile
  std::vector<record::Decided> decided;
  const bool failed = !race->second.take(answer, now, decided);
  if (failed && std::exchange(verifies_, false)) {
    log_.warn("verification fails, shares wait and are tried again each second",
              {{"sprint", race->second.id()}, {"reason", answer.digests.message()}});
  }
  if (answer.digests.ok() && !std::exchange(verifies_, true)) {
    log_.info("verification works again", {{"sprint", race->second.id()}});
  }
  for (const record::Decided& share : decided) write(share);
  tick(now);
}

void Pool::stop(base::UnixTime now) {
  owner_.assert_here();
  stopping_ = true;
  tick(now);
  for (auto at = races_.begin(); at != races_.end();) {
    const auto entry = at++;
    const bool ended = entry->second.phase() == Phase::kEnded;
    if (ended && entry->second.decided() && may_settle(entry->second)) {
      credit(into_past(entry), now);
    } else if (!config_.goes_on()) {
      cancel(into_past(entry), "the pool stops", now);
    }
  }
  say_some(now);
}

}  // namespace pool
