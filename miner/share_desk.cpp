#include "miner/share_desk.h"

#include <algorithm>
#include <utility>

#include "poc/keys.h"
#include "poc/target.h"

namespace miner {
namespace {

constexpr auto kKeptWithin = std::chrono::milliseconds(50);
constexpr SprintKey kFirstLeft = SprintKey{1} << 63;  // keys of books of earlier runs

}  // namespace

ShareDesk::ShareDesk(DeskPorts& ports, std::vector<std::uint32_t> recheck_every,
                     base::LogSink& sink)
    : ports_(ports),
      recheck_every_(std::move(recheck_every)),
      since_recheck_(recheck_every_.size(), 0),
      log_(sink, "shares"),
      counts_(recheck_every_.size()) {}

void ShareDesk::set_recheck_every(std::vector<std::uint32_t> every) {
  owner_.assert_here();
  CHECK(every.size() == recheck_every_.size());
  recheck_every_ = std::move(every);
}

void ShareDesk::found(std::uint32_t device, const CandidateFound& candidate, std::size_t pool,
                      base::SteadyTime now) {
  owner_.assert_here();
  const Race& race = *candidate.race;
  Book& book = books_[race.key];
  book.sprint = race.sprint;
  book.race = candidate.race;
  book.pool = pool;
  ++book.found;
  if (!book.nonces.insert(candidate.candidate.nonce).second) {
    ++counts_.at(device).duplicate;
    return;
  }
  Share share;
  share.id = ++last_id_;
  share.device = device;
  share.claim = {candidate.lease.id, candidate.candidate.nonce, candidate.candidate.digest};
  share.difficulty = candidate.lease.difficulty;
  share.found_at = candidate.at;
  ++counts_.at(device).pending;
  Share& open = book.open.emplace(share.id, share).first->second;
  if (!plausible(candidate)) {
    ports_.wrong_digest(device, "a nonce whose ticket misses the target");
    decide(book, share.id, &ShareCounts::hardware_error);
    return;
  }
  keep(book, open, now);
  sample(open, race);
}

/// To the disk first: what is sent must be known after a crash.
void ShareDesk::keep(Book& book, Share& share, base::SteadyTime now) {
  share.spool = ports_.keep(book.pool, book.race->key, share.claim, share.difficulty);
  if (share.spool != 0) {
    share.state = State::kKeeping;
    keeping_.push_back({share.spool, book.race->key, share.id, now});
  } else if (session_pool_ == book.pool) {
    send(book, share);
  }
}

void ShareDesk::kept(SpoolId up_to) {
  owner_.assert_here();
  while (!keeping_.empty() && keeping_.front().spool <= up_to) {
    release(keeping_.front());
    keeping_.pop_front();
  }
}

void ShareDesk::release(const Keeping& keeping) {
  Share* share = open_share(keeping.key, keeping.id);
  if (share == nullptr || share->state != State::kKeeping) return;
  share->state = State::kQueued;
  Book& book = books_.at(keeping.key);
  if (session_pool_ == book.pool) send(book, *share);
}

void ShareDesk::left(std::size_t pool, SpoolId id, const SpooledShare& share,
                     base::SteadyTime t_end) {
  owner_.assert_here();
  const auto same = [&](const auto& entry) {
    const Book& book = entry.second;
    return book.race == nullptr && book.pool == pool && book.sprint == share.sprint;
  };
  auto found = std::find_if(books_.begin(), books_.end(), same);
  if (found == books_.end()) found = books_.emplace(kFirstLeft + last_left_++, Book{}).first;
  Book& book = found->second;
  book.sprint = share.sprint;
  book.pool = pool;
  book.t_end = t_end;
  if (!book.nonces.insert(share.claim.nonce).second) return ports_.settled(pool, id);
  ++book.found;
  Share open;
  open.id = ++last_id_;
  open.claim = share.claim;
  open.difficulty = share.difficulty;
  open.spool = id;
  open.at_pool = open.unsure = true;
  ++left_counts_.pending;
  Share& kept = book.open.emplace(open.id, open).first->second;
  if (session_pool_ == pool) send(book, kept);
}

void ShareDesk::found_too_late(std::uint32_t device) {
  owner_.assert_here();
  ++counts_.at(device).stale;
}

/// What costs one hash to check of a device's claim: its lease and its ticket.
bool ShareDesk::plausible(const CandidateFound& candidate) {
  const std::uint64_t nonce = candidate.candidate.nonce;
  const poc::Ticket ticket =
      poc::make_ticket(poc::input_key(candidate.race->spec, nonce), candidate.candidate.digest);
  const bool good = candidate.lease.contains(nonce) &&
                    poc::Target::from_difficulty(candidate.lease.difficulty).met_by(ticket);
  if (good) best_ = std::max(best_, poc::difficulty_of(ticket));
  return good;
}

void ShareDesk::send(Book& book, Share& share) {
  share.retry_at.reset();
  share.state = State::kSent;
  share.at_pool = true;
  share.seq = ports_.submit(book.sprint, share.claim, share.seq);
  book.ids[share.seq] = share.id;
}

void ShareDesk::session_opened(std::size_t pool, bool resumed, base::SteadyTime now) {
  owner_.assert_here();
  session_pool_ = pool;
  session_since_ = now;
  for (auto& [key, book] : books_) {
    if (book.pool != pool) continue;
    for (Share& share : book.to_withdraw) {
      if (!resumed) share.seq = 0;
      withdraw(book, share);
    }
    book.to_withdraw.clear();
    if (!resumed) book.ids.clear();
    for (auto& [id, share] : book.open) {
      if (!resumed) share.seq = 0;
      if (!resumed && share.state == State::kStored) {
        share.state = State::kQueued;
        share.was_stored = true;
      }
      if (share.state == State::kQueued) send(book, share);
    }
  }
}

void ShareDesk::session_lost() {
  owner_.assert_here();
  session_pool_.reset();
  for (auto& [key, book] : books_) {
    for (auto& [id, share] : book.open) {
      if (share.state != State::kSent) continue;
      share.state = State::kQueued;
      share.unsure = true;
    }
  }
}

void ShareDesk::tick(base::SteadyTime now) {
  owner_.assert_here();
  while (!keeping_.empty() && now - keeping_.front().since >= kKeptWithin) {
    release(keeping_.front());  // a disk that hangs holds no share up
    keeping_.pop_front();
  }
  if (!session_pool_) return;
  if (now >= next_retry_) retry(now);
  expire_left(now);
}

/// Sends again what a pool sent back, each in its time.
void ShareDesk::retry(base::SteadyTime now) {
  next_retry_ = base::SteadyTime::max();
  for (auto& [key, book] : books_) {
    if (book.pool != *session_pool_) continue;
    for (auto& [id, share] : book.open) {
      if (share.state != State::kQueued || !share.retry_at) continue;
      if (*share.retry_at <= now) {
        send(book, share);
      } else {
        next_retry_ = std::min(next_retry_, *share.retry_at);
      }
    }
  }
}

ShareCounts ShareDesk::counts() const {
  ShareCounts all = left_counts_;
  for (const ShareCounts& of : counts_) all += of;
  return all;
}

ShareDesk::Yield ShareDesk::yield_of(std::size_t pool) const {
  const auto found = yields_.find(pool);
  return found == yields_.end() ? Yield{} : found->second;
}

std::uint64_t ShareDesk::found_in(SprintKey sprint) const {
  const auto book = books_.find(sprint);
  return book == books_.end() ? 0 : book->second.found;
}

SubmitTimes ShareDesk::times_in(SprintKey sprint) const {
  const auto book = books_.find(sprint);
  return book == books_.end() ? SubmitTimes{} : book->second.times.shown();
}

std::size_t ShareDesk::unsent(std::size_t pool) const {
  std::size_t count = 0;
  for (const auto& [key, book] : books_) {
    if (book.pool != pool || book.given_up) continue;
    count += static_cast<std::size_t>(
        std::count_if(book.open.begin(), book.open.end(),
                      [](const auto& entry) { return entry.second.state != State::kStored; }));
  }
  return count;
}

/// Of the session's pool. An earlier run may have raced the same sprint.
std::vector<ShareDesk::Book*> ShareDesk::books_of(const std::string& sprint) {
  std::vector<Book*> books;
  for (auto& [key, book] : books_) {
    if (book.sprint == sprint && book.pool == session_pool_) books.push_back(&book);
  }
  return books;
}

ShareDesk::Place ShareDesk::by_seq(const std::string& sprint, std::uint64_t seq) {
  if (seq == 0) return {};
  for (Book* book : books_of(sprint)) {
    const auto id = book->ids.find(seq);
    if (id != book->ids.end()) return {book, &book->open.at(id->second)};
  }
  return {};
}

ShareCounts& ShareDesk::counts_for(const Share& share) {
  return share.device ? counts_.at(*share.device) : left_counts_;
}

}  // namespace miner
