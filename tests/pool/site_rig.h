#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pool/web/site.h"

// The status pages without a pool, a socket or a thread.
namespace tests {

/// A sprint that was credited.
pool::SprintView credited_sprint(const std::string& id);
/// A pool with a running, an announced and a credited sprint.
pool::PoolView some_pool();

/// A site, its clock, and what it asked the pool for.
struct SiteRig {
  explicit SiteRig(const std::string& audit_folder = "");

  using Answer = std::shared_ptr<std::optional<pool::HttpAnswer>>;
  /// Asks for a page, by a connection; the answer may come later.
  Answer ask(const std::string& target, const std::string& method = "GET",
             const std::string& if_none_match = "", const void* from = nullptr);
  /// Asks for it, and answers what the site asks for.
  pool::HttpAnswer get(const std::string& target, const std::string& method = "GET",
                       const std::string& if_none_match = "");
  /// Answers the last question; views of accounts are empty.
  void answer();

  base::ManualClock clock;
  pool::PoolView view = some_pool();
  std::vector<pool::ViewWanted> asked;
  pool::web::Site::Question question = 0;  // the last one's number
  std::vector<base::Micros> to_call;
  pool::web::Site site;
};

/// A field of an answer's head; empty: it has none.
std::string field_of(const pool::HttpAnswer& answer, const std::string& name);

}  // namespace tests
