#include "tests/miner/scripted_pool.h"

#include <iterator>

#include "stratum/merkle_proof.h"
#include "tests/miner/support.h"

namespace tests {

using namespace stratum;  // NOLINT(google-build-using-namespace): all of it, in a test

void ScriptedPool::serve(ServerSession& session) {
  while (const auto event = session.next_event()) {
    std::visit([&](const auto& wanted) { on(session, wanted); }, *event);
  }
}

Announcement ScriptedPool::make(const std::string& sprint, base::UnixTime t0, base::Micros length,
                                std::uint8_t model_seed) const {
  Announcement announcement = make_announcement(sprint, model_seed);
  announcement.pool = name;
  announcement.t0 = t0;
  announcement.t_end = t0 + length;
  return announcement;
}

SprintResult ScriptedPool::result(const std::string& sprint) {
  SprintResult result;
  result.sprint = sprint;
  const auto shares = shares_.find(sprint);
  if (shares != shares_.end()) {
    for (const auto& [nonce, stored] : shares->second) result.credit += stored.difficulty;
  }
  result.total = result.credit;
  result.root = tree_of(sprint).root();
  told_[sprint] = result;
  return result;
}

std::size_t ScriptedPool::stored(const std::string& sprint) const {
  const auto shares = shares_.find(sprint);
  return shares == shares_.end() ? 0 : shares->second.size();
}

bool ScriptedPool::has(const std::string& sprint, std::uint64_t nonce) const {
  const auto shares = shares_.find(sprint);
  return shares != shares_.end() && shares->second.contains(nonce);
}

void ScriptedPool::on(ServerSession& session, const server::LoginWanted& wanted) {
  ++logins;
  if (refuse_login) {
    session.refuse(wanted.request, refuse_login->code, refuse_login->text);
  } else {
    session.accept(wanted.request);
  }
}

void ScriptedPool::grant(ServerSession& session, Request request,
                         const std::vector<std::uint32_t>& devices) {
  if (refuse_leases) {
    session.refuse(request, refuse_leases->code, refuse_leases->text, refuse_leases->retry_ms);
    return;
  }
  std::vector<Lease> leases;
  for (const std::uint32_t device : devices) {
    ++last_lease_;
    leases.push_back(make_lease(last_lease_, device, last_lease_, difficulty, lease_bits));
    difficulties_[last_lease_] = difficulty;
  }
  session.grant(request, leases);
}

void ScriptedPool::on(ServerSession& session, const server::ReadyWanted& wanted) {
  readies.push_back(wanted);
  std::vector<std::uint32_t> devices;
  for (const ReadyDevice& device : wanted.devices) devices.push_back(device.device);
  grant(session, wanted.request, devices);
}

void ScriptedPool::on(ServerSession& session, const server::LeaseWanted& wanted) {
  lease_requests.push_back(wanted);
  grant(session, wanted.request, {wanted.device.value_or(0)});
}

void ScriptedPool::on(ServerSession& session, const server::SubmitWanted& wanted) {
  submits.push_back(wanted);
  auto& shares = shares_[wanted.sprint];
  if (shares.contains(wanted.share.nonce)) {
    ++repeats;
    return session.accept(wanted.request);
  }
  if (told_.contains(wanted.sprint)) return session.refuse(wanted.request, Code::kLate, "late");
  if (const auto error = judge ? judge(wanted) : std::nullopt) {
    return session.refuse(wanted.request, error->code, error->text, error->retry_ms);
  }
  shares[wanted.share.nonce] = {wanted.share, difficulties_[wanted.share.lease]};
  session.accept(wanted.request);
}

void ScriptedPool::on(ServerSession& session, const server::WithdrawWanted& wanted) {
  withdrawals.push_back(wanted);
  for (const std::uint64_t seq : wanted.seqs) {
    for (const auto& submit : submits) {
      if (submit.sprint == wanted.sprint && submit.seq == seq) {
        shares_[wanted.sprint].erase(submit.share.nonce);
      }
    }
  }
  session.withdrawn(wanted.request, wanted.seqs.size());
}

pool::MerkleTree ScriptedPool::tree_of(const std::string& sprint) const {
  const base::Bytes32 account = poc::sha256(base::as_bytes("alice"));
  std::vector<base::Bytes32> leaves;
  if (const auto shares = shares_.find(sprint); shares != shares_.end()) {
    for (const auto& [nonce, stored] : shares->second) {
      leaves.push_back(merkle_leaf(nonce, stored.difficulty, account, stored.claim.digest));
    }
  }
  return pool::MerkleTree(std::move(leaves));
}

void ScriptedPool::on(ServerSession& session, const server::StatusWanted& wanted) {
  statuses.push_back(wanted);
  if (refuse_status) {
    return session.refuse(wanted.request, refuse_status->code, refuse_status->text,
                          refuse_status->retry_ms);
  }
  const auto told = told_.find(wanted.sprint);
  if (told == told_.end()) {
    return session.refuse(wanted.request, Code::kUnknownSprint, "no such sprint");
  }
  const auto& shares = shares_[wanted.sprint];
  const pool::MerkleTree tree = tree_of(wanted.sprint);
  SprintStatus status{wanted.sprint, "over", told->second, {}};
  for (const std::uint64_t nonce : wanted.nonces) {
    const auto share = shares.find(nonce);
    ShareStatus& one = status.shares.emplace_back(ShareStatus{nonce, "unknown", 0, std::nullopt});
    if (share == shares.end()) continue;
    const auto index = static_cast<std::size_t>(std::distance(shares.begin(), share));
    one = {nonce, "verified", share->second.difficulty,
           InclusionProof{index, tree.leaves(), tree.proof(index)}};
  }
  if (spoil_status) spoil_status(status);
  session.status(wanted.request, status);
}

void ScriptedPool::on(ServerSession&, const server::Left&) {
  left = true;
}

}  // namespace tests
