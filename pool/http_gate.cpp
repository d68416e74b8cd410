#include "pool/http_gate.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "stratum/host_port.h"

namespace pool {
namespace {

constexpr std::string_view kBearer = "bearer ";

/// Whatever the case of ASCII letters.
bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_json(std::string_view content_type) {
  const std::string_view kind = content_type.substr(0, content_type.find(';'));
  return same_name(kind.substr(0, kind.find_last_not_of(' ') + 1), "application/json");
}

}  // namespace

bool is_known_host(std::string_view field, const std::vector<std::string>& names) {
  const auto where = stratum::parse_host_port(field);
  if (!where.ok()) return false;
  boost::system::error_code no_address;
  boost::asio::ip::make_address(where->host, no_address);
  if (!no_address || same_name(where->host, "localhost")) return true;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return same_name(name, where->host); });
}

/// In a time that does not depend on how much of it is right.
bool HttpGate::knows_token(std::string_view authorization) const {
  if (!same_name(authorization.substr(0, kBearer.size()), kBearer)) return false;
  authorization.remove_prefix(kBearer.size());
  return authorization.size() == setup_.token.size() &&
         CRYPTO_memcmp(authorization.data(), setup_.token.data(), setup_.token.size()) == 0;
}

std::optional<HttpRefusal> HttpGate::check(const HttpHead& head) const {
  if (head.hosts != 1) return HttpRefusal{400, "not one Host field"};
  if (!is_known_host(head.host, setup_.names)) return HttpRefusal{403, "Host is not known here"};
  if (head.has_origin) return HttpRefusal{403, "not for pages of a browser"};
  if (!knows_token(head.authorization)) return HttpRefusal{401, "no bearer token, or a wrong one"};
  if (head.method != "POST") return HttpRefusal{405, "POST alone"};
  if (head.target != "/") return HttpRefusal{404, "nothing here but /"};
  if (!is_json(head.content_type)) return HttpRefusal{415, "application/json alone"};
  return std::nullopt;
}

}  // namespace pool
