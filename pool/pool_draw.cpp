// The sample of a sprint's shares that is recomputed: when it is drawn, and what it means.
#include <utility>

#include "pool/pool.h"
#include "pool/reward_split.h"

namespace pool {
namespace {

// A start may slip after the announcement, which names the value of the draw: by a second where the
// machine was slow, by a few where its own beacon is.
constexpr base::Micros kDrawSlack = std::chrono::seconds(5);
constexpr base::Micros kDrawWait = std::chrono::seconds(60);

/// When the value that was announced for a draw is published, at the earliest.
base::UnixTime draw_time(const Config& config, const Sprint& sprint) {
  return sprint.announcement.t_end + config.withdraw_grace + kDrawSlack;
}

bool has_draw_beacon(const Sprint& sprint) {
  return sprint.announcement.draw->beacon != kNoBeacon;
}

}  // namespace

/// False where the sprint cannot be announced: nobody can say yet what its draw is made of.
bool Pool::promise_draw(Sprint& sprint) {
  if (!trust_) return true;
  std::optional<std::string> name(kNoBeacon);
  if (beacon_ != nullptr) {
    name = beacon_->name(sprint.number, BeaconUse::kDraw, draw_time(config_, sprint));
  }
  return name && add_draw(sprint, std::move(*name), random_).ok();
}

/// Once its race is over.
void Pool::want_draw(const Race& race) {
  const Sprint& sprint = race.sprint();
  if (!trust_ || !race.awaits_draw() || sprint.draw->value || beacon_ == nullptr ||
      !has_draw_beacon(sprint)) {
    return;
  }
  const base::UnixTime at = draw_time(config_, sprint);
  beacon_->want(sprint.number, BeaconUse::kDraw, sprint.announcement.draw->beacon, at,
                at + kDrawWait);
}

void Pool::on_draw(const BeaconValue& value, base::UnixTime now) {
  const auto race = races_.find(value.sprint);
  if (race == races_.end() || !race->second.awaits_draw()) return;
  if (race->second.sprint().announcement.draw->beacon != value.name) return;
  draw_values_[value.sprint] = value.value;
  tick(now);
}

/// The value, where it is known or needs no beacon.
std::optional<std::string> Pool::draw_value(const Race& race) const {
  const Sprint& sprint = race.sprint();
  if (sprint.draw->value) return sprint.draw->value;  // drawn before a restart
  if (!has_draw_beacon(sprint)) return std::string(kNoBeacon);
  const auto told = draw_values_.find(sprint.number);
  return told == draw_values_.end() ? std::nullopt : std::optional(told->second);
}

/// An account's stake is what the sprints before left of it: they come first.
void Pool::draw_if_due(Race& race, base::UnixTime now) {
  if (race.awaits_more_draws()) return race.draw_more(rates());
  if (race.phase() != Race::Phase::kEnded || !race.awaits_draw()) return;
  if (!trust_) return draw_all(race, "the pool recomputes every share now");
  if (!is_first(race) || now < race.last_word()) return;
  const Sprint& sprint = race.sprint();
  const base::UnixTime published = draw_time(config_, sprint);
  if (has_draw_beacon(sprint) && published < race.last_word()) {
    return draw_all(race, "its beacon's value was published before the last share could come");
  }
  if (const auto value = draw_value(race)) return draw(race, *value);
  if (now >= published + kDrawWait) draw_all(race, "its beacon's value did not come");
}

Race::RateOf Pool::rates() const {
  return [this](const std::string& account, std::uint64_t largest, std::uint64_t claimed) {
    // Without the fee a share is worth less.
    return trust_->rate(account, worth_of_largest(config_.rewards.reward, claimed, largest));
  };
}

void Pool::draw(Race& race, const std::string& value) {
  race.draw(value, rates());
  write(record::Drawn{race.sprint().number, value});
}

void Pool::draw_all(Race& race, std::string_view because) {
  if (race.sprint().draw->value) write(record::Drawn{race.sprint().number, {}});  // not by it
  race.draw_all();
  draw_values_.erase(race.sprint().number);
  if (race.book().size() == 0) return;
  log_.warn("no sample is drawn, every share is recomputed",
            {{"sprint", race.id()}, {"reason", because}});
}

/// When `draw_if_due` has something to do if nothing else happens.
std::optional<base::UnixTime> Pool::draw_due(const Race& race) const {
  if (race.phase() != Race::Phase::kEnded || !race.awaits_draw() || !is_first(race)) {
    return std::nullopt;
  }
  if (!trust_) return base::UnixTime{};
  const bool can_be = draw_value(race) || draw_time(config_, race.sprint()) < race.last_word();
  return can_be ? race.last_word()
                : std::max(race.last_word(), draw_time(config_, race.sprint()) + kDrawWait);
}

/// Who is to be recomputed whole need not wait for the draw.
Race::Check Pool::check_of(const Race& race, const Session& session) const {
  const bool waits =
      race.sprint().draw && trust_ && trust_->standing(session.account) != Standing::kNew;
  return waits ? Race::Check::kWhenDrawn : Race::Check::kNow;
}

/// What a sprint's result means for the ledger and, where the pool samples, for each account.
record::Settled Pool::settle(Race& race, base::UnixTime now) {
  const FindingsByAccount findings = trust_ ? race.findings() : FindingsByAccount();
  record::Settled settled = race.settlement(config_.rewards, now);
  if (!trust_) return settled;
  const auto divided = split(config_.rewards.reward, config_.rewards.fee_ppm, settled.credits);
  settled.judged =
      trust_->judge(race.sprint().number, divided ? divided->amounts : Weights(), findings);
  return settled;
}

}  // namespace pool
