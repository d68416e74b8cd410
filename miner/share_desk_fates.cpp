// The desk's fates: what answers, verdicts and results make of shares, each counted once.
#include <algorithm>

#include "miner/share_desk.h"

namespace miner {
namespace {

constexpr base::Micros kRetryAtLeast = std::chrono::milliseconds(200);
constexpr base::Micros kRetryAtMost = std::chrono::seconds(10);  // a pool must not hold shares off
constexpr std::size_t kGivenUpKept = 64;  // sprints whose result may still come
// From the login, or from T_end, for the answers and the result of what earlier runs left.
constexpr auto kLeftAnsweredWithin = std::chrono::minutes(10);

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

template <class Which>
void ShareDesk::decide_where(Book& book, Fate fate, Which which) {
  for (auto at = book.open.begin(); at != book.open.end();) {
    const Share& share = (at++)->second;
    if (which(share)) decide(book, share.id, fate);
  }
}

void ShareDesk::answered(const std::string& sprint, std::uint64_t seq,
                         const std::optional<stratum::WireError>& error, base::SteadyTime now) {
  owner_.assert_here();
  const auto [book, share] = by_seq(sprint, seq);
  if (share == nullptr || share->state != State::kSent) return;
  note_answer(*book, *share, now);
  if (!error) {
    store(*book, *share);
    return;
  }
  if (!stratum::is_final(error->code)) {
    share->state = State::kQueued;
    share->at_pool = share->unsure;
    share->retry_at = now + std::clamp<base::Micros>(std::chrono::milliseconds(error->retry_ms),
                                                     kRetryAtLeast, kRetryAtMost);
    next_retry_ = std::min(next_retry_, *share->retry_at);
    return;
  }
  log_.warn("share refused", {{"sprint", sprint},
                              {"nonce", base::to_hex(share->claim.nonce)},
                              {"code", static_cast<int>(error->code)},
                              {"reason", error->text}});
  decide(*book, share->id, fate_of(error->code));
  drop_decided();
}

/// The pool has it. Where the result came before this answer it was credited by that.
void ShareDesk::store(Book& book, Share& share) {
  share.state = State::kStored;
  if (!book.credited) return;
  decide(book, share.id, &ShareCounts::accepted);
  drop_decided();
}

void ShareDesk::judged(const stratum::Verdict& verdict) {
  owner_.assert_here();
  for (const stratum::VoidShare& voided : verdict.voided) {
    const auto [book, share] = by_seq(verdict.sprint, voided.seq);
    if (share == nullptr) continue;
    log_.warn("share void", {{"sprint", verdict.sprint},
                             {"nonce", base::to_hex(share->claim.nonce)},
                             {"code", static_cast<int>(voided.code)},
                             {"reason", voided.text},
                             {"right_by_our_recheck", share->checked_right}});
    if (voided.code == stratum::Code::kWrongDigest && !share->checked_right &&
        book->race != nullptr) {
      check_voided(*share, *book->race);
    }
    decide(*book, share->id, fate_of(voided.code));
  }
  drop_decided();
}

bool ShareDesk::awaits(const std::string& sprint) const {
  owner_.assert_here();
  return std::any_of(books_.begin(), books_.end(), [&](const auto& entry) {
    const Book& book = entry.second;
    return book.sprint == sprint && book.pool == session_pool_ &&
           (book.given_up || book.race == nullptr);
  });
}

void ShareDesk::credited(const stratum::SprintResult& result) {
  owner_.assert_here();
  const std::vector<Book*> books = books_of(result.sprint);
  const bool told_before =
      std::any_of(books.begin(), books.end(), [](const Book* book) { return book->credited; });
  if (!told_before) credit_ += result.credit;
  if (!told_before && session_pool_) yields_[*session_pool_].credit += result.credit;
  for (Book* book : books) {
    book->credited = true;
    decide_where(*book, &ShareCounts::accepted,
                 [](const Share& share) { return share.state == State::kStored; });
    decide_where(*book, &ShareCounts::lost, [](const Share& share) { return !share.at_pool; });
    // A race's book with nothing left in it stays until the race is on record.
    if (!book->open.empty() || book->race == nullptr) give_up(*book);
  }
  drop_decided();
}

void ShareDesk::cancelled(const std::string& sprint) {
  owner_.assert_here();
  for (Book* book : books_of(sprint)) {
    decide_where(*book, &ShareCounts::rejected, [](const Share&) { return true; });
    if (book->race == nullptr) book->given_up = true;
  }
  drop_decided();
}

void ShareDesk::give_up(SprintKey sprint) {
  owner_.assert_here();
  const auto found = books_.find(sprint);
  if (found == books_.end()) return;
  give_up(found->second);
  drop_decided();
}

void ShareDesk::give_up(Book& book) {
  if (book.given_up) return;
  decide_where(book, &ShareCounts::lost, [](const Share& share) { return !share.at_pool; });
  for (const auto& [id, share] : book.open) {
    --counts_for(share).pending;
    ++counts_for(share).lost;
  }
  book.given_up = true;
  book.nonces.clear();
  book.to_withdraw.clear();
}

/// Drops books of which no more is to come, and the oldest of those that were given up.
void ShareDesk::drop_decided() {
  std::erase_if(
      books_, [](const auto& entry) { return entry.second.given_up && entry.second.open.empty(); });
  const auto given_up = [](const auto& entry) { return entry.second.given_up; };
  const auto count = std::count_if(books_.begin(), books_.end(), given_up);
  if (static_cast<std::size_t>(count) <= kGivenUpKept) return;
  const auto oldest = std::find_if(books_.begin(), books_.end(), given_up);
  for (const auto& [id, share] : oldest->second.open) {
    if (share.spool != 0) ports_.settled(oldest->second.pool, share.spool);
  }
  books_.erase(oldest);
}

/// What earlier runs left has no record that would give it up.
void ShareDesk::expire_left(base::SteadyTime now) {
  for (auto& [key, book] : books_) {
    if (book.race != nullptr || book.given_up || book.pool != session_pool_) continue;
    if (now >= std::max(session_since_, book.t_end) + kLeftAnsweredWithin) give_up(book);
  }
}

void ShareDesk::decide(Book& book, std::uint64_t id, Fate fate) {
  const auto share = book.open.find(id);
  CHECK(share != book.open.end());
  ShareCounts& counts = counts_for(share->second);
  --(book.given_up ? counts.lost : counts.pending);
  ++(counts.*fate);
  if (fate == &ShareCounts::accepted) {
    ports_.accepted(book.pool, book.sprint, share->second.claim, share->second.difficulty);
    ++yields_[book.pool].accepted;
  }
  if (share->second.spool != 0) ports_.settled(book.pool, share->second.spool);
  if (share->second.seq != 0) book.ids.erase(share->second.seq);
  book.open.erase(share);
}

}  // namespace miner
