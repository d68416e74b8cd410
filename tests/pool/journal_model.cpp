#include <algorithm>
#include <set>

#include "tests/pool/journal_rig.h"

namespace tests {
namespace {

using pool::Saved;
namespace record = pool::record;

/// One overload a kind of record, as the header says what it means.
struct Application {
  std::map<std::uint64_t, Saved::Race>& races;
  std::map<pool::SessionId, record::Joined>& sessions;
  std::uint64_t& last_sprint;

  Saved::Race* race(std::uint64_t sprint) const {
    const auto found = races.find(sprint);
    return found == races.end() ? nullptr : &found->second;
  }

  void operator()(const record::Announced& one) const {
    races[one.sprint.number].sprint = one.sprint;
    last_sprint = std::max(last_sprint, one.sprint.number);
  }
  void operator()(const record::Started& one) const {
    Saved::Race* of = race(one.sprint);
    if (of == nullptr) return;
    of->started = true;
    of->sprint.start.t0 = one.t0;
    of->sprint.start.t_end = one.t_end;
    if (!one.drawn) return;
    of->sprint.start.beacon = one.drawn->value;
    of->sprint.start.start_seed = one.drawn->start_seed;
  }
  void operator()(const record::Drawn& one) const {
    Saved::Race* of = race(one.sprint);
    if (of == nullptr || !of->sprint.draw) return;
    of->sprint.draw->value = one.value.empty() ? std::nullopt : std::optional(one.value);
  }
  void operator()(const record::Closed& one) const {
    Saved::Race* of = race(one.sprint);
    if (of == nullptr) return;
    of->closed = true;
    of->cancelled = one.cancelled;
    for (Saved::StoredShare& share : of->shares) {
      const bool passes = one.unseen && share.state == pool::Share::State::kStored;
      if (passes) share.state = pool::Share::State::kUnseen;
    }
  }
  void operator()(const record::Joined& one) const { sessions[one.session] = one; }
  void operator()(const record::Resumed& one) const {
    if (sessions.contains(one.session)) sessions[one.session].generation = one.generation;
  }
  void operator()(const record::Granted& one) const {
    if (Saved::Race* of = race(one.sprint)) of->leases.push_back({one.session, one.lease});
  }
  void operator()(const record::Stored& one) const {
    if (Saved::Race* of = race(one.sprint)) of->shares.push_back({one, {}});
  }
  void operator()(const record::Repeated& one) const {
    if (Saved::Race* of = race(one.sprint)) of->repeats.push_back(one);
  }
  void operator()(const record::Decided& one) const {
    Saved::Race* of = race(one.sprint);
    if (of == nullptr) return;
    const auto last =
        std::find_if(of->shares.rbegin(), of->shares.rend(), [&](const Saved::StoredShare& share) {
          return share.share.nonce == one.nonce && share.share.digest == one.digest;
        });
    if (last != of->shares.rend()) last->state = one.state;
  }
};

}  // namespace

void JournalModel::apply(const pool::Record& record) {
  std::visit(Application{races_, sessions_, last_sprint_}, record);
}

Saved JournalModel::reopen(base::UnixTime now) {
  std::erase_if(races_, [&](const auto& entry) {
    const Saved::Race& race = entry.second;
    return race.closed && race.sprint.start.t_end < now - std::chrono::hours(24);
  });
  std::set<pool::SessionId> named;
  Saved saved;
  for (const auto& [number, race] : races_) {
    saved.races.push_back(race);
    auto& leases = saved.races.back().leases;
    std::sort(leases.begin(), leases.end(),
              [](const auto& a, const auto& b) { return a.lease.id < b.lease.id; });
    for (const auto& one : race.leases) named.insert(one.session);
    for (const auto& one : race.shares) named.insert(one.share.session);
    for (const auto& one : race.repeats) named.insert(one.session);
  }
  std::erase_if(sessions_, [&](const auto& entry) { return !named.contains(entry.first); });
  for (const auto& [id, session] : sessions_) saved.sessions.push_back(session);
  saved.last_sprint = last_sprint_;
  saved.key = key;
  return saved;
}

}  // namespace tests
