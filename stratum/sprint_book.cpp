#include "stratum/sprint_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "stratum/sprint_secret.h"

namespace stratum {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr base::Micros kShortestSprint = seconds(1);
constexpr base::Micros kLongestSprint = seconds(3600);
constexpr base::Micros kFurthestAhead = hours(24);

// What a pool can make us remember: sprints that ended without a result, ids, leases of one sprint
// (16 for each of 64 devices), numbers of shares.
constexpr std::size_t kMaxEnded = 64;
constexpr std::size_t kMaxUsedIds = 10'000;
constexpr std::size_t kMaxLeases = 1024;
constexpr std::size_t kMaxCounted = 1024;  // sprints whose shares are numbered

base::Status check_times(base::UnixTime t0, base::UnixTime t_end, base::UnixTime pool_now) {
  if (t_end < t0 + kShortestSprint || t_end > t0 + kLongestSprint) {
    return base::invalid("t_end: not 1 s to 3600 s after t0");
  }
  if (t0 > pool_now + kFurthestAhead) return base::invalid("t0: more than 24 h ahead");
  if (t_end <= pool_now) return base::invalid("t_end: already past");
  return base::Ok{};
}

/// Whether two leases share a nonce: their bases are multiples of their sizes, so the larger then
/// holds the smaller.
bool overlap(const Lease& a, const Lease& b) {
  return a.bits >= b.bits ? a.contains(b.base) : b.contains(a.base);
}

}  // namespace

const SprintBook::Sprint* SprintBook::find(std::string_view sprint) const {
  const auto found = std::find_if(sprints_.begin(), sprints_.end(),
                                  [&](const Sprint& s) { return s.announcement.sprint == sprint; });
  return found == sprints_.end() ? nullptr : &*found;
}

SprintBook::Sprint* SprintBook::find(std::string_view sprint) {
  return const_cast<Sprint*>(std::as_const(*this).find(sprint));
}

std::size_t SprintBook::live(base::UnixTime pool_now) const {
  const auto count = std::count_if(sprints_.begin(), sprints_.end(),
                                   [&](const Sprint& s) { return !s.ended && s.t_end > pool_now; });
  return static_cast<std::size_t>(count);
}

std::optional<base::UnixTime> SprintBook::first_start(base::UnixTime pool_now) const {
  std::optional<base::UnixTime> first;
  for (const Sprint& sprint : sprints_) {
    if (sprint.ended || sprint.reopened || sprint.t_end <= pool_now) continue;
    if (!first || sprint.t0 < *first) first = sprint.t0;
  }
  return first;
}

std::optional<base::UnixTime> SprintBook::last_end() const {
  std::optional<base::UnixTime> last;
  for (const Sprint& sprint : sprints_) {
    if (sprint.ended || sprint.reopened) continue;
    if (!last || sprint.t_end > *last) last = sprint.t_end;
  }
  return last;
}

void SprintBook::reopen() {
  for (Sprint& sprint : sprints_) sprint.reopened = !sprint.ended;
}

/// A sprint of a reopened book, announced again. Its times may be the actual ones by now.
bool SprintBook::goes_on(const Announcement& announcement, base::UnixTime pool_now) {
  Sprint* known = find(announcement.sprint);
  if (known == nullptr || !known->reopened) return false;
  const Announcement& before = known->announcement;
  const bool same = before.model_seed == announcement.model_seed &&
                    before.commitment == announcement.commitment &&
                    before.profile == announcement.profile &&
                    before.identity == announcement.identity && before.pool == announcement.pool &&
                    before.beacon == announcement.beacon && before.draw == announcement.draw;
  if (!same || !check_times(announcement.t0, announcement.t_end, pool_now).ok()) return false;
  known->announcement = announcement;
  known->t0 = announcement.t0;
  known->t_end = announcement.t_end;
  known->started = false;
  known->reopened = false;
  return true;
}

base::Status SprintBook::announce(const Announcement& announcement, base::UnixTime pool_now) {
  if (goes_on(announcement, pool_now)) return base::Ok{};
  if (used_.contains(announcement.sprint)) return base::invalid("its id was used before");
  if (announcement.identity.find(account_) == std::string::npos) {
    return base::invalid("identity: does not contain our account");
  }
  RETURN_IF_ERROR(check_times(announcement.t0, announcement.t_end, pool_now));
  if (live(pool_now) >= kMaxSprintsAnnounced) {
    return base::invalid("more than 4 sprints announced at once");
  }
  mark_used(announcement.sprint);
  Sprint sprint;
  sprint.announcement = announcement;
  sprint.t0 = announcement.t0;
  sprint.t_end = announcement.t_end;
  sprints_.push_back(std::move(sprint));
  drop_oldest_ended();
  return base::Ok{};
}

