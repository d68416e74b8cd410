#include "pool/web/status_json.h"

#include <algorithm>
#include <limits>

#include "stratum/json.h"

namespace pool::web {
namespace {

using stratum::json::LineWriter;

constexpr std::size_t kSprintsOfRate = 10;

std::uint64_t whole(double value) {
  constexpr double kMost = 9.0e18;  // of what an integer holds
  return value <= 0 ? 0 : static_cast<std::uint64_t>(std::min(value, kMost));
}

std::uint64_t micros_of(base::Micros time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
}

void add_head(LineWriter& to, const PoolView& view) {
  to.key("pool").text(view.name);
  to.key("now").time(view.now);
  to.key("started").time(view.started);
  to.key("profile").text(poc::to_string(view.profile));
  to.key("mac_per_nonce").integer(view.profile.mac_per_nonce());
  to.key("sprint_us").integer(micros_of(view.sprint_length));
  to.key("gap_us").integer(micros_of(view.gap));
  to.key("reward").begin_object();
  to.key("amount").integer(view.rewards.reward);
  to.key("scheme").text(scheme_word(view.rewards.scheme));
  to.key("window").integer(view.rewards.window);
  to.key("fee_ppm").integer(view.rewards.fee_ppm);
  to.end_object();
}

void add_now(LineWriter& to, const PoolView& view) {
  to.key("miners").begin_object();
  to.key("accounts").integer(view.accounts);
  to.key("sessions").integer(view.sessions);
  to.key("devices").integer(view.devices);
  to.end_object();
  const VerifiedRate rate = verified_rate(view);
  to.key("rate").begin_object();
  to.key("sprints").integer(rate.sprints);
  to.key("nonces_per_1000s").integer(whole(rate.nonces_per_second * 1000));
  to.key("macs_per_second").integer(whole(rate.macs_per_second));
  to.end_object();
}

void add_sprint(LineWriter& to, const SprintView& sprint, bool audits) {
  to.begin_object();
  to.key("sprint").text(sprint.id);
  to.key("state").text(word_of(sprint.state));
  to.key("beacon").text(sprint.beacon);
  to.key("t0").time(sprint.t0);
  to.key("t_end").time(sprint.t_end);
  to.key("ready").integer(sprint.ready);
  to.key("shares").integer(sprint.shares());
  to.key("waiting").integer(sprint.waiting);
  to.key("verified").integer(sprint.verified);
  to.key("wrong").integer(sprint.wrong);
  to.key("withdrawn").integer(sprint.withdrawn);
  to.key("unseen").integer(sprint.unseen);
  to.key("forfeited").integer(sprint.forfeited);
  if (sprint.state == SprintView::State::kCredited) {
    to.key("credit").integer(sprint.credit);
    to.key("accounts").integer(sprint.accounts);
    to.key("root").hash(sprint.root);
    to.key("audit");
    if (audits && has_audit(sprint)) {
      to.text("audits/" + sprint.id);
    } else {
      to.null();
    }
  }
  to.end_object();
}

}  // namespace

VerifiedRate verified_rate(const PoolView& view) {
  VerifiedRate rate;
  double nonces = 0;
  base::Micros time{0};
  for (const SprintView& sprint : view.ended) {
    if (rate.sprints == kSprintsOfRate || sprint.profile != view.profile) break;
    if (sprint.state != SprintView::State::kCredited) continue;
    ++rate.sprints;
    nonces += static_cast<double>(sprint.credit);
    time += sprint.t_end - sprint.t0;
  }
  if (time.count() <= 0) return {};
  rate.nonces_per_second = nonces / base::in_seconds(time);
  rate.macs_per_second = rate.nonces_per_second * static_cast<double>(view.profile.mac_per_nonce());
  return rate;
}

bool has_audit(const SprintView& sprint) {
  return sprint.state == SprintView::State::kCredited && sprint.shares() > 0;
}

std::string status_json(const PoolView& view, bool audits) {
  LineWriter to;
  to.begin_object();
  add_head(to, view);
  add_now(to, view);
  to.key("open").begin_array();
  for (const SprintView& sprint : view.open) add_sprint(to, sprint, audits);
  to.end_array();
  to.key("ended").begin_array();
  for (const SprintView& sprint : view.ended) add_sprint(to, sprint, audits);
  to.end_array();
  return to.end_object().line();
}

std::string account_json(const std::string& account, const AccountView& view) {
  LineWriter to;
  to.begin_object();
  to.key("account").text(account);
  to.key("sessions").integer(view.sessions);
  to.key("devices").integer(view.devices);
  to.key("shares").integer(view.shares);
  to.key("earned").begin_array();
  for (const AccountView::Earned& earned : view.earned) {
    to.begin_object();
    to.key("sprint").text(earned.sprint);
    to.key("t_end").time(earned.t_end);
    to.key("credit").integer(earned.credit);
    to.key("total").integer(earned.total);
    to.end_object();
  }
  to.end_array();
  return to.end_object().line();
}

}  // namespace pool::web
