#include "miner/share_desk.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "poc/keys.h"
#include "poc/target.h"

namespace miner {
namespace {

constexpr auto kRetryAtLeast = std::chrono::milliseconds(200);

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
      log_(sink, "shares") {}

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
  book.pool = pool;
  ++book.found;
  if (!book.nonces.insert(candidate.candidate.nonce).second) {
    ++counts_.duplicate;
    return;
  }
  Share share;
  share.id = ++last_id_;
  share.device = device;
  share.claim = {candidate.lease.id, candidate.candidate.nonce, candidate.candidate.digest};
  share.difficulty = candidate.lease.difficulty;
  ++counts_.pending;
  Share& kept = book.open.emplace(share.id, share).first->second;
  if (!plausible(candidate)) {
    ports_.wrong_digest(device, "a nonce whose ticket misses the target");
    decide(book, share.id, &ShareCounts::hardware_error);
    return;
  }
  if (session_pool_ == book.pool) send(book, kept);
  start_recheck(kept, race);
}

void ShareDesk::found_too_late() {
  owner_.assert_here();
  ++counts_.stale;
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

void ShareDesk::start_recheck(const Share& share, const Race& race) {
  const std::uint32_t every = recheck_every_.at(share.device);
  if (every == 0 || ++since_recheck_[share.device] < every) return;
  since_recheck_[share.device] = 0;
  const RecheckJob job{share.id, race.spec.model, poc::input_key(race.spec, share.claim.nonce),
                       share.claim.digest};
  if (ports_.recheck(job)) checking_[share.id] = race.key;
}

void ShareDesk::rechecked(const RecheckDone& done) {
  owner_.assert_here();
  const auto checking = checking_.find(done.share);
  if (checking == checking_.end()) return;
  const auto book = books_.find(checking->second);
  checking_.erase(checking);
  if (book == books_.end() || !done.right) return;
  const auto share = book->second.open.find(done.share);
  if (share == book->second.open.end()) return;
  if (*done.right) {
    share->second.checked_right = true;
  } else {
    wrong(book->second, share->second);
  }
}

/// Our own re-check says that the device's digest is wrong.
void ShareDesk::wrong(Book& book, Share& share) {
  const std::string nonce = base::to_hex(share.claim.nonce);
  ports_.wrong_digest(share.device, "nonce " + nonce + " has another digest on the CPU");
  if (!share.at_pool) {
    decide(book, share.id, &ShareCounts::hardware_error);
    return;
  }
  if (session_pool_ == book.pool) {
    withdraw(book, share.claim, share.seq);
  } else {
    book.to_withdraw.push_back(share.claim);
  }
  decide(book, share.id, &ShareCounts::withdrawn);
}

/// A share of an earlier session is sent again first: harmless if it is stored, and it gives the
/// share a number of this session to be withdrawn by.
void ShareDesk::withdraw(const Book& book, const stratum::ShareClaim& claim, std::uint64_t seq) {
  if (seq == 0) seq = ports_.submit(book.sprint, claim);
  ports_.withdraw(book.sprint, seq);
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
  log_.warn(fmt::format("{} nonce {} refused, {} {}", sprint, base::to_hex(share->claim.nonce),
                        static_cast<int>(error->code), error->text));
  decide(*book, share->id, fate_of(error->code));
}

void ShareDesk::judged(const stratum::Verdict& verdict) {
  owner_.assert_here();
  Book* book = book_of(verdict.sprint);
  if (book == nullptr) return;
  for (const stratum::VoidShare& voided : verdict.voided) {
    Share* share = by_seq(*book, voided.seq);
    if (share == nullptr) continue;
    log_.warn(fmt::format("{} nonce {} is void, {} {}{}", verdict.sprint,
                          base::to_hex(share->claim.nonce), static_cast<int>(voided.code),
                          voided.text,
                          share->checked_right ? " (but our own re-check says it is right)" : ""));
    if (voided.code == stratum::Code::kWrongDigest && !share->checked_right) {
      ports_.wrong_digest(share->device, "the pool found a wrong digest");
    }
    decide(*book, share->id, fate_of(voided.code));
  }
}

void ShareDesk::credited(const stratum::SprintResult& result) {
  owner_.assert_here();
  Book* book = book_of(result.sprint);
  credit_ += result.credit;
  if (book == nullptr) return;
  decide_all(*book, &ShareCounts::accepted, &ShareCounts::lost);
  if (result.credit < book->accepted_difficulty) {
    log_.warn(fmt::format("{}: the pool credits {} nonces, our accepted shares stand for {}",
                          result.sprint, result.credit, book->accepted_difficulty));
  }
}

void ShareDesk::cancelled(const std::string& sprint) {
  owner_.assert_here();
  if (Book* book = book_of(sprint)) {
    decide_all(*book, &ShareCounts::rejected, &ShareCounts::rejected);
  }
}

void ShareDesk::give_up(SprintKey sprint) {
  owner_.assert_here();
  const auto book = books_.find(sprint);
  if (book == books_.end()) return;
  decide_all(book->second, &ShareCounts::lost, &ShareCounts::lost);
  books_.erase(book);
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

std::uint64_t ShareDesk::found_in(SprintKey sprint) const {
  const auto book = books_.find(sprint);
  return book == books_.end() ? 0 : book->second.found;
}

std::size_t ShareDesk::unsent() const {
  std::size_t count = 0;
  for (const auto& [key, book] : books_) {
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
  if (fate == &ShareCounts::accepted) book.accepted_difficulty += share->second.difficulty;
  book.open.erase(share);
  checking_.erase(id);
  --counts_.pending;
  ++(counts_.*fate);
}

void ShareDesk::decide_all(Book& book, Fate stored, Fate rest) {
  while (!book.open.empty()) {
    const Share& share = book.open.begin()->second;
    decide(book, share.id, share.state == State::kStored ? stored : rest);
  }
}

}  // namespace miner
