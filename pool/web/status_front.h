#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "pool/http_door.h"
#include "pool/peer_address.h"
#include "pool/server.h"
#include "pool/web/page_rules.h"
#include "pool/web/site.h"

namespace pool::web {

/// Where the pages are served.
struct StatusConfig {
  std::string host = {};   ///< where to listen; empty: nowhere
  std::uint16_t port = 0;  ///< 0: any free one
};

/// The status pages on a listening socket of their own, served by a thread of their own: whoever
/// looks, the pool's thread gives a view of itself at most four times a second.
class StatusFront {
 public:
  struct Setup {
    StatusConfig where;
    std::vector<std::string> names;  ///< that it may be called by, besides localhost and addresses
    std::string audit_folder;        ///< empty: no audits are kept
    Networks exempt;                 ///< that may have any number of connections: a proxy
    Server& server;
    const base::Clock& clock;
    base::LogSink& sink;
  };
  /// Binds, listens and serves; one line when that cannot be. What it names outlives it; it is to
  /// be gone before the server is, and not before the server's `run` has returned.
  static base::Result<std::unique_ptr<StatusFront>> open(Setup setup);
  /// Ends the thread.
  ~StatusFront();
  StatusFront(const StatusFront&) = delete;
  StatusFront& operator=(const StatusFront&) = delete;

  /// "host:port", as bound.
  const std::string& address() const { return door_.address(); }
  std::uint16_t port() const { return door_.port(); }

 private:
  explicit StatusFront(Setup setup);
  void ask(ViewWanted wanted, Site::Question question);
  void call_later(base::Micros time);
  void sweep();
  void run();

  const Setup setup_;
  const base::Log log_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer sweep_timer_{io_};
  boost::asio::steady_timer call_timer_{io_};
  const PageRules rules_;
  Site site_;
  HttpDoor door_;
  std::thread thread_;
};

}  // namespace pool::web
