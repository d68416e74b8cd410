#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "pool/http_gate.h"
#include "pool/http_reader.h"
#include "pool/listener.h"
#include "pool/node_service.h"

namespace pool {

/// The listening socket of the node's HTTP side, and its connections: requests go to the service,
/// one at a time of a connection. Belongs to the context's thread.
class HttpDoor {
 public:
  static constexpr std::size_t kMaxConnections = 1024;

  struct Setup {
    boost::asio::io_context& io;
    NodeService& service;
    HttpGate gate;
    const base::Clock& clock;
    const base::SteadyWallClock& wall;  ///< the pool's, which stamps
    base::LogSink& sink;
    std::function<void()> served;  ///< after each request: the pool may have something to do
  };
  explicit HttpDoor(Setup setup);
  ~HttpDoor();
  HttpDoor(const HttpDoor&) = delete;
  HttpDoor& operator=(const HttpDoor&) = delete;

  /// Binds and listens; port 0: any free one.
  base::Status bind(const std::string& host, std::uint16_t port) {
    return listener_.bind(host, port);
  }
  const std::string& address() const { return listener_.address(); }
  std::uint16_t port() const { return listener_.port(); }

  /// To be called once a second, from the start on: accepts, and closes who takes too long.
  void sweep();
  /// Accepts nobody any more. Who is connected can still ask what became of its shares.
  void finish();
  bool has_connections() const { return !connections_.empty(); }

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;

  void open(std::shared_ptr<Transport> accepted);
  void wait_for_bytes(const ConnectionPtr& connection);
  void read(const ConnectionPtr& connection);
  void end_of_input(const ConnectionPtr& connection);
  void work(const ConnectionPtr& connection);
  void serve(const ConnectionPtr& connection, HttpRequest request);
  void refuse(const ConnectionPtr& connection, const HttpRefusal& refusal);
  void answer(const ConnectionPtr& connection, std::string bytes);
  void answered(const ConnectionPtr& connection);
  void drop(const ConnectionPtr& connection);

  const Setup setup_;
  const base::Log log_;
  Listener listener_;
  std::set<ConnectionPtr> connections_;
  std::array<char, 16384> bytes_;
  bool finishing_ = false;
};

}  // namespace pool
