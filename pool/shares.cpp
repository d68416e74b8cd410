#include "pool/shares.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "poc/target.h"

namespace pool {
namespace {

using State = Share::State;

}  // namespace

const Share* ShareBook::find(const base::Bytes32& account, std::uint64_t nonce,
                             const poc::Digest& digest) const {
  const auto found = shares_.find(nonce);
  if (found == shares_.end() || found->second.state == State::kWithdrawn) return nullptr;
  const Share& share = found->second;
  return share.account == account && share.digest == digest ? &share : nullptr;
}

const Share* ShareBook::find(const base::Bytes32& account, std::uint64_t nonce) const {
  const auto found = shares_.find(nonce);
  return found != shares_.end() && found->second.account == account ? &found->second : nullptr;
}

bool ShareBook::taken(std::uint64_t nonce) const {
  const auto found = shares_.find(nonce);
  return found != shares_.end() &&
         (found->second.state == State::kStored || found->second.is_credited());
}

void ShareBook::add(std::uint64_t nonce, const Share& share) {
  DCHECK(!taken(nonce) && share.state == State::kStored);
  shares_.insert_or_assign(nonce, share);
  ++counts_[static_cast<std::size_t>(State::kStored)];
  ++changes_;
}

void ShareBook::move_to(Share& share, State state) {
  --counts_[static_cast<std::size_t>(share.state)];
  ++counts_[static_cast<std::size_t>(state)];
  share.state = state;
  ++changes_;
}

bool ShareBook::checked(std::uint64_t nonce, const poc::Digest& digest) {
  Share& share = shares_.at(nonce);
  if (share.state != State::kStored) return false;
  move_to(share, share.digest == digest ? State::kVerified : State::kWrong);
  return true;
}

void ShareBook::decide_unseen(std::uint64_t nonce, State state) {
  Share& share = shares_.at(nonce);
  if (share.state == State::kStored) move_to(share, state);
}

bool ShareBook::doubt(std::uint64_t nonce) {
  Share& share = shares_.at(nonce);
  if (share.state != State::kWrong) return false;
  move_to(share, State::kStored);
  return true;
}

void ShareBook::restore(std::uint64_t nonce, State state) {
  Share& share = shares_.at(nonce);
  if (share.state != state) move_to(share, state);
}

bool ShareBook::withdraw(const base::Bytes32& account, std::uint64_t nonce,
                         const poc::Digest& digest) {
  if (find(account, nonce, digest) == nullptr) return false;
  move_to(shares_.at(nonce), State::kWithdrawn);
  return true;
}

std::optional<base::Bytes32> ShareBook::best() const {
  std::optional<poc::Ticket> rarest;
  for (const auto& [nonce, share] : shares_) {
    if (!share.is_credited()) continue;
    const poc::Ticket ticket = poc::make_ticket(share.key, share.digest);
    if (!rarest || ticket < *rarest) rarest = ticket;
  }
  if (!rarest) return std::nullopt;
  // A difficulty is found by many divisions; who meets the best one is one comparison.
  const auto target = poc::Target::from_difficulty(poc::difficulty_of(*rarest));
  const auto first = std::find_if(shares_.begin(), shares_.end(), [&](const auto& entry) {
    const Share& share = entry.second;
    return share.is_credited() && target.met_by(poc::make_ticket(share.key, share.digest));
  });
  return first->second.account;
}

}  // namespace pool
