#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/curl_setup.h"
#include "stratum/node_bridge.h"
#include "stratum/stream.h"

namespace stratum {

/// A node as a stream of lines: a NodeBridge, whose calls libcurl makes, each lane by a handle and
/// connection of its own. Nothing blocks: `fd` is an epoll that is readable when a call has moved
/// on, and reading and writing move them on. Belongs to one thread.
///
/// There is no connection before the first call: what fails there is told by `read`.
class NodeStream final : public Stream {
 public:
  /// `connect_timeout`: of each connection. An error when libcurl or the system has no room.
  static base::Result<std::unique_ptr<Stream>> make(const PoolUrl& url,
                                                    const TransportOptions& options,
                                                    base::Micros connect_timeout);
  ~NodeStream() override;
  NodeStream(const NodeStream&) = delete;
  NodeStream& operator=(const NodeStream&) = delete;

  base::Result<std::size_t> read(std::span<char> buffer) override;
  base::Result<std::size_t> write(std::string_view bytes) override;
  int fd() const override { return epoll_; }
  bool encrypted() const override { return url_.security == Security::kTls; }
  const std::string& why_plain() const override { return why_plain_; }
  base::SteadyTime not_before() const override { return bridge_.not_before(); }

 private:
  /// One handle, and the call that it makes.
  struct Line {
    CurlSetup setup;
    CurlEasy easy;
    CurlList headers;
    std::string token;  // that was sent
    HttpCall call;
    std::string body;  // of the answer
    bool active = false;
    bool too_long = false;
  };

  NodeStream(const PoolUrl& url, const TransportOptions& options, base::Micros connect_timeout);
  base::Status set_up();
  base::Status set_up(Line& line);
  void pump();
  bool begin_calls();
  base::Status begin(Line& line, HttpCall call);
  bool move_on();
  bool finish_calls();
  base::Status finish(std::size_t lane, CURLcode code);
  bool by_cookie() const;
  base::Result<std::string> token() const;
  base::Error told(const std::string& why) const;
  std::string why_lost(Line& line, CURLcode code) const;
  static void arm(int timer, base::Micros after);

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* line);
  static int on_connect(void*, curl_socket_t fd, curlsocktype);

  const PoolUrl url_;
  const TransportOptions options_;
  const base::Micros connect_timeout_;
  const std::string why_plain_;
  const base::SystemClock clock_;
  NodeBridge bridge_;
  int epoll_ = -1;
  int curl_timer_ = -1;
  int own_timer_ = -1;  // of the bridge
  std::optional<base::Error> over_;
  // In the order of their lives: connections report to the lines that made them, and the cache of
  // connections is the multi handle's.
  std::array<Line, 2> lines_;  // by lane
  CurlMulti multi_;
};

}  // namespace stratum
