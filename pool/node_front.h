#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "pool/http_door.h"
#include "pool/http_token.h"
#include "pool/node_service.h"
#include "pool/server.h"

namespace pool {

/// The node's HTTP side, whole: the token that opens it, the door, and the service behind it.
/// Belongs to the context's thread.
class NodeFront final : private HttpService {
 public:
  struct Ports {
    boost::asio::io_context& io;
    Pool& pool;
    std::function<Pool::ConnectionId()> next_id;  ///< one that no other connection has
    const base::Clock& clock;
    const base::SteadyWallClock& wall;
    base::LogSink& sink;
    RandomSource random;
    std::function<void()> served;  ///< after a request: the pool may have something to do
  };
  /// Reads or draws the token, binds, listens, and only then writes what it drew; one line when
  /// that cannot be. What `ports` name outlives it.
  static base::Result<std::unique_ptr<NodeFront>> open(const HttpConfig& config, Ports ports);

  const std::string& address() const { return door_.address(); }
  std::uint16_t port() const { return door_.port(); }
  /// Once a second, from the start on.
  void sweep();
  /// Nobody is accepted any more, and nothing is taken; who waits is answered, and may ask for
  /// results.
  void finish();
  bool has_connections() const { return door_.has_connections(); }

 private:
  NodeFront(const HttpConfig& config, Ports ports, std::string token, std::string run);
  void handle(const HttpRequest& request, const void* from, Reply reply) override;
  void let_go(const void* from) override {
    service_.let_go(from, ports_.wall.now(), ports_.clock.now());
  }
  HttpAnswer refusal(const HttpRefusal& refusal) override;
  void settle() { service_.settle(ports_.wall.now(), ports_.clock.now()); }

  const Ports ports_;
  std::unique_ptr<CookieFile> cookie_;  // may be missing
  NodeService service_;
  const HttpGate gate_;
  HttpDoor door_;
};

}  // namespace pool
