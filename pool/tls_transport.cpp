#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <climits>
#include <memory>
#include <utility>

#include "pool/transport.h"

namespace pool {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Ssl = std::unique_ptr<SSL, FreeSsl>;

int write_to_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = send(*static_cast<const int*>(BIO_get_data(bio)), bytes,
                            static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_from_socket(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got =
      recv(*static_cast<const int*>(BIO_get_data(bio)), bytes, static_cast<std::size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long answer_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// OpenSSL's own socket BIO writes with write(2), and a peer that is gone would end the process by
/// SIGPIPE.
BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pool socket");
    if (made == nullptr) return made;
    BIO_meth_set_write(made, write_to_socket);
    BIO_meth_set_read(made, read_from_socket);
    BIO_meth_set_ctrl(made, answer_control);
    return made;
  }();
  return method;
}

/// OpenSSL right on the socket, asked when the socket is ready. asio's own stream of TLS would keep
/// four buffers of a record's size, and want another one for each read that waits: with thousands
/// of connections that say nothing, hundreds of megabytes.
class TlsTransport final : public Transport, public std::enable_shared_from_this<TlsTransport> {
 public:
  TlsTransport(tcp::socket socket, Ssl ssl)
      : socket_(std::move(socket)), fd_(socket_.native_handle()), ssl_(std::move(ssl)) {}

  /// Lets OpenSSL at the socket; false when there is no memory left.
  bool begin() {
    BIO* bio = BIO_new(socket_method());
    if (bio == nullptr) return false;
    BIO_set_data(bio, &fd_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
    return true;
  }

  void wait_for_bytes(Done done) override {
    if (SSL_pending(ssl_.get()) > 0) {  // the socket does not show what was decrypted already
      asio::post(socket_.get_executor(), [done = std::move(done)] { done(error_code()); });
      return;
    }
    socket_.async_wait(read_waits_for_, std::move(done));
  }

  std::size_t read_some(std::span<char> into, error_code& error) override {
    if (!is_open()) {  // the number of its descriptor may be another's by now
      error = asio::error::bad_descriptor;
      return 0;
    }
    ERR_clear_error();
    const int size = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
    const int got = SSL_read(ssl_.get(), into.data(), size);
    error = error_of(got, read_waits_for_);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  void write_all(std::string_view bytes, Done done) override {
    while (!bytes.empty()) {
      if (!is_open()) return finish(asio::error::bad_descriptor, std::move(done));
      ERR_clear_error();
      const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
      const int sent = SSL_write(ssl_.get(), bytes.data(), size);
      auto wait = tcp::socket::wait_write;
      const error_code error = error_of(sent, wait);
      if (error == asio::error::would_block) return write_later(bytes, wait, std::move(done));
      if (error) return finish(error, std::move(done));
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    finish(error_code(), std::move(done));
  }

  void end_output() override {
    if (!is_open()) return;
    ERR_clear_error();
    if (established()) SSL_shutdown(ssl_.get());  // the alert; the peer's is not waited for
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  bool is_open() const override { return socket_.is_open(); }
  bool established() const override { return SSL_is_init_finished(ssl_.get()) == 1; }

 private:
  using Wait = tcp::socket::wait_type;

  /// What a call that returned `result` means, and what to wait for where it means "not now".
  error_code error_of(int result, Wait& wait) const {
    if (result > 0) return {};
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        wait = tcp::socket::wait_read;
        return asio::error::would_block;
      case SSL_ERROR_WANT_WRITE:
        wait = tcp::socket::wait_write;
        return asio::error::would_block;
      case SSL_ERROR_ZERO_RETURN:
        wait = tcp::socket::wait_read;
        return asio::error::eof;
      default:
        return asio::error::connection_aborted;
    }
  }

  void write_later(std::string_view bytes, Wait wait, Done done) {
    socket_.async_wait(
        wait, [self = shared_from_this(), bytes, done = std::move(done)](const error_code& error) {
          error ? done(error) : self->write_all(bytes, done);
        });
  }

  /// Never from within `write_all`: the caller would be called by what it calls.
  void finish(const error_code& error, Done done) {
    asio::post(socket_.get_executor(), [error, done = std::move(done)] { done(error); });
  }

  tcp::socket socket_;
  int fd_;
  const Ssl ssl_;
  Wait read_waits_for_ = tcp::socket::wait_read;
};

}  // namespace

std::shared_ptr<Transport> tls_transport(tcp::socket socket, SSL_CTX* context) {
  Ssl ssl(SSL_new(context));
  if (!ssl) return nullptr;
  auto transport = std::make_shared<TlsTransport>(std::move(socket), std::move(ssl));
  return transport->begin() ? transport : nullptr;
}

}  // namespace pool
