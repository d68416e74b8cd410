#pragma once

#include <openssl/types.h>

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace pool {

/// A peer's byte stream, plain or encrypted. Belongs to the thread that runs its socket's context,
/// which also calls what is handed over here; it has to live until then.
class Transport {
 public:
  using Done = std::function<void(const boost::system::error_code&)>;

  virtual ~Transport() = default;
  /// Calls `done` when `read_some` may have something to say; one at a time.
  virtual void wait_for_bytes(Done done) = 0;
  /// Bytes that are here. Errors: would_block, there are none now; eof, the peer will send no more;
  /// any other, the connection is over.
  virtual std::size_t read_some(std::span<char> into, boost::system::error_code& error) = 0;
  /// Sends it all, then calls `done`; one at a time. `bytes` stay until then.
  virtual void write_all(std::string_view bytes, Done done) = 0;
  /// Nothing more will be written: the peer sees the end after what was sent. Not while a write is
  /// under way.
  virtual void end_output() = 0;
  /// At once. What waits is called with an error.
  virtual void close() = 0;
  virtual bool is_open() const = 0;
  /// Lines can be exchanged; with TLS, once its handshake is done. Until then reading drives it.
  virtual bool established() const = 0;
};

/// Over a socket that does not block.
std::shared_ptr<Transport> plain_transport(boost::asio::ip::tcp::socket socket);
/// The server's side of TLS; null when there is no memory left. `context` is counted, not owned.
std::shared_ptr<Transport> tls_transport(boost::asio::ip::tcp::socket socket, SSL_CTX* context);

}  // namespace pool
