#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "stratum/proxy_url.h"
#include "tests/stratum/peer_server.h"

namespace tests {

/// A small proxy of SOCKS5 (RFC 1928, 1929) or HTTP's CONNECT on a loopback port. Wherever it is
/// asked to go, it goes to `target_port` on this machine.
class ProxyServer {
 public:
  struct Behaviour {
    stratum::ProxyUrl::Kind kind = stratum::ProxyUrl::Kind::kSocks5;
    std::uint16_t target_port = 0;
    std::string user = {};  ///< wanted, with its password; empty: nobody is asked
    std::string password = {};
    enum class Fault { kNone, kRefuses, kTalksNonsense, kHangsUp } fault = Fault::kNone;
  };
  explicit ProxyServer(Behaviour behaviour);

  /// As a miner would be told of it.
  stratum::ProxyUrl url() const;
  /// "host:port" of all that was asked for.
  std::vector<std::string> asked() const;

 private:
  void serve(int fd);
  bool serve_socks(int fd);
  bool serve_http(int fd);
  bool log_in_to_socks(int fd);
  void relay(int fd) const;
  void note(const std::string& target);

  const Behaviour behaviour_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  PeerServer server_;  // last
};

}  // namespace tests
