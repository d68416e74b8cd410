// The desk's re-checks: which shares are recomputed, and what comes of it.
#include <fmt/core.h>

#include <algorithm>

#include "miner/share_desk.h"
#include "poc/keys.h"

namespace miner {
namespace {

// So long after T_end a wrong share can be withdrawn: the protocol page.
constexpr auto kWithdrawWithin = std::chrono::seconds(5);
// Of a device at a time: enough to pause it, and a pool cannot keep the re-check busy.
constexpr std::ptrdiff_t kVoidedChecked = 3;

std::string another_digest(std::uint64_t nonce) {
  return "nonce " + base::to_hex(nonce) + " has another digest on the CPU";
}

}  // namespace

void ShareDesk::sample(const Share& share, const Race& race) {
  const std::uint32_t every = recheck_every_.at(*share.device);
  if (every == 0 || ++since_recheck_[*share.device] < every) return;
  since_recheck_[*share.device] = 0;
  start_recheck(share, race, false);
}

/// The pool says that the share's digest is wrong.
void ShareDesk::check_voided(const Share& share, const Race& race) {
  if (const auto under_way = checking_.find(share.id); under_way != checking_.end()) {
    under_way->second.voided = true;
    return;
  }
  const auto voided = std::count_if(checking_.begin(), checking_.end(), [&](const auto& entry) {
    return entry.second.voided && entry.second.device == share.device;
  });
  if (voided < kVoidedChecked) start_recheck(share, race, true);
}

void ShareDesk::start_recheck(const Share& share, const Race& race, bool voided) {
  RecheckJob job{share.id, race.spec.model, poc::input_key(race.spec, share.claim.nonce),
                 share.claim.digest};
  if (!voided) job.deadline = race.t_end + kWithdrawWithin;
  if (!ports_.recheck(job)) return;
  checking_[share.id] = {race.key, race.sprint, *share.device, share.claim.nonce, voided};
}

void ShareDesk::rechecked(const RecheckDone& done) {
  owner_.assert_here();
  const auto found = checking_.extract(done.share);
  if (found.empty() || !done.right) return;
  const Checking& checked = found.mapped();
  Share* share = open_share(checked.key, done.share);
  if (!*done.right) {
    if (share != nullptr) return wrong(books_.at(checked.key), *share);
    return ports_.wrong_digest(checked.device, another_digest(checked.nonce));
  }
  if (share != nullptr) share->checked_right = true;
  if (checked.voided) {
    log_.warn("the pool voided wrongly: the share is right by our own re-check",
              {{"sprint", checked.sprint}, {"nonce", base::to_hex(checked.nonce)}});
  }
}

/// A share that can still be withdrawn.
ShareDesk::Share* ShareDesk::open_share(SprintKey key, std::uint64_t id) {
  const auto book = books_.find(key);
  if (book == books_.end() || book->second.given_up) return nullptr;
  const auto share = book->second.open.find(id);
  return share == book->second.open.end() ? nullptr : &share->second;
}

/// Our own re-check says that the device's digest is wrong.
void ShareDesk::wrong(Book& book, Share& share) {
  ports_.wrong_digest(*share.device, another_digest(share.claim.nonce));
  if (!share.at_pool) {
    decide(book, share.id, &ShareCounts::hardware_error);
    return;
  }
  if (session_pool_ == book.pool) {
    withdraw(book, share);
  } else {
    book.to_withdraw.push_back(share);
  }
  decide(book, share.id, &ShareCounts::withdrawn);
}

/// A share of another session is sent again first: harmless if it is stored, and it gives the share
/// a number of this session to be withdrawn by. So is one that may not have arrived.
void ShareDesk::withdraw(const Book& book, const Share& share) {
  const bool here = share.seq != 0 && share.state != State::kQueued;
  const std::uint64_t seq = here ? share.seq : ports_.submit(book.sprint, share.claim, share.seq);
  ports_.withdraw(book.sprint, seq);
}

}  // namespace miner
