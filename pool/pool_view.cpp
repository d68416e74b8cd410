#include "pool/pool_view.h"

#include <algorithm>
#include <map>
#include <utility>

#include "pool/pool.h"

namespace pool {
namespace {

using State = SprintView::State;

State state_of(const Race& race) {
  if (race.phase() == Race::Phase::kAnnounced) return State::kAnnounced;
  if (race.phase() == Race::Phase::kRunning) {
    return race.start_said ? State::kRunning : State::kAnnounced;
  }
  if (race.phase() == Race::Phase::kEnded || !race.result_said) return State::kVerifying;
  return race.cancelled() ? State::kCancelled : State::kCredited;
}

SprintView view_of(const Race& race) {
  const ShareBook& book = race.book();
  SprintView view{.id = race.id(),
                  .state = state_of(race),
                  .t0 = race.sprint().start.t0,
                  .t_end = race.sprint().start.t_end,
                  .waiting = book.count(Share::State::kStored),
                  .verified = book.count(Share::State::kVerified),
                  .wrong = book.count(Share::State::kWrong),
                  .withdrawn = book.count(Share::State::kWithdrawn)};
  if (view.state != State::kCredited) return view;
  const stratum::SprintResult result = race.result({});
  view.credit = result.total;
  view.root = result.root;
  view.accounts = race.credited_accounts();
  return view;
}

}  // namespace

std::string_view word_of(State state) {
  static constexpr std::string_view kWords[] = {"announced", "running", "verifying", "credited",
                                                "cancelled"};
  return kWords[static_cast<std::size_t>(state)];
}

/// Who is connected, and with what.
void Pool::view_miners(PoolView& view) const {
  std::vector<const base::Bytes32*> accounts;
  for (const auto& [id, session] : sessions_) {
    if (session.account.empty()) continue;
    if (session.wire == nullptr) {
      ++view.away;
    } else {
      accounts.push_back(&session.hash);
    }
  }
  view.sessions = accounts.size();
  view.strangers = connections_.size() - std::min(connections_.size(), view.sessions);
  const auto less = [](const auto* a, const auto* b) { return *a < *b; };
  const auto same = [](const auto* a, const auto* b) { return *a == *b; };
  std::sort(accounts.begin(), accounts.end(), less);
  const auto distinct = std::unique(accounts.begin(), accounts.end(), same);
  view.accounts = static_cast<std::size_t>(distinct - accounts.begin());
  std::map<SessionId, std::size_t> devices;  // the most of them in one sprint
  for (const auto& [number, race] : races_) {
    for (const auto& [id, who] : race.participants) {
      if (who.wire != nullptr) devices[id] = std::max(devices[id], who.devices.size());
    }
  }
  for (const auto& [id, count] : devices) view.devices += count;
}

PoolView Pool::view(base::UnixTime now) const {
  owner_.assert_here();
  PoolView view;
  view.now = now;
  view.name = config_.name;
  view.profile = config_.profile;
  view.sprint_length = config_.sprint_length;
  view.gap = config_.gap;
  view.rewards = config_.rewards;
  view.waiting = outbox_.waiting();
  view_miners(view);
  for (const auto& [number, race] : races_) {
    view.open.push_back(view_of(race));
    for (const auto& [id, who] : race.participants) {
      if (who.ready && who.wire != nullptr) ++view.open.back().ready;
    }
  }
  for (auto at = past_.rbegin(); at != past_.rend(); ++at) {
    if (view.ended.size() >= PoolView::kMostEnded) break;
    SprintView sprint = view_of(at->second);
    if (sprint.state == State::kVerifying) {
      view.open.insert(view.open.begin(), std::move(sprint));
    } else {
      view.ended.push_back(std::move(sprint));
    }
  }
  return view;
}

AccountView Pool::view(const base::Bytes32& account) const {
  owner_.assert_here();
  AccountView view;
  std::map<SessionId, std::size_t> devices;
  for (const auto& [number, race] : races_) {
    for (const auto& [id, who] : race.participants) {
      if (who.account != account) continue;
      view.shares += who.shares.size();
      if (who.wire != nullptr) devices[id] = std::max(devices[id], who.devices.size());
    }
  }
  view.sessions = devices.size();
  for (const auto& [id, count] : devices) view.devices += count;
  std::size_t looked_at = 0;
  for (auto at = past_.rbegin(); at != past_.rend(); ++at) {
    if (++looked_at > AccountView::kSprints) break;
    const Race& race = at->second;
    if (race.cancelled() || !race.result_said) continue;
    const stratum::SprintResult result = race.result(account);
    if (result.credit == 0) continue;
    view.earned.push_back({race.id(), race.sprint().start.t_end, result.credit, result.total});
  }
  return view;
}

}  // namespace pool
