#pragma once

#include <string>

#include "base/result.h"
#include "pool/beacon_source.h"

namespace pool {

/// What a server answered.
struct HttpFetched {
  long status = 0;
  std::string body;
};

/// Fetches a URL (http or https) in one connection. No redirects are followed, no proxy is asked,
/// the certificate must be good, the answer has at most 64 KiB. Any thread; ends when `patience`
/// does. The error is one line, with nothing of the peer's that is not made printable.
base::Result<HttpFetched> fetch_http(const std::string& url, const BeaconPatience& patience);

}  // namespace pool
