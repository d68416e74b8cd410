#include "stratum/redirect.h"

#include <libpsl.h>

#include <algorithm>

#include "stratum/host_port.h"

namespace stratum {
namespace {

constexpr base::Micros kLongestWait = std::chrono::minutes(1);

/// As two names are compared: in lower case, without the dot that may end a name.
std::string folded(std::string host) {
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host.ends_with('.')) host.pop_back();
  return host;
}

/// The domain that somebody registered which the name lies in, "example.co.uk" of
/// "eu.example.co.uk"; empty: an address, a public suffix, a name without dots.
std::string registrable_domain(const std::string& host) {
  if (is_address(host)) return {};
  const psl_ctx_t* const list = psl_builtin();
  const char* const domain = list == nullptr ? nullptr : psl_registrable_domain(list, host.c_str());
  return domain == nullptr ? "" : domain;
}

bool may_lead_to(const RedirectRule& rule, const std::string& host) {
  const std::string home = folded(rule.home.host);
  const auto is_it = [&](const std::string& allowed) { return folded(allowed) == host; };
  if (host == home || std::any_of(rule.allowed.begin(), rule.allowed.end(), is_it)) return true;
  const std::string domain = registrable_domain(home);
  return !domain.empty() && registrable_domain(host) == domain;
}

}  // namespace

base::Result<Redirect> redirect(const RedirectRule& rule, const codec::Reconnect& wish) {
  Redirect found{rule.home, wish.wait};
  if (wish.port) found.to.port = *wish.port;
  if (wish.wait > kLongestWait) return base::invalid("it asks for a wait of more than a minute");
  if (wish.host.empty()) return found;
  auto host = parse_host(wish.host);
  if (!host.ok()) return base::invalid("its host is none: " + host.message());
  if (!may_lead_to(rule, folded(*host))) {
    return base::invalid("it is of another domain, and not allowed by --redirect-to");
  }
  found.to.host = std::move(*host);
  return found;
}

base::Result<std::vector<std::string>> parse_redirect_hosts(std::string_view text) {
  std::vector<std::string> hosts;
  for (;;) {
    const std::size_t comma = text.find(',');
    ASSIGN_OR_RETURN(std::string host, parse_host(text.substr(0, comma)));
    hosts.push_back(std::move(host));
    if (comma == std::string_view::npos) return hosts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace stratum
