#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stratum {

/// What a pool's URL says about encryption.
enum class Security {
  kPlain,     ///< stratum+tcp://, http://
  kTls,       ///< stratum+ssl://, https://
  kTlsFirst,  ///< no scheme: TLS, and plain text only where the user allows it
};

/// Where a pool is.
struct PoolUrl {
  std::string host;  ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;
  Security security = Security::kPlain;
  bool by_http = false;  ///< a node, by JSON-RPC over HTTP

  /// As it is shown, and reads back: "stratum+tcp://host:port"; "host:port" for kTlsFirst.
  std::string text() const;
  /// "host:port", an IPv6 address in brackets.
  std::string authority() const;
  bool is_loopback() const;
  /// The same pool without TLS. The default port of TLS becomes the one of plain text.
  PoolUrl in_plain_text() const;
  bool operator==(const PoolUrl&) const = default;
};

/// Reads stratum+tcp://HOST:PORT (port 3333 if left out), stratum+ssl:// or stratum+tls://HOST:PORT
/// (3443), HOST:PORT (3443), and a node's http:// or https://HOST:PORT (4091); IPv6 in brackets.
/// Every other scheme is refused with what to write instead.
base::Result<PoolUrl> parse_pool_url(std::string_view text);

}  // namespace stratum
