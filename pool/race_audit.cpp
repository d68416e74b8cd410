#include "base/check.h"
#include "pool/race.h"

namespace pool {

AuditRecord Race::audit() {
  DCHECK(phase_ == Phase::kEnded && decided());
  settle();
  const stratum::Announcement& said = sprint_.announcement;
  const stratum::StartNotice& start = sprint_.start;
  AuditRecord record;
  record.header = {said.pool,    id(),         said.profile,     said.model_seed,
                   start.t0,     start.t_end,  said.commitment,  said.beacon,
                   start.beacon, start.secret, start.start_seed, said.draw};
  for (const Leases::Granted& granted : leases_.granted()) {
    if (granted.lease.id == 0) continue;  // lost in a restart
    record.leases.push_back({granted.lease, granted.account});
  }
  record.shares.reserve(book_.size());
  for (const auto& [nonce, share] : book_.shares()) {
    record.shares.push_back({nonce, share.digest, share.account, share.difficulty, share.state});
    const bool decided =
        share.state == Share::State::kVerified || share.state == Share::State::kWrong;
    record.outcome.recomputed += decided ? 1U : 0U;
  }
  const bool sampled = sprint_.draw && sprint_.draw->value;
  if (sampled) record.outcome.draw = {sprint_.draw->secret, *sprint_.draw->value};
  for (const auto& [account, credit] : outcome_.credits) {
    record.credits.push_back({account, credit});
    if (sampled) record.credits.back().rate = drawn_->rates.at(account);
  }
  record.outcome.total = outcome_.total;
  record.outcome.root = outcome_.root;
  return record;
}

}  // namespace pool
