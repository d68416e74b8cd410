#include "stratum/host_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/bytes.h"

namespace stratum {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035, 2.3.4, as text

/// Letters, digits, '-', '_' and dots between labels of 1..63 bytes (a dot at the end is allowed).
/// None begins with '-': what does is a flag in the wrong place.
bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > kMaxHostBytes || host.front() == '-') return false;
  std::size_t label = 0;
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.' ? label == 0 : !letter && c != '-' && c != '_') return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return label > 0;
}

/// inet_pton reads up to a NUL, whatever stands behind it.
bool holds_nul(const std::string& host) {
  return host.find('\0') != std::string::npos;
}

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return !holds_nul(host) && inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return !holds_nul(host) && inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// A last label of digits only makes an address, and it must be a whole one: "1.2.3" and "0177.1"
/// are read differently by different libraries.
bool is_address_like(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(const std::string& host) {
  return is_ipv4(host) || (is_host_name(host) && !is_address_like(host));
}

/// Host and what stands behind it: "" or ":PORT". Nothing if the brackets do not match.
struct HostAndRest {
  std::string host;
  std::string_view rest;
  bool bracketed = false;
};
std::optional<HostAndRest> split_host(std::string_view text) {
  if (!text.starts_with('[')) {
    const std::size_t end = std::min(text.find(':'), text.size());
    return HostAndRest{std::string(text.substr(0, end)), text.substr(end)};
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  return HostAndRest{std::string(text.substr(1, end - 1)), text.substr(end + 1), true};
}

}  // namespace

base::Result<HostPort> parse_host_port(std::string_view text) {
  const auto parts = split_host(text);
  if (!parts) return base::invalid("'[' without ']'");
  const bool good = parts->bracketed ? is_ipv6(parts->host) : is_host(parts->host);
  if (!good && !parts->bracketed && std::count(text.begin(), text.end(), ':') > 1) {
    return base::invalid("an IPv6 address stands in brackets: [::1]:3333");
  }
  if (!good) return base::invalid("not a host name or address");
  if (parts->rest.empty()) return HostPort{parts->host};
  const auto port = base::u64_from_decimal(parts->rest.substr(1), UINT16_MAX);
  if (!parts->rest.starts_with(':') || !port || *port == 0) {
    return base::invalid("the port must be 1..65535");
  }
  return HostPort{parts->host, static_cast<std::uint16_t>(*port)};
}

base::Result<std::string> parse_host(std::string_view text) {
  std::string bare(text);
  if (is_ipv6(bare)) return bare;
  ASSIGN_OR_RETURN(HostPort read, parse_host_port(text));
  if (read.port) return base::invalid("a port does not belong here");
  return std::move(read.host);
}

bool is_address(const std::string& host) {
  return is_ipv4(host) || is_ipv6(host);
}

std::string authority_of(const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool is_loopback_host(const std::string& host) {
  return host == "localhost" || host == "::1" || (is_ipv4(host) && host.starts_with("127."));
}

}  // namespace stratum
