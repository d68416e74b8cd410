#pragma once

#include <openssl/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "pool/transport.h"

namespace pool {

/// A listening socket, whose peers speak TLS or plain text. Belongs to the context's thread.
class Listener {
 public:
  using Address = boost::asio::ip::address;
  using Room = std::function<bool(const Address&)>;
  using Accepted = std::function<void(std::shared_ptr<Transport>, const Address&)>;

  /// `tls`: null for plain text. For each connection `room` is asked whether its peer may have one
  /// more, else it is closed; then `accepted` is called: with null, where it was lost meanwhile.
  Listener(boost::asio::io_context& io, std::shared_ptr<SSL_CTX> tls, Room room, Accepted accepted);

  /// Binds and listens; port 0: any free one. One line when the address is taken or not ours.
  base::Status bind(const std::string& host, std::uint16_t port);
  /// "host:port", as bound.
  const std::string& address() const { return address_; }
  std::uint16_t port() const { return port_; }
  bool encrypts() const { return tls_ != nullptr; }

  /// Accepts from now on. A fault, out of files above all, ends that: to be called again now and
  /// then.
  void accept();
  void close();

 private:
  std::shared_ptr<Transport> open(boost::asio::ip::tcp::socket socket);

  boost::asio::ip::tcp::acceptor acceptor_;
  const std::shared_ptr<SSL_CTX> tls_;
  const Room room_;
  const Accepted accepted_;
  std::string address_;
  std::uint16_t port_ = 0;
  bool accepting_ = false;
};

}  // namespace pool
