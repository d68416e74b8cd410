#pragma once

#include <curl/curl.h>

#include <string>

#include "stratum/pool_url.h"
#include "stratum/tls_observer.h"
#include "stratum/transport_options.h"

namespace stratum {

/// Why libcurl made no connection over TLS, in one line, with what to do about it. Empty when TLS
/// was not the reason.
std::string explain_tls_fault(CURLcode code, const TlsPeer& peer, const PoolUrl& url,
                              const TransportOptions& options);

/// The handshake was begun, and what came, if anything, was no TLS.
bool speaks_no_tls(const TlsPeer& peer);

}  // namespace stratum
