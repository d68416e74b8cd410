#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "pool/broadcasts.h"
#include "pool/doorkeeper.h"
#include "pool/listener.h"
#include "pool/pool.h"
#include "pool/statistics.h"

namespace pool {

/// The listening sockets of Sprint Stratum, plain and TLS, and their connections: what miners say
/// goes to the pool, what it says goes out. Belongs to the context's thread.
class MinerDoor {
 public:
  static constexpr std::size_t kMaxConnections = 20'000;
  static constexpr unsigned kSweepsASecond = 10;

  struct Setup {
    boost::asio::io_context& io;
    Pool& pool;
    Statistics& statistics;
    const std::string& pool_name;
    Doorkeeper::Limits limits;
    std::function<Pool::ConnectionId()> next_id;  ///< one that no other connection has
    const base::Clock& clock;
    const base::SteadyWallClock& wall;  ///< the pool's, which stamps
    base::LogSink& sink;
    std::function<void()> served;  ///< after what was heard: the pool may have something to do
    std::function<void()> left;    ///< after `finish`: nobody is connected any more
  };
  explicit MinerDoor(Setup setup);
  ~MinerDoor();
  MinerDoor(const MinerDoor&) = delete;
  MinerDoor& operator=(const MinerDoor&) = delete;

  /// Binds and listens; port 0: any free one. `tls`: null for plain text.
  base::Status bind(const std::string& host, std::uint16_t port, std::shared_ptr<SSL_CTX> tls);
  const std::vector<std::unique_ptr<Listener>>& listeners() const { return listeners_; }

  /// Sends what sessions have to say since this was called last.
  void flush();
  /// To be called kSweepsASecond, from the start on: accepts, and of so small a part of connections
  /// asks who is silent whether anybody is there, and closes who is silent for too long. (A look at
  /// thousands at once would hold up answers.)
  void sweep();

  /// Accepts nobody any more, and answers requests with 40: what was not answered is the next
  /// pool's. `comes_back`: miners are asked to connect again.
  void finish(bool comes_back);
  /// After `finish`, once all that was to be said is said: closes when it is read.
  void say_goodbye();
  bool has_connections() const { return !connections_.empty(); }

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;
  using Connections = std::map<Pool::ConnectionId, ConnectionPtr>;

  void open(std::shared_ptr<Transport> accepted, const boost::asio::ip::address& peer);
  void look_at_handshake(Connection& connection);
  void wait_for_bytes(const ConnectionPtr& connection);
  void read(const ConnectionPtr& connection);
  void hear(Connection& connection, std::string_view bytes);
  void close_superseded();
  void start_closing(Connection& connection);
  void flush(const ConnectionPtr& connection);
  void drop(Connection& connection);
  void strike(const Connection& connection, std::string_view reason);
  void look_after(const ConnectionPtr& connection, base::SteadyTime now);
  void overdue(Connection& connection);

  const Setup setup_;
  const base::Log log_;
  Doorkeeper keeper_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Connections connections_;
  Walk<Connections> swept_;                      // since it went through all
  std::vector<Pool::ConnectionId> with_output_;  // since the last flush; some flushed since
  bool finishing_ = false;
  std::array<char, std::size_t{64} * 1024> bytes_{};  // for one read at a time
};

}  // namespace pool
