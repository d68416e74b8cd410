#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "poc/reference.h"
#include "stratum/client_session.h"

namespace tests {

/// A blocking TCP connection to loopback, for what a peer may send, right or wrong.
class LineClient {
 public:
  explicit LineClient(std::uint16_t port);
  ~LineClient();
  LineClient(const LineClient&) = delete;
  LineClient& operator=(const LineClient&) = delete;

  bool connected() const { return socket_ >= 0; }
  /// False when the pool closed the connection.
  bool send(std::string_view bytes);
  /// Says no more, and still listens.
  void end_output();
  /// What came within `patience`; empty at its end, or when the pool closed the connection.
  std::string receive(base::Micros patience);
  /// Reads until `text` has come; false when the pool closed the connection, or after 30 s.
  bool wait_for(std::string_view text);
  /// Reads until the pool closes the connection; false after 30 s.
  bool wait_for_close();
  bool closed() const { return closed_; }
  const std::string& received() const { return received_; }

 private:
  int socket_ = -1;
  bool closed_ = false;
  std::string received_;
};

/// A miner on the reference evaluator: a few shares of each sprint.
class TinyMiner {
 public:
  struct Counts {
    std::uint64_t acked = 0;
    std::uint64_t refused = 0;
    std::uint64_t voided = 0;
    std::uint64_t results = 0;
    std::uint64_t credit = 0;
  };

  /// `wrong_digests`: lies about every second share.
  TinyMiner(std::uint16_t port, const std::string& account, bool wrong_digests = false);

  /// Mines until so many results came, the pool left, or a minute passed.
  Counts mine(std::uint64_t results);

 private:
  struct Sprint {
    stratum::Announcement announcement;
    std::optional<poc::ReferenceModel> model;
    std::optional<stratum::StartNotice> start;
    std::optional<stratum::Lease> lease;
    std::set<std::uint64_t> seqs;  // acked
  };
  void take_events();
  void on_announced(const stratum::Announcement& announcement);
  void race(Sprint& sprint);
  void flush();

  base::SystemClock clock_;
  LineClient connection_;
  const std::string account_;
  const bool wrong_digests_;
  stratum::ClientSession session_;
  std::map<std::string, Sprint> sprints_;
  Counts counts_;
};

}  // namespace tests
