#include "pool/web/page_rules.h"

namespace pool::web {

std::optional<HttpRefusal> PageRules::check(const HttpHead& head) const {
  if (head.hosts != 1) return HttpRefusal{400, "not one Host field"};
  if (!is_known_host(head.host, names_)) return HttpRefusal{403, "Host is not known here"};
  if (head.has_origin) return HttpRefusal{403, "not for pages of another site"};
  if (head.method != "GET" && head.method != "HEAD") return HttpRefusal{405, "GET and HEAD alone"};
  if (head.has_body) return HttpRefusal{413, "no body is taken"};
  return std::nullopt;
}

}  // namespace pool::web
