#include "stratum/proxy_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/redaction.h"
#include "stratum/host_port.h"

namespace stratum {
namespace {

constexpr std::size_t kMaxCredentialBytes = 255;  // RFC 1929, section 2

struct ProxyScheme {
  std::string_view text;
  ProxyUrl::Kind kind;
};
constexpr ProxyScheme kProxySchemes[] = {{"socks5://", ProxyUrl::Kind::kSocks5},
                                         {"socks5h://", ProxyUrl::Kind::kSocks5h},
                                         {"http://", ProxyUrl::Kind::kHttp}};

base::Error bad_proxy(std::string_view text, std::string_view why) {
  return base::invalid(
      fmt::format("proxy '{}': {}", base::printable(base::without_user({text})), why));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// %XX as the byte it stands for (RFC 3986, 2.1); nothing when a '%' is not one of those, and where
/// a byte is a control character: it would end a line of HTTP, or a text of libcurl's.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out += c;
  }
  return out;
}

base::Status read_credentials(std::string_view text, ProxyUrl& into) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto user = decoded(text.substr(0, colon));
  const auto password = decoded(text.substr(std::min(colon + 1, text.size())));
  if (!user || !password) return base::invalid("write % in user or password as %25");
  if (user->empty()) return base::invalid("no user before '@'");
  // A user of HTTP's basic scheme ends at its first colon (RFC 7617, section 2).
  if (into.kind == ProxyUrl::Kind::kHttp && user->find(':') != std::string::npos) {
    return base::invalid("a user cannot hold ':'");
  }
  if (std::max(user->size(), password->size()) > kMaxCredentialBytes) {
    return base::invalid("user or password is longer than 255 bytes");
  }
  into.user = *user;
  into.password = *password;
  return base::Ok{};
}

}  // namespace

std::string ProxyUrl::text() const {
  for (const ProxyScheme& scheme : kProxySchemes) {
    if (scheme.kind == kind) return std::string(scheme.text) + authority_of(host, port);
  }
  return authority_of(host, port);
}

base::Result<ProxyUrl> parse_proxy_url(std::string_view text) {
  const auto* scheme = std::find_if(std::begin(kProxySchemes), std::end(kProxySchemes),
                                    [&](const ProxyScheme& s) { return text.starts_with(s.text); });
  if (scheme == std::end(kProxySchemes)) {
    return bad_proxy(text, "write socks5://HOST:PORT, socks5h://HOST:PORT or http://HOST:PORT");
  }
  ProxyUrl proxy{scheme->kind};
  std::string_view address = text.substr(scheme->text.size());
  const std::size_t at = address.rfind('@');
  if (at != std::string_view::npos) {
    const base::Status good = read_credentials(address.substr(0, at), proxy);
    if (!good.ok()) return bad_proxy(text, good.message());
    address.remove_prefix(at + 1);
  }
  if (address.ends_with('/')) address.remove_suffix(1);
  const auto where = parse_host_port(address);
  if (!where.ok()) return bad_proxy(text, where.message());
  if (!where->port) return bad_proxy(text, "the port is missing: HOST:PORT");
  proxy.host = where->host;
  proxy.port = *where->port;
  return proxy;
}

}  // namespace stratum
