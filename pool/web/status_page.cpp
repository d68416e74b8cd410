#include "pool/web/status_page.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "pool/web/assets.h"
#include "pool/web/page_text.h"
#include "pool/web/status_json.h"

namespace pool::web {
namespace {

constexpr std::size_t kRootShown = 12;

std::string percent(double part, double all) {
  return all <= 0 ? "0 %" : fmt::format("{:.2f} %", 100 * part / all);
}

/// What happens next, for whoever has no script that counts down.
std::string headline(const PoolView& view) {
  const auto left = [&](base::UnixTime until) {
    return fmt::format("{:.0f} s", std::max(base::in_seconds(until - view.now), 0.0));
  };
  for (const SprintView& sprint : view.open) {
    if (sprint.state != SprintView::State::kRunning) continue;
    return fmt::format("Sprint {} is running: {} left", escaped(sprint.id), left(sprint.t_end));
  }
  for (const SprintView& sprint : view.open) {
    if (sprint.state != SprintView::State::kAnnounced) continue;
    if (sprint.waits_for_beacon(view.now)) {
      return fmt::format("Sprint {} waits for its beacon, {}", escaped(sprint.id),
                         escaped(sprint.beacon));
    }
    return fmt::format("Sprint {} starts in {}", escaped(sprint.id), left(sprint.t0));
  }
  return "No sprint is announced";
}

std::string open_rows(const PoolView& view) {
  std::string rows;
  for (const SprintView& sprint : view.open) {
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td></tr>\n",
        escaped(sprint.id), word_of(sprint.state), utc(sprint.t0), utc(sprint.t_end), sprint.ready,
        sprint.shares());
  }
  return rows.empty() ? "<tr><td colspan=\"6\">none</td></tr>\n" : rows;
}

std::string ended_rows(const PoolView& view, bool audits) {
  std::string rows;
  for (const SprintView& sprint : view.ended) {
    const bool credited = sprint.state == SprintView::State::kCredited;
    const std::string root = credited && sprint.verified > 0 ? base::to_hex(sprint.root) : "";
    std::string audit;
    if (audits && has_audit(sprint)) {
      audit = fmt::format("<a href=\"audits/{}\">audit</a>", escaped(sprint.id));
    }
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td><td><code title=\"{}\">{}</code></td>"
        "<td>{}</td></tr>\n",
        escaped(sprint.id), word_of(sprint.state), utc(sprint.t_end), sprint.shares(),
        sprint.verified, sprint.wrong + sprint.withdrawn, sprint.credit, root,
        root.substr(0, kRootShown), audit);
  }
  return rows.empty() ? "<tr><td colspan=\"9\">none yet</td></tr>\n" : rows;
}

std::string reward_words(const RewardConfig& rewards) {
  if (rewards.reward == 0) return "no reward is distributed";
  const std::string window =
      rewards.scheme == Scheme::kPplns ? fmt::format(" over {} sprints", rewards.window) : "";
  return fmt::format("{} a sprint, {}{}, fee {:g} %", rewards.reward, scheme_word(rewards.scheme),
                     window, static_cast<double>(rewards.fee_ppm) / 10'000);
}

std::string earned_rows(const AccountView& view) {
  std::string rows;
  for (const AccountView::Earned& earned : view.earned) {
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        escaped(earned.sprint), utc(earned.t_end), earned.credit,
        percent(static_cast<double>(earned.credit), static_cast<double>(earned.total)));
  }
  return rows.empty() ? "<tr><td colspan=\"4\">none</td></tr>\n" : rows;
}

}  // namespace

std::string status_page(const PoolView& view, bool audits) {
  const VerifiedRate rate = verified_rate(view);
  const bool known = rate.sprints != 0;
  return filled(
      asset("status.html"),
      {{"pool", escaped(view.name)},
       {"headline", headline(view)},
       {"accounts", fmt::format("{}", view.accounts)},
       {"sessions", fmt::format("{}", view.sessions)},
       {"devices", fmt::format("{}", view.devices)},
       {"nonces", known ? with_prefix(rate.nonces_per_second, "nonces/s") : "not known yet"},
       {"macs", known ? with_prefix(rate.macs_per_second, "MAC/s") : "not known yet"},
       {"profile", escaped(poc::to_string(view.profile))},
       {"length", fmt::format("{:g} s", base::in_seconds(view.sprint_length))},
       {"gap", fmt::format("{:g} s", base::in_seconds(view.gap))},
       {"reward", reward_words(view.rewards)},
       {"open", open_rows(view)},
       {"ended", ended_rows(view, audits)},
       {"shown", utc(view.now)}});
}

std::string account_page(const std::string& account, const AccountView& view) {
  return filled(asset("account.html"), {{"account", escaped(account)},
                                        {"sessions", fmt::format("{}", view.sessions)},
                                        {"devices", fmt::format("{}", view.devices)},
                                        {"shares", fmt::format("{}", view.shares)},
                                        {"earned", earned_rows(view)}});
}

}  // namespace pool::web
