#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stratum {

/// A proxy that connections to pools go through.
struct ProxyUrl {
  enum class Kind {
    kSocks5,   ///< RFC 1928; names are looked up here
    kSocks5h,  ///< the same; names are looked up by the proxy
    kHttp,     ///< CONNECT (RFC 9110, 9.3.6); names are looked up by the proxy
  };

  Kind kind = Kind::kSocks5;
  std::string host = {};  ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string user = {};      ///< empty: none
  std::string password = {};  ///< never shown

  /// As it is shown, without the user: "socks5://host:port".
  std::string text() const;
  bool operator==(const ProxyUrl&) const = default;
};

/// Reads socks5://, socks5h:// or http://[USER[:PASSWORD]@]HOST:PORT. User and password have at
/// most 255 bytes (RFC 1929) and may be written with %XX. No error shows them.
base::Result<ProxyUrl> parse_proxy_url(std::string_view text);

}  // namespace stratum
