#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pool/http_gate.h"

namespace pool::web {

/// Who may look at the pages: everybody, by GET and HEAD without a body, under a host name that is
/// known here. Immutable; any thread.
class PageRules final : public HttpRules {
 public:
  /// `names`: host names that the pages may be called by, besides localhost and addresses.
  explicit PageRules(std::vector<std::string> names) : names_(std::move(names)) {}

  std::optional<HttpRefusal> check(const HttpHead& head) const override;

 private:
  const std::vector<std::string> names_;
};

}  // namespace pool::web
