#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/codec_notices.h"
#include "stratum/pool_url.h"

namespace stratum {

/// Whom a pool may send its miners to. Source: the protocol page, `client.reconnect`.
struct RedirectRule {
  PoolUrl home;                      ///< the pool; kTls where its connection is encrypted
  std::vector<std::string> allowed;  ///< hosts besides those of its domain, as the user wrote them
};

/// Where to connect to next, and how long to wait before it.
struct Redirect {
  PoolUrl to;
  base::Micros wait{0};
};

/// Where a pool's wish leads: to the same host, to one of the same registrable domain (by the
/// public suffix list), or to one that is allowed; with the security of `home`, and at most a
/// minute later. Addresses have no domain. What is refused is told in a few words.
base::Result<Redirect> redirect(const RedirectRule& rule, const codec::Reconnect& wish);

/// Hosts with ',' between them, for RedirectRule::allowed: names or addresses without ports.
base::Result<std::vector<std::string>> parse_redirect_hosts(std::string_view text);

}  // namespace stratum
