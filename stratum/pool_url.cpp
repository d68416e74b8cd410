#include "stratum/pool_url.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/redaction.h"
#include "stratum/host_port.h"

namespace stratum {
namespace {

// "Ports and security defaults" of the protocol's page.
constexpr std::uint16_t kPlainPort = 3333;
constexpr std::uint16_t kTlsPort = 3443;
constexpr std::uint16_t kHttpPort = 4091;

struct Scheme {
  std::string_view text;
  Security security;
  bool by_http = false;
};
constexpr Scheme kSchemes[] = {{"stratum+tcp://", Security::kPlain},
                               {"stratum+ssl://", Security::kTls},
                               {"stratum+tls://", Security::kTls},
                               {"http://", Security::kPlain, true},
                               {"https://", Security::kTls, true}};

/// For a person, and without a password that stands where none belongs.
std::string shown(std::string_view text) {
  return base::printable(base::without_user({text}));
}

base::Error bad_url(std::string_view text, std::string_view why) {
  return base::invalid(fmt::format("pool '{}': {}", shown(text), why));
}

/// What to write instead of a scheme that no pool has.
std::string advice_on_scheme(std::string_view text) {
  const std::string address = shown(text.substr(text.rfind("://") + 3));
  return fmt::format("write stratum+ssl://{}, or stratum+tcp:// for no encryption", address);
}

}  // namespace

std::string PoolUrl::text() const {
  if (by_http) return (security == Security::kPlain ? "http://" : "https://") + authority();
  switch (security) {
    case Security::kPlain:
      return "stratum+tcp://" + authority();
    case Security::kTls:
      return "stratum+ssl://" + authority();
    case Security::kTlsFirst:
      break;
  }
  return authority();
}

std::string PoolUrl::authority() const {
  return authority_of(host, port);
}

bool PoolUrl::is_loopback() const {
  return is_loopback_host(host);
}

PoolUrl PoolUrl::in_plain_text() const {
  return {host, port == kTlsPort ? kPlainPort : port, Security::kPlain};
}

base::Result<PoolUrl> parse_pool_url(std::string_view text) {
  Scheme used{"", Security::kTlsFirst};
  std::string_view address = text;
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.text)) continue;
    used = scheme;
    address.remove_prefix(scheme.text.size());
    break;
  }
  if (address.find("://") != std::string_view::npos) return bad_url(text, advice_on_scheme(text));
  if (address.ends_with('/')) address.remove_suffix(1);
  const auto where = parse_host_port(address);
  if (!where.ok()) return bad_url(text, where.message());
  const std::uint16_t port = used.by_http                        ? kHttpPort
                             : used.security == Security::kPlain ? kPlainPort
                                                                 : kTlsPort;
  return PoolUrl{where->host, where->port.value_or(port), used.security, used.by_http};
}

}  // namespace stratum
