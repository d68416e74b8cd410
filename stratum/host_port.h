#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stratum {

/// Where somebody listens, as it was written.
struct HostPort {
  std::string host;  ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::optional<std::uint16_t> port = std::nullopt;  ///< 1..65535; nothing: left out
};

/// Reads HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. The error says what is wrong with it in a few
/// words.
base::Result<HostPort> parse_host_port(std::string_view text);

/// Reads a host alone, an IPv6 address with brackets or without.
base::Result<std::string> parse_host(std::string_view text);

/// An IPv4 or IPv6 address, without brackets.
bool is_address(const std::string& host);

/// "host:port", an IPv6 address in brackets.
std::string authority_of(const std::string& host, std::uint16_t port);

/// A host that is this machine: "localhost", ::1 or 127.0.0.0/8.
bool is_loopback_host(const std::string& host);

}  // namespace stratum