bool SprintBook::is_repeat(const Announcement& announcement) const {
  const Sprint* known = find(announcement.sprint);
  return known != nullptr && !known->reopened && known->announcement == announcement;
}

void SprintBook::mark_used(const std::string& sprint) {
  used_.insert(sprint);
  used_order_.push_back(sprint);
  if (used_order_.size() <= kMaxUsedIds) return;
  used_.erase(used_order_.front());
  used_order_.pop_front();
}

/// Sprints that never ended but whose time is over count as ended: there are at most 4 others.
void SprintBook::drop_oldest_ended() {
  if (sprints_.size() > kMaxEnded + kMaxSprintsAnnounced) {
    const auto oldest =
        std::find_if(sprints_.begin(), sprints_.end(), [](const Sprint& s) { return s.ended; });
    sprints_.erase(oldest == sprints_.end() ? sprints_.begin() : oldest);
  }
}

bool SprintBook::awaits_start(std::string_view sprint) const {
  const Sprint* known = find(sprint);
  return known != nullptr && !known->started && !known->ended && !known->reopened;
}

base::Status SprintBook::start(const StartNotice& notice, base::UnixTime pool_now) {
  CHECK(awaits_start(notice.sprint));
  Sprint& sprint = *find(notice.sprint);
  const Announcement& announced = sprint.announcement;
  if (commit_to(notice.secret) != announced.commitment) {
    return base::invalid("the secret does not match the commitment");
  }
  if (announced.beacon == "none" && notice.beacon != "none") {
    return base::invalid("a beacon although none was announced");
  }
  if (announced.beacon != "none" && notice.beacon == "none") {
    return base::invalid("no beacon although one was announced");
  }
  if (make_start_seed(announced.pool, announced.sprint, notice.secret, notice.beacon) !=
      notice.start_seed) {
    return base::invalid("the start seed does not follow from the secret and the beacon");
  }
  if (sprint.seed && *sprint.seed != notice.start_seed) {
    return base::invalid("another start seed than before the reconnection");
  }
  if (notice.t_end - notice.t0 != announced.t_end - announced.t0) {
    return base::invalid("not as long as announced");
  }
  RETURN_IF_ERROR(check_times(notice.t0, notice.t_end, pool_now));
  sprint.started = true;
  sprint.seed = notice.start_seed;
  sprint.t0 = notice.t0;
  sprint.t_end = notice.t_end;
  return base::Ok{};
}

bool SprintBook::end(std::string_view sprint) {
  Sprint* known = find(sprint);
  if (known == nullptr || known->ended) return false;
  known->ended = true;
  return true;
}

void SprintBook::forget(std::string_view sprint) {
  std::erase_if(sprints_, [&](const Sprint& s) { return s.announcement.sprint == sprint; });
  std::erase_if(last_seqs_, [&](const auto& entry) { return entry.first == sprint; });
}

std::uint64_t SprintBook::next_seq(const std::string& sprint) {
  const auto counted = std::find_if(last_seqs_.rbegin(), last_seqs_.rend(),
                                    [&](const auto& entry) { return entry.first == sprint; });
  if (counted != last_seqs_.rend()) return ++counted->second;
  if (last_seqs_.size() >= kMaxCounted) last_seqs_.pop_front();
  last_seqs_.emplace_back(sprint, 1);
  return 1;
}

void SprintBook::ask_for(std::string_view sprint, std::span<const std::uint32_t> devices) {
  if (Sprint* known = find(sprint)) known->asked.insert(devices.begin(), devices.end());
}

std::vector<std::uint32_t> SprintBook::asked(std::string_view sprint) const {
  const Sprint* known = find(sprint);
  if (known == nullptr) return {};
  return {known->asked.begin(), known->asked.end()};
}

base::Status SprintBook::add_lease(std::string_view sprint, const Lease& lease,
                                   std::span<const std::uint32_t> devices) {
  Sprint* known = find(sprint);
  CHECK(known != nullptr);
  if (std::find(devices.begin(), devices.end(), lease.device) == devices.end()) {
    return base::invalid("for a device that did not ask");
  }
  for (const Lease& other : known->leases) {
    if (other.id == lease.id) return base::invalid("its number was given before");
    if (overlap(other, lease)) {
      return base::invalid(fmt::format("overlaps lease {}", other.id));
    }
  }
  if (known->leases.size() >= kMaxLeases) return base::invalid("more than 1024 in one sprint");
  known->leases.push_back(lease);
  return base::Ok{};
}

bool SprintBook::has_lease(std::string_view sprint, std::uint64_t lease) const {
  const Sprint* known = find(sprint);
  return known != nullptr && std::any_of(known->leases.begin(), known->leases.end(),
                                         [&](const Lease& l) { return l.id == lease; });
}

}  // namespace stratum
