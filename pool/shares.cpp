#include "pool/shares.h"

#include <initializer_list>
#include <span>
#include <vector>

#include "base/check.h"

namespace pool {
namespace {

using State = Share::State;

base::Bytes32 hash(std::uint8_t first, std::initializer_list<std::span<const std::uint8_t>> parts) {
  std::vector<std::uint8_t> bytes = {first};
  for (const auto part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return poc::sha256(bytes);
}

std::array<std::uint8_t, 8> le64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

}  // namespace

const Share* ShareBook::find(const base::Bytes32& account, std::uint64_t nonce,
                             const poc::Digest& digest) const {
  const auto found = shares_.find(nonce);
  if (found == shares_.end() || found->second.state == State::kWithdrawn) return nullptr;
  const Share& share = found->second;
  return share.account == account && share.digest == digest ? &share : nullptr;
}

bool ShareBook::taken(std::uint64_t nonce) const {
  const auto found = shares_.find(nonce);
  return found != shares_.end() &&
         (found->second.state == State::kStored || found->second.state == State::kVerified);
}

void ShareBook::add(std::uint64_t nonce, const Share& share) {
  DCHECK(!taken(nonce) && share.state == State::kStored);
  shares_.insert_or_assign(nonce, share);
  ++counts_[static_cast<std::size_t>(State::kStored)];
}

void ShareBook::move_to(Share& share, State state) {
  --counts_[static_cast<std::size_t>(share.state)];
  ++counts_[static_cast<std::size_t>(state)];
  share.state = state;
}

bool ShareBook::checked(std::uint64_t nonce, const poc::Digest& digest) {
  Share& share = shares_.at(nonce);
  if (share.state != State::kStored) return false;
  move_to(share, share.digest == digest ? State::kVerified : State::kWrong);
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

std::map<base::Bytes32, std::uint64_t> ShareBook::credits() const {
  std::map<base::Bytes32, std::uint64_t> sums;
  for (const auto& [nonce, share] : shares_) {
    if (share.state == State::kVerified) sums[share.account] += share.difficulty;
  }
  return sums;
}

base::Bytes32 ShareBook::root() const {
  std::vector<base::Bytes32> level;
  for (const auto& [nonce, share] : shares_) {
    if (share.state != State::kVerified) continue;
    level.push_back(hash(0, {le64(nonce), le64(share.difficulty), share.account, share.digest}));
  }
  while (level.size() > 1) {
    std::vector<base::Bytes32> above;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      const bool odd = i + 1 == level.size();
      above.push_back(odd ? level[i] : hash(1, {level[i], level[i + 1]}));
    }
    level.swap(above);
  }
  return level.empty() ? base::Bytes32{} : level.front();
}

}  // namespace pool
