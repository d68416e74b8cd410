#include "tests/stratum/proxy_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

namespace tests {
namespace {

using Fault = ProxyServer::Behaviour::Fault;

/// Exactly so many bytes; nothing when the peer ended before.
std::optional<std::string> read_exactly(int fd, std::size_t count) {
  std::string bytes(count, '\0');
  if (count == 0) return bytes;
  const ssize_t got = recv(fd, bytes.data(), count, MSG_WAITALL);
  if (got != static_cast<ssize_t>(count)) return std::nullopt;
  return bytes;
}

/// A text with its length in front, of one byte.
std::optional<std::string> read_counted(int fd) {
  const auto length = read_exactly(fd, 1);
  return length ? read_exactly(fd, static_cast<std::uint8_t>(length->front())) : std::nullopt;
}

bool send_all(int fd, std::string_view bytes) {
  return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

/// The host of a request: a name, or an address of either family.
std::optional<std::string> read_host(int fd, char type) {
  if (type == 3) return read_counted(fd);
  const int family = type == 1 ? AF_INET : AF_INET6;
  const auto bytes = read_exactly(fd, type == 1 ? 4 : 16);
  if (!bytes) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes->data(), text.data(), text.size());
  return std::string(text.data());
}

std::string base64(const std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (i + k < text.size() ? static_cast<std::uint8_t>(text[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k > text.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63];
    }
  }
  return out;
}

/// Moves what is there from one to the other; false at its end.
bool move_some(int from, int to) {
  std::array<char, 16384> buffer{};
  const ssize_t got = recv(from, buffer.data(), buffer.size(), 0);
  return got > 0 && send_all(to, {buffer.data(), static_cast<std::size_t>(got)});
}

}  // namespace

ProxyServer::ProxyServer(Behaviour behaviour)
    : behaviour_(std::move(behaviour)), server_([this](int fd) { serve(fd); }) {}

stratum::ProxyUrl ProxyServer::url() const {
  return {behaviour_.kind, "127.0.0.1", server_.port(), behaviour_.user, behaviour_.password};
}

std::vector<std::string> ProxyServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void ProxyServer::note(const std::string& target) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(target);
}

void ProxyServer::serve(int fd) {
  if (behaviour_.fault == Fault::kHangsUp) return;
  if (behaviour_.fault == Fault::kTalksNonsense) {
    send_all(fd, "\x01\xff nonsense \r\n\r\n");
    read_to_end(fd);
    return;
  }
  const bool http = behaviour_.kind == stratum::ProxyUrl::Kind::kHttp;
  if (http ? serve_http(fd) : serve_socks(fd)) relay(fd);
}

/// Method 2 of RFC 1928 is that of RFC 1929.
bool ProxyServer::log_in_to_socks(int fd) {
  const char method = behaviour_.user.empty() ? 0 : 2;
  const auto version = read_exactly(fd, 1);
  const auto methods = read_counted(fd);
  if (!version || !methods) return false;
  const bool offered = methods->find(method) != std::string::npos;
  const std::array<char, 2> chosen = {5, offered ? method : static_cast<char>(0xff)};
  if (!send_all(fd, {chosen.data(), chosen.size()}) || !offered) return false;
  if (method == 0) return true;
  if (!read_exactly(fd, 1)) return false;
  const auto user = read_counted(fd);
  const auto password = read_counted(fd);
  const bool good = user == behaviour_.user && password == behaviour_.password;
  const std::array<char, 2> answer = {1, static_cast<char>(good ? 0 : 1)};
  return send_all(fd, {answer.data(), answer.size()}) && good;
}

bool ProxyServer::serve_socks(int fd) {
  if (!log_in_to_socks(fd)) return false;
  const auto head = read_exactly(fd, 4);
  const auto host = head ? read_host(fd, (*head)[3]) : std::nullopt;
  const auto port = host ? read_exactly(fd, 2) : std::nullopt;
  if (!port) return false;
  const int number =
      static_cast<std::uint8_t>((*port)[0]) << 8 | static_cast<std::uint8_t>((*port)[1]);
  note(*host + ":" + std::to_string(number));
  const char code = behaviour_.fault == Fault::kRefuses ? 2 : 0;  // "not allowed by ruleset"
  const std::array<char, 10> answer = {5, code, 0, 1};
  return send_all(fd, {answer.data(), answer.size()}) && code == 0;
}

bool ProxyServer::serve_http(int fd) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto byte = read_exactly(fd, 1);
    if (!byte) return false;
    head += *byte;
  }
  const std::string login = base64(behaviour_.user + ":" + behaviour_.password);
  const bool known = behaviour_.user.empty() ||
                     head.find("Proxy-Authorization: Basic " + login) != std::string::npos;
  if (!known) {
    send_all(fd,
             "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    return false;
  }
  const std::size_t begin = head.find(' ') + 1;
  note(head.substr(begin, head.find(' ', begin) - begin));
  const bool refuses = behaviour_.fault == Fault::kRefuses;
  send_all(fd,
           refuses ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 Go\r\n\r\n");
  return !refuses;
}

void ProxyServer::relay(int fd) const {
  const int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(behaviour_.target_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool alive = connect(target, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  while (alive) {
    std::array<pollfd, 2> waits = {pollfd{fd, POLLIN, 0}, pollfd{target, POLLIN, 0}};
    poll(waits.data(), waits.size(), -1);
    if (waits[0].revents != 0) alive = move_some(fd, target);
    if (alive && waits[1].revents != 0) alive = move_some(target, fd);
  }
  close(target);
}

}  // namespace tests
