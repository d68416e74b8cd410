// What a sprint's miners are told of it, and what it means for the ledger.
#include <algorithm>
#include <limits>
#include <string_view>

#include "base/check.h"
#include "pool/race.h"

namespace pool {
namespace {

using stratum::Code;
using State = Share::State;

}  // namespace

stratum::Verdict Race::verdict(const Participant& who) const {
  stratum::Verdict verdict{id(), 0, {}};
  for (const auto& [seq, sent] : who.shares) {
    const Share& share = book_.at(sent.first);
    const bool replaced = share.digest != sent.second;  // so this one was wrong, or withdrawn
    if (replaced || share.state == State::kWrong) {
      verdict.voided.push_back({seq, Code::kWrongDigest, "the digest is wrong"});
    } else if (share.state == State::kForfeited) {
      verdict.voided.push_back({seq, Code::kOther, std::string(kForfeitedText)});
    } else if (share.state == State::kVerified) {
      ++verdict.verified;
    }
  }
  return verdict;
}

stratum::SprintResult Race::result(const base::Bytes32& account) const {
  const auto own = outcome_.credits.find(account);
  const std::uint64_t credit = own == outcome_.credits.end() ? 0 : own->second;
  stratum::SprintResult result{id(), credit, outcome_.total, outcome_.root};
  const bool sampled = phase_ == Phase::kOver && sprint_.draw && sprint_.draw->value;
  if (sampled) result.draw = {sprint_.draw->secret, *sprint_.draw->value};
  return result;
}

bool Race::settle_some(std::size_t shares) {
  if (outcome_.tree) return true;
  if (!count_) {
    decide_unseen();
    count_.emplace();
  }
  if (!count_->go_on(book_, shares)) return false;
  outcome_ = count_->take();
  count_.reset();
  return true;
}

void Race::settle() {
  CHECK(settle_some(std::numeric_limits<std::size_t>::max()));
}

void Race::name_account(const base::Bytes32& hash, const std::string& account) {
  names_.try_emplace(hash, account);
}

FindingsByAccount Race::findings() const {
  FindingsByAccount all;
  for (const auto& [nonce, share] : book_.shares()) {
    Findings& of = all[names_.at(share.account)];
    if (share.state == State::kVerified) ++of.right;
    if (share.state == State::kWrong) ++of.wrong;
  }
  return all;
}

record::Settled Race::settlement(const RewardConfig& rewards, base::UnixTime now) {
  record::Settled settled{now, {}, {}, rewards};
  for (const auto& [account, credit] : outcome_.credits) {
    settled.credits[names_.at(account)] = credit;
  }
  const auto best = rewards.scheme == Scheme::kSolo ? book_.best() : std::nullopt;
  if (best) settled.best = names_.at(*best);
  names_.clear();
  return settled;
}

stratum::SprintStatus Race::status(const base::Bytes32& account,
                                   std::span<const std::uint64_t> nonces) const {
  static constexpr std::string_view kPhases[] = {"announced", "running", "ended", "over"};
  stratum::SprintStatus status{
      id(), std::string(kPhases[static_cast<std::size_t>(phase_)]), result(account), {}};
  if (cancelled_) status.state = "cancelled";
  for (const std::uint64_t nonce : nonces) status.shares.push_back(status_of(account, nonce));
  return status;
}

stratum::ShareStatus Race::status_of(const base::Bytes32& account, std::uint64_t nonce) const {
  static constexpr std::string_view kStates[] = {"stored",    "verified", "wrong",
                                                 "withdrawn", "unseen",   "forfeited"};
  stratum::ShareStatus status{nonce, "unknown", 0, std::nullopt};
  const Share* share = book_.find(account, nonce);
  if (share == nullptr) return status;
  const bool may_change =
      is_settling() && (share->state == State::kUnseen || share->state == State::kForfeited);
  const State state = may_change ? State::kStored : share->state;  // not written down yet
  status.state = kStates[static_cast<std::size_t>(state)];
  status.difficulty = share->difficulty;
  if (!share->is_credited() || !outcome_.tree) return status;
  const auto leaf = std::lower_bound(outcome_.nonces.begin(), outcome_.nonces.end(), nonce);
  const auto index = static_cast<std::size_t>(leaf - outcome_.nonces.begin());
  status.proof =
      stratum::InclusionProof{index, outcome_.tree->leaves(), outcome_.tree->proof(index)};
  return status;
}

}  // namespace pool
