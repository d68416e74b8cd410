#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pool {

/// What a request says of itself before its body. Texts are the peer's.
struct HttpHead {
  std::string_view method;
  std::string_view target;
  std::string_view host;    ///< the Host field; empty: none
  std::size_t hosts = 0;    ///< how many of them
  bool has_origin = false;  ///< a browser sends it for some page
  std::string_view content_type;
  std::string_view authorization;
};

/// Why a request is not taken.
struct HttpRefusal {
  int status = 400;
  std::string_view why;  ///< a literal
};

/// Who may call the node: checks in an order in which a stranger learns nothing but 403 and 401.
/// Immutable; any thread.
class HttpGate {
 public:
  struct Setup {
    std::string token;               ///< the bearer's; never empty
    std::vector<std::string> names;  ///< host names it may be called by, besides localhost
  };
  explicit HttpGate(Setup setup) : setup_(std::move(setup)) {}

  /// Nothing: it may go on to its body.
  std::optional<HttpRefusal> check(const HttpHead& head) const;

 private:
  bool knows_host(std::string_view field) const;
  bool knows_token(std::string_view authorization) const;

  const Setup setup_;
};

}  // namespace pool
