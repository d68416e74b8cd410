#include "stratum/pool_url.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/redaction.h"

namespace stratum {
namespace {

constexpr std::string_view kScheme = "stratum+tcp://";
constexpr std::uint16_t kDefaultPort = 3333;
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035, 2.3.4, as text

/// For a person, and without a password that stands where none belongs.
std::string shown(std::string_view text) {
  return base::printable(base::without_user({text}));
}

base::Error bad_url(std::string_view text, std::string_view why) {
  return base::invalid(fmt::format("pool '{}': {}", shown(text), why));
}

/// Letters, digits, '-', '_' and dots between labels of 1..63 bytes (a dot at the end is allowed).
bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > kMaxHostBytes) return false;
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

std::string advice_on_scheme(std::string_view text) {
  if (text.starts_with("stratum+ssl://") || text.starts_with("stratum+tls://")) {
    return "TLS is not built in yet, write stratum+tcp://HOST:PORT";
  }
  const std::size_t scheme = text.find("://");
  const std::string_view address =
      scheme == std::string_view::npos ? text : text.substr(scheme + 3);
  return fmt::format("write {}{}", kScheme, shown(address));
}

}  // namespace

std::string PoolUrl::text() const {
  return fmt::format("{}{}", kScheme, authority());
}

std::string PoolUrl::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool PoolUrl::is_loopback() const {
  return host == "localhost" || host == "::1" || (is_ipv4(host) && host.starts_with("127."));
}

base::Result<PoolUrl> parse_pool_url(std::string_view text) {
  if (!text.starts_with(kScheme)) return bad_url(text, advice_on_scheme(text));
  std::string_view address = text.substr(kScheme.size());
  if (address.ends_with('/')) address.remove_suffix(1);

  const auto parts = split_host(address);
  if (!parts) return bad_url(text, "'[' without ']'");
  const bool good = parts->bracketed ? is_ipv6(parts->host) : is_host(parts->host);
  if (!good && !parts->bracketed && std::count(address.begin(), address.end(), ':') > 1) {
    return bad_url(text, "an IPv6 address stands in brackets: stratum+tcp://[::1]:3333");
  }
  if (!good) return bad_url(text, "not a host name or address");

  PoolUrl url{parts->host, kDefaultPort};
  if (parts->rest.empty()) return url;
  const auto port = base::u64_from_decimal(parts->rest.substr(1), UINT16_MAX);
  if (!parts->rest.starts_with(':') || !port || *port == 0) {
    return bad_url(text, "the port must be 1..65535");
  }
  url.port = static_cast<std::uint16_t>(*port);
  return url;
}

}  // namespace stratum
