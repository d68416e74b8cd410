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
  bool has_body = false;  ///< it says so
};

/// Why a request is not taken.
struct HttpRefusal {
  int status = 400;
  std::string_view why;  ///< a literal
};

/// By what a request's head is let through, before its body is read. Immutable; any thread.
class HttpRules {
 public:
  virtual ~HttpRules() = default;
  /// Nothing: it may go on to its body.
  virtual std::optional<HttpRefusal> check(const HttpHead& head) const = 0;
};

/// Whether a Host field is an address, localhost or one of `names`. A page in somebody's browser
/// can make a name of its own lead here (DNS rebinding), but not one of those.
bool is_known_host(std::string_view field, const std::vector<std::string>& names);

/// Who may call the node: checks in an order in which a stranger learns nothing but 403 and 401.
/// Immutable; any thread.
class HttpGate final : public HttpRules {
 public:
  struct Setup {
    std::string token;               ///< the bearer's; never empty
    std::vector<std::string> names;  ///< host names it may be called by, besides localhost
  };
  explicit HttpGate(Setup setup) : setup_(std::move(setup)) {}

  std::optional<HttpRefusal> check(const HttpHead& head) const override;

 private:
  bool knows_token(std::string_view authorization) const;

  const Setup setup_;
};

}  // namespace pool
