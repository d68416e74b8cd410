#pragma once

#include <string>

#include "pool/pool_view.h"

namespace pool::web {

/// The status as a page for people, whole without its script. `audits`: the pool keeps some.
std::string status_page(const PoolView& view, bool audits);

/// The same of an account, by any text that somebody gave.
std::string account_page(const std::string& account, const AccountView& view);

}  // namespace pool::web
