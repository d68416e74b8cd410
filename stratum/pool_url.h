#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stratum {

/// Where a pool is.
struct PoolUrl {
  std::string host;  ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;

  /// As it is shown: "stratum+tcp://host:port".
  std::string text() const;
  /// "host:port", an IPv6 address in brackets.
  std::string authority() const;
  bool is_loopback() const;
  bool operator==(const PoolUrl&) const = default;
};

/// Reads stratum+tcp://HOST:PORT (port 3333 if left out; IPv6 in brackets). Every other scheme, and
/// none, is refused with what to write instead.
base::Result<PoolUrl> parse_pool_url(std::string_view text);

}  // namespace stratum
