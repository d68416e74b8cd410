#include "tests/stratum/peer_server.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "base/check.h"

namespace tests {
namespace {

int listen_on(const char* address, std::uint16_t port) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  const bool ipv6 = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
  CHECK(ipv6 || inet_pton(AF_INET, address, &four.sin_addr) == 1);
  const int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto* where =
      ipv6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  CHECK(bind(fd, where, ipv6 ? sizeof(six) : sizeof(four)) == 0);
  CHECK(listen(fd, 16) == 0);
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in6 address{};  // the port stands at the same place in both families
  socklen_t size = sizeof(address);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin6_port);
}

/// With what OpenSSL calls security level 0, which TLS 1.0 needs.
SSL_CTX* make_context(const TlsServer::Behaviour& behaviour) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_security_level(context, behaviour.version == 0 ? 2 : 0);
  if (behaviour.version != 0) CHECK(SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1);
  const int lowest = behaviour.version == 0 ? TLS1_2_VERSION : behaviour.version;
  CHECK(SSL_CTX_set_min_proto_version(context, lowest) == 1);
  CHECK(SSL_CTX_set_max_proto_version(context, behaviour.version) == 1);
  const TempFile certificate(behaviour.identity.certificate);
  const TempFile key(behaviour.identity.key);
  CHECK(SSL_CTX_use_certificate_chain_file(context, certificate.path().c_str()) == 1);
  CHECK(SSL_CTX_use_PrivateKey_file(context, key.path().c_str(), SSL_FILETYPE_PEM) == 1);
  return context;
}

}  // namespace

PeerServer::PeerServer(std::function<void(int)> serve, const char* address, std::uint16_t port)
    : serve_(std::move(serve)), listener_(listen_on(address, port)), port_(port_of(listener_)) {
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { run(); });
}

PeerServer::~PeerServer() {
  ending_ = true;
  shutdown(listener_, SHUT_RDWR);
  {
    const std::lock_guard lock(mutex_);
    if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
  }
  thread_.join();
  close(listener_);
}

void PeerServer::run() {
  while (!ending_) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    {
      const std::lock_guard lock(mutex_);
      connection_ = fd;
    }
    if (!ending_) serve_(fd);
    const std::lock_guard lock(mutex_);
    connection_ = -1;
    close(fd);
  }
}

std::string read_to_end(int fd) {
  std::string all;
  char buffer[4096];
  for (;;) {
    const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

TlsServer::TlsServer(Behaviour behaviour)
    : behaviour_(std::move(behaviour)),
      server_([this](int fd) { serve(fd); }, behaviour_.address) {}

std::string TlsServer::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void TlsServer::send(SSL* ssl, std::string_view bytes) {
  SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
}

bool TlsServer::receive(SSL* ssl) {
  char buffer[4096];
  const int got = SSL_read(ssl, buffer, sizeof(buffer));
  if (got <= 0) return false;
  const std::lock_guard lock(mutex_);
  heard_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

/// The rest of the handshake may lie unread in the socket: closed over it, it would be reset, and
/// the peer would lose what it was just sent. So the end is told, and what comes until the peer's
/// own end is read, for a second at most.
static void end_gently(int fd) {
  shutdown(fd, SHUT_WR);
  char rest[256];
  pollfd wait{fd, POLLIN, 0};
  while (poll(&wait, 1, 1000) > 0 && recv(fd, rest, sizeof rest, 0) > 0) {
  }
}

void TlsServer::serve(int fd) {
  SSL_CTX* context = make_context(behaviour_);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) == 1) {
    if (behaviour_.talk) {
      behaviour_.talk(ssl);
      end_gently(fd);
    } else {
      while (receive(ssl)) {
      }
    }
  }
  ERR_clear_error();
  SSL_free(ssl);
  SSL_CTX_free(context);
}

}  // namespace tests
