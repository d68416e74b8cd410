#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "pool/doorkeeper.h"
#include "pool/http_gate.h"
#include "pool/http_reader.h"
#include "pool/listener.h"

namespace pool {

/// What answers the requests that come through a door, on its thread.
class HttpService {
 public:
  using Reply = std::function<void(HttpAnswer)>;
  virtual ~HttpService() = default;
  /// `reply` is called once, perhaps at once. `from`: the connection, to be named to `let_go`.
  virtual void handle(const HttpRequest& request, const void* from, Reply reply) = 0;
  /// The peer of this connection is gone.
  virtual void let_go(const void* from) = 0;
  /// It says no more. It may still listen; who closed the whole connection looks the same.
  virtual void heard_all(const void* from) { let_go(from); }
  /// What is said to a request that its rules do not let through.
  virtual HttpAnswer refusal(const HttpRefusal& refusal) = 0;
};

/// Whom a door serves, and for how long.
struct HttpLimits {
  std::size_t connections = 1024;
  base::Micros idle = std::chrono::seconds(120);     ///< between two requests
  base::Micros answered = std::chrono::seconds(90);  ///< for an answer, or its next piece
  /// An answer that takes longer than `answered` is to be read at so many bytes a second, over its
  /// whole length; 0: as slowly as anybody likes.
  std::uint64_t slowest = 0;
  std::optional<base::Micros> life = {};  ///< of a connection; the answer after it is its last
  std::optional<Doorkeeper::Limits> peers = {};  ///< how many of one address; none: any number
};

/// A listening socket for HTTP, and its connections: requests go to the service, one at a time of a
/// connection. Belongs to the context's thread.
class HttpDoor {
 public:
  struct Setup {
    boost::asio::io_context& io;
    HttpService& service;
    const HttpRules& rules;
    const base::Clock& clock;
    base::LogSink& sink;
    HttpLimits limits = {};
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

  bool admit(const Listener::Address& peer);
  void leave(const Listener::Address& peer);
  void open(std::shared_ptr<Transport> accepted, const Listener::Address& peer);
  void wait_for_bytes(const ConnectionPtr& connection);
  void read(const ConnectionPtr& connection);
  void end_of_input(const ConnectionPtr& connection);
  void work(const ConnectionPtr& connection);
  void serve(const ConnectionPtr& connection, const HttpRequest& request);
  void refuse(const ConnectionPtr& connection, const HttpRefusal& refusal);
  void answer(const ConnectionPtr& connection, HttpAnswer said);
  base::Micros whole_answer(std::uint64_t bytes) const;
  void send(const ConnectionPtr& connection, std::string bytes);
  void sent(const ConnectionPtr& connection);
  void answered(const ConnectionPtr& connection);
  void drop(const ConnectionPtr& connection);

  const Setup setup_;
  const base::Log log_;
  std::optional<Doorkeeper> keeper_;
  Listener listener_;
  std::set<ConnectionPtr> connections_;
  std::array<char, 16384> bytes_;
  bool finishing_ = false;
};

}  // namespace pool
