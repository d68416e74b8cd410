#pragma once

#include <cstddef>
#include <string>

#include "pool/pool_view.h"

namespace pool::web {

/// What was verified in the last credited sprints, over their length: back to the first one of
/// another profile, since nonces of two do not add up.
struct VerifiedRate {
  std::size_t sprints = 0;  ///< that were counted, at most 10; 0: no rate is known
  double nonces_per_second = 0;
  double macs_per_second = 0;
};
VerifiedRate verified_rate(const PoolView& view);

/// An audit of this sprint was to be written.
bool has_audit(const SprintView& sprint);

/// The status as JSON for scripts. Source of the members: the pool's page, "The status page".
/// `audits`: the pool keeps some, so that there is something behind the links.
std::string status_json(const PoolView& view, bool audits);

/// The same of an account.
std::string account_json(const std::string& account, const AccountView& view);

}  // namespace pool::web
