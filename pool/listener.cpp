#include "pool/listener.h"

#include <fmt/format.h>

#include <utility>

namespace pool {

using boost::asio::ip::tcp;
using boost::system::error_code;

Listener::Listener(boost::asio::io_context& io, std::shared_ptr<SSL_CTX> tls, Room room,
                   Accepted accepted)
    : acceptor_(io), tls_(std::move(tls)), room_(std::move(room)), accepted_(std::move(accepted)) {}

base::Status Listener::bind(const std::string& host, std::uint16_t port) {
  error_code error;
  tcp::resolver resolver(acceptor_.get_executor());
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  const tcp::endpoint endpoint = error ? tcp::endpoint() : found.begin()->endpoint();
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  address_ = fmt::format("{}:{}", host, error ? port : port_);
  if (!error) return base::Ok{};
  const char* const help = error == boost::asio::error::address_in_use
                               ? ": another program listens there; stop it, or give another port"
                               : "";
  return base::unavailable(
      fmt::format("cannot listen on {}: {}{}", address_, error.message(), help));
}

void Listener::accept() {
  if (accepting_ || !acceptor_.is_open()) return;
  accepting_ = true;
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    accepting_ = false;
    if (error) return;
    error_code lost;
    const Address peer = socket.remote_endpoint(lost).address();
    if (!lost && room_(peer)) accepted_(open(std::move(socket)), peer);
    accept();
  });
}

std::shared_ptr<Transport> Listener::open(tcp::socket socket) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  if (!error) socket.non_blocking(true, error);
  if (error) return nullptr;
  return tls_ ? tls_transport(std::move(socket), tls_.get()) : plain_transport(std::move(socket));
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace pool
