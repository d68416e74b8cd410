#include "pool/pool_view.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "pool/pool.h"

namespace pool {
namespace {

using Shown = SprintView::State;

Shown state_of(const Race& race) {
  if (race.phase() == Race::Phase::kAnnounced) return Shown::kAnnounced;
  if (race.phase() == Race::Phase::kRunning) {
    return race.start_said ? Shown::kRunning : Shown::kAnnounced;
  }
  if (race.phase() == Race::Phase::kEnded || !race.result_said) return Shown::kVerifying;
  return race.cancelled() ? Shown::kCancelled : Shown::kCredited;
}

SprintView view_of(const Race& race) {
  const ShareBook& book = race.book();
  SprintView view{.id = race.id(),
                  .state = state_of(race),
                  .profile = race.sprint().model().profile,
                  .beacon = race.sprint().announcement.beacon,
                  .t0 = race.sprint().start.t0,
                  .t_end = race.sprint().start.t_end,
                  .waiting = book.count(Share::State::kStored),
                  .verified = book.count(Share::State::kVerified),
                  .wrong = book.count(Share::State::kWrong),
                  .withdrawn = book.count(Share::State::kWithdrawn),
                  .unseen = book.count(Share::State::kUnseen),
                  .forfeited = book.count(Share::State::kForfeited)};
  if (view.state != Shown::kCredited) return view;
  const stratum::SprintResult result = race.result({});
  view.credit = result.total;
  view.root = result.root;
  view.accounts = race.credited_accounts();
  return view;
}

}  // namespace

std::string_view word_of(Shown state) {
  static constexpr std::string_view kWords[] = {"announced", "running", "verifying", "credited",
                                                "cancelled"};
  return kWords[static_cast<std::size_t>(state)];
}

/// Who is connected. Accounts are told apart by 64 bits of their hash: nothing but the count would
/// be wrong by one.
void Pool::view_miners(PoolView& view) const {
  std::vector<std::uint64_t> accounts;
  accounts.reserve(connections_.size());
  for (const auto& [id, session] : sessions_) {
    if (session.account.empty()) continue;
    if (session.wire == nullptr) {
      ++view.away;
    } else {
      std::memcpy(&accounts.emplace_back(), session.hash.data(), sizeof(std::uint64_t));
    }
  }
  view.sessions = accounts.size();
  view.strangers = connections_.size() - std::min(connections_.size(), view.sessions);
  std::sort(accounts.begin(), accounts.end());
  const auto distinct = std::unique(accounts.begin(), accounts.end());
  view.accounts = static_cast<std::size_t>(distinct - accounts.begin());
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
    SprintView& sprint = view.open.emplace_back(view_of(race));
    std::size_t devices = 0;
    for (const auto& [id, who] : race.participants) {
      if (who.wire == nullptr) continue;
      sprint.ready += who.ready ? 1U : 0U;
      devices += who.devices.size();
    }
    view.devices = std::max(view.devices, devices);
  }
  for (auto at = past_.rbegin(); at != past_.rend(); ++at) {
    if (view.ended.size() >= PoolView::kMostEnded) break;
    SprintView sprint = view_of(at->second);
    if (sprint.state == Shown::kVerifying) {
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
  for (const auto& [id, session] : sessions_) {
    view.sessions += session.wire != nullptr && session.hash == account ? 1U : 0U;
  }
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
