#include <boost/asio/write.hpp>
#include <utility>

#include "pool/transport.h"

namespace pool {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(tcp::socket socket) : socket_(std::move(socket)) {}

  void wait_for_bytes(Done done) override {
    socket_.async_wait(tcp::socket::wait_read, std::move(done));
  }
  std::size_t read_some(std::span<char> into, error_code& error) override {
    return socket_.read_some(asio::buffer(into.data(), into.size()), error);
  }
  void write_all(std::string_view bytes, Done done) override {
    asio::async_write(
        socket_, asio::buffer(bytes.data(), bytes.size()),
        [done = std::move(done)](const error_code& error, std::size_t) { done(error); });
  }
  void end_output() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  bool is_open() const override { return socket_.is_open(); }
  bool established() const override { return true; }

 private:
  tcp::socket socket_;
};

}  // namespace

std::shared_ptr<Transport> plain_transport(tcp::socket socket) {
  return std::make_shared<PlainTransport>(std::move(socket));
}

}  // namespace pool
