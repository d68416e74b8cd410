#pragma once

#include "pool/audit_check.h"

namespace pool {

/// That the shares which the pool recomputed are those that it had to. Where every share was to be:
/// none is unseen. Where a sample was: its secret is the one that was committed to, each account
/// that is credited names its rate, all shares that this draws were recomputed, and none of an
/// account with a wrong share is credited unseen: forfeited are those of no other account. Source:
/// the sampling page, "The draw".
AuditCheck check_sample(const AuditRecord& record);

}  // namespace pool
