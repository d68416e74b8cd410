#include "miner/share_desk.h"

#include <algorithm>
#include <utility>

#include "poc/keys.h"
#include "poc/target.h"

namespace miner {
namespace {

constexpr auto kRetryAtLeast = std::chrono::milliseconds(200);
constexpr std::size_t kGivenUpKept = 64;  // sprints whose result may still come

using Fate = std::uint64_t ShareCounts::*;

/// The fate that a final error of the pool means.
Fate fate_of(stratum::Code code) {
  switch (code) {
    case stratum::Code::kUnknownSprint:
    case stratum::Code::kLate:
      return &ShareCounts::stale;
    case stratum::Code::kDuplicate:
      return &ShareCounts::duplicate;
    default:
      return &ShareCounts::rejected;
  }
}

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

void ShareDesk::found(std::uint32_t device, const CandidateFound& candidate, std::size_t pool) {
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
  ++counts_.at(device).pending;
  Share& kept = book.open.emplace(share.id, share).first->second;
  if (!plausible(candidate)) {
    ports_.wrong_digest(device, "a nonce whose ticket misses the target");
    decide(book, share.id, &ShareCounts::hardware_error);
    return;
  }
  if (session_pool_ == book.pool) send(book, kept);
  sample(kept, race);
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
  share.seq = ports_.submit(book.sprint, share.claim);
}

void ShareDesk::session_opened(std::size_t pool) {
  owner_.assert_here();
  session_pool_ = pool;
  for (auto& [key, book] : books_) {
    if (book.pool != pool) continue;
    for (const auto& claim : std::exchange(book.to_withdraw, {})) withdraw(book, claim, 0);
    for (auto& [id, share] : book.open) {
      if (share.state == State::kQueued) send(book, share);
    }
  }
}

void ShareDesk::session_lost() {
  owner_.assert_here();
  session_pool_.reset();
  for (auto& [key, book] : books_) {
    for (auto& [id, share] : book.open) {
      share.seq = 0;
      if (share.state == State::kSent) share.state = State::kQueued;
    }
  }
}

void ShareDesk::answered(const std::string& sprint, std::uint64_t seq,
                         const std::optional<stratum::WireError>& error, base::SteadyTime now) {
  owner_.assert_here();
  Book* book = book_of(sprint);
  Share* share = book == nullptr ? nullptr : by_seq(*book, seq);
  if (share == nullptr || share->state != State::kSent) return;
  if (!error) {
    share->state = State::kStored;
    return;
  }
  if (!stratum::is_final(error->code)) {
    share->state = State::kQueued;
    share->at_pool = false;
    share->retry_at =
        now + std::max<base::Micros>(std::chrono::milliseconds(error->retry_ms), kRetryAtLeast);
    return;
  }
  log_.warn("share refused", {{"sprint", sprint},
                              {"nonce", base::to_hex(share->claim.nonce)},
                              {"code", static_cast<int>(error->code)},
                              {"reason", error->text}});
  decide(*book, share->id, fate_of(error->code));
}

void ShareDesk::judged(const stratum::Verdict& verdict) {
  owner_.assert_here();
  Book* book = book_of(verdict.sprint);
  if (book == nullptr) return;
  for (const stratum::VoidShare& voided : verdict.voided) {
    Share* share = by_seq(*book, voided.seq);
    if (share == nullptr) continue;
    log_.warn("share void", {{"sprint", verdict.sprint},
                             {"nonce", base::to_hex(share->claim.nonce)},
                             {"code", static_cast<int>(voided.code)},
                             {"reason", voided.text},
                             {"right_by_our_recheck", share->checked_right}});
    if (voided.code == stratum::Code::kWrongDigest && !share->checked_right) {
      check_voided(*share, *book->race);
    }
    decide(*book, share->id, fate_of(voided.code));
  }
  drop_decided();
}

bool ShareDesk::gave_up(const std::string& sprint) {
  owner_.assert_here();
  const Book* book = book_of(sprint);
  return book != nullptr && book->given_up;
}

void ShareDesk::credited(const stratum::SprintResult& result) {
  owner_.assert_here();
  Book* book = book_of(result.sprint);
  credit_ += result.credit;
  if (session_pool_) yields_[*session_pool_].credit += result.credit;
  if (book == nullptr) return;
  decide_all(*book, &ShareCounts::accepted, &ShareCounts::lost);
  if (result.credit < book->accepted_difficulty) {
    log_.warn("the pool credits less than our accepted shares stand for",
              {{"sprint", result.sprint},
               {"credit_nonces", result.credit},
               {"expected_nonces", book->accepted_difficulty}});
  }
  drop_decided();
}

void ShareDesk::cancelled(const std::string& sprint) {
  owner_.assert_here();
  if (Book* book = book_of(sprint)) {
    decide_all(*book, &ShareCounts::rejected, &ShareCounts::rejected);
  }
  drop_decided();
}

void ShareDesk::give_up(SprintKey sprint) {
  owner_.assert_here();
  const auto found = books_.find(sprint);
  if (found == books_.end() || found->second.given_up) return;
  Book& book = found->second;
  for (auto at = book.open.begin(); at != book.open.end();) {
    const Share& share = (at++)->second;
    if (share.state != State::kStored) decide(book, share.id, &ShareCounts::lost);
  }
  for (const auto& [id, share] : book.open) {
    --counts_.at(share.device).pending;
    ++counts_.at(share.device).lost;
  }
  book.given_up = true;
  book.nonces.clear();
  book.to_withdraw.clear();
  drop_decided();
}

/// Drops books of which no more is to come, and the oldest of those that were given up.
void ShareDesk::drop_decided() {
  std::erase_if(
      books_, [](const auto& entry) { return entry.second.given_up && entry.second.open.empty(); });
  const auto given_up = [](const auto& entry) { return entry.second.given_up; };
  const auto count = std::count_if(books_.begin(), books_.end(), given_up);
  if (static_cast<std::size_t>(count) <= kGivenUpKept) return;
  books_.erase(std::find_if(books_.begin(), books_.end(), given_up));
}

void ShareDesk::tick(base::SteadyTime now) {
  owner_.assert_here();
  if (!session_pool_) return;
  for (auto& [key, book] : books_) {
    if (book.pool != *session_pool_) continue;
    for (auto& [id, share] : book.open) {
      if (share.state == State::kQueued && share.retry_at && *share.retry_at <= now) {
        send(book, share);
      }
    }
  }
}

ShareCounts ShareDesk::counts() const {
  ShareCounts all;
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

std::size_t ShareDesk::unsent(std::size_t pool) const {
  std::size_t count = 0;
  for (const auto& [key, book] : books_) {
    if (book.pool != pool) continue;
    count += static_cast<std::size_t>(
        std::count_if(book.open.begin(), book.open.end(),
                      [](const auto& entry) { return entry.second.state != State::kStored; }));
  }
  return count;
}

ShareDesk::Book* ShareDesk::book_of(const std::string& sprint) {
  for (auto at = books_.rbegin(); at != books_.rend(); ++at) {
    if (at->second.sprint == sprint && at->second.pool == session_pool_) return &at->second;
  }
  return nullptr;
}

ShareDesk::Share* ShareDesk::by_seq(Book& book, std::uint64_t seq) {
  const auto found = std::find_if(book.open.begin(), book.open.end(), [&](const auto& entry) {
    return seq != 0 && entry.second.seq == seq;
  });
  return found == book.open.end() ? nullptr : &found->second;
}

void ShareDesk::decide(Book& book, std::uint64_t id, Fate fate) {
  const auto share = book.open.find(id);
  CHECK(share != book.open.end());
  ShareCounts& counts = counts_.at(share->second.device);
  --(book.given_up ? counts.lost : counts.pending);
  ++(counts.*fate);
  if (fate == &ShareCounts::accepted) {
    book.accepted_difficulty += share->second.difficulty;
    ++yields_[book.pool].accepted;
  }
  book.open.erase(share);
}

void ShareDesk::decide_all(Book& book, Fate stored, Fate rest) {
  while (!book.open.empty()) {
    const Share& share = book.open.begin()->second;
    decide(book, share.id, share.state == State::kStored ? stored : rest);
  }
}

}  // namespace miner
