#pragma once

#include <openssl/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "stratum/pool_url.h"
#include "tests/stratum/certificates.h"

// Peers on real loopback sockets that behave as a test wants.
namespace tests {

/// Takes one connection after another, on a thread of its own, and hands each to `serve`, whose
/// reads end when the peer or this object does.
class PeerServer {
 public:
  explicit PeerServer(std::function<void(int fd)> serve, const char* address = "127.0.0.1",
                      std::uint16_t port = 0);
  ~PeerServer();
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void run();

  const std::function<void(int)> serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  int connection_ = -1;
  std::thread thread_;  // last
};

/// Reads from a socket until the peer ends it.
std::string read_to_end(int fd);

/// A server of TLS, with a record of what came.
class TlsServer {
 public:
  struct Behaviour {
    Identity identity;
    /// After the handshake; else all is read to the end.
    std::function<void(SSL*)> talk = {};
    int version = 0;  ///< the only one it speaks, TLS1_VERSION ..; 0: 1.2 and 1.3
    const char* address = "127.0.0.1";
  };
  explicit TlsServer(Behaviour behaviour);

  std::uint16_t port() const { return server_.port(); }
  stratum::PoolUrl url(const std::string& host = "pool.test") const {
    return {host, port(), stratum::Security::kTls};
  }
  /// The application's bytes, of all connections.
  std::string heard() const;
  int connections() const { return server_.connections(); }

  /// For `talk`: sends it all in one record each call; reads some bytes and records them.
  static void send(SSL* ssl, std::string_view bytes);
  bool receive(SSL* ssl);

 private:
  void serve(int fd);

  const Behaviour behaviour_;
  mutable std::mutex mutex_;
  std::string heard_;
  PeerServer server_;  // last
};

}  // namespace tests
