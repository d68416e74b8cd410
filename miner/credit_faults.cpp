// What can be wrong with what a pool credits, each in words for its user.
#include <fmt/format.h>

#include "miner/credit_check.h"
#include "stratum/merkle_proof.h"
#include "stratum/sprint_secret.h"

namespace miner {

std::optional<CreditCheck::Fault> CreditCheck::fault_of_sums(const Case& of) {
  const stratum::SprintResult& result = of.result;
  if (result.credit > result.total) {
    return Fault{fmt::format("it credits us {} nonces, and everybody together only {}",
                             result.credit, result.total)};
  }
  // Where none is shown every share was recomputed.
  if (of.draw && result.draw &&
      stratum::commit_to_draw(result.draw->secret) != of.draw->commitment) {
    return Fault{"its sample was drawn with another secret than it was bound to"};
  }
  if (static_cast<double>(result.credit) >= of.ours.sum) return std::nullopt;
  return Fault{fmt::format("it credits {} nonces, our {} accepted shares stand for {:.0f}",
                           result.credit, of.accepted, of.ours.sum)};
}

/// Of an answer to the next shares. Goes on in the case as far as they are right.
std::optional<CreditCheck::Fault> CreditCheck::fault_of(Case& of,
                                                        const stratum::SprintStatus& status) {
  if (status.state != "over") {
    return Fault{fmt::format("the sprint is {} after its result was told", status.state)};
  }
  const stratum::SprintResult& told = of.result;
  const bool same = status.result.credit == told.credit && status.result.total == told.total &&
                    status.result.root == told.root;
  if (!same) return Fault{"it tells another credit, total or root than in the result"};
  for (std::size_t i = 0; i < status.shares.size(); ++i) {
    const Share& share = of.chosen.at(of.proven + i);
    if (const auto what = fault_of_share(of, share, status.shares[i])) {
      return Fault{*what, share.nonce};
    }
  }
  return std::nullopt;
}

/// A verified share without a proof has no fault that could be shown.
std::optional<std::string> CreditCheck::fault_of_share(Case& of, const Share& share,
                                                       const stratum::ShareStatus& told) {
  const bool credited = told.state == "verified" || (told.state == "unseen" && of.result.draw);
  if (!credited) {
    return fmt::format("a share that it took and did not void is '{}'", told.state);
  }
  if (told.difficulty != share.difficulty) {
    return fmt::format("its difficulty is {}, that of its lease was {}", told.difficulty,
                       share.difficulty);
  }
  if (!told.proof) return std::nullopt;
  const stratum::InclusionProof& proof = *told.proof;
  const base::Bytes32 leaf =
      stratum::merkle_leaf(share.nonce, share.difficulty, of.account, share.digest);
  if (stratum::root_by(proof, leaf) != of.result.root) {
    return "its proof does not lead to the root of the result";
  }
  if (of.leaves != 0 && proof.leaves != of.leaves) {
    return fmt::format("its tree has {} leaves, that of another share {}", proof.leaves, of.leaves);
  }
  if (proof.leaves < of.accepted) {
    return fmt::format("its tree has {} leaves, our accepted shares alone are {}", proof.leaves,
                       of.accepted);
  }
  if (proof.index < of.next_index) return "its leaf is not in the order of nonces";
  of.leaves = proof.leaves;
  of.next_index = proof.index + 1;
  return std::nullopt;
}

}  // namespace miner
