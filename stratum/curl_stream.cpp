#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#include "stratum/stream.h"

// libcurl as a transport: CONNECT_ONLY makes the connection and leaves the bytes to us. The multi
// interface is used only because its wait has a bound: the easy interface asks its progress
// callback about once a second while it waits for an answer to a SYN.
namespace stratum {
namespace {

constexpr int kWaitMs = 100;  // at most, between two questions to `stop`

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Multi = std::unique_ptr<CURLM, FreeMulti>;

/// libcurl's own start, which must not run twice at once. Never undone: other users of libcurl in
/// the process may still be at work.
bool start_curl() {
  static std::once_flag once;
  static CURLcode result = CURLE_FAILED_INIT;
  std::call_once(once, [] { result = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return result == CURLE_OK;
}

/// An easy handle inside its multi handle, whose cache of connections owns the socket: so the two
/// live and die together, the easy handle first.
struct Connection {
  Multi multi{curl_multi_init()};
  Easy easy{curl_easy_init()};

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (multi && easy) curl_multi_remove_handle(multi.get(), easy.get());
    easy.reset();
  }
};

class CurlStream final : public Stream {
 public:
  CurlStream(std::unique_ptr<Connection> connection, int fd)
      : connection_(std::move(connection)), fd_(fd) {}

  base::Result<std::size_t> read(std::span<char> buffer) override {
    if (buffer.empty()) return std::size_t{0};
    std::size_t count = 0;
    const CURLcode code =
        curl_easy_recv(connection_->easy.get(), buffer.data(), buffer.size(), &count);
    if (code == CURLE_AGAIN) return std::size_t{0};
    if (code != CURLE_OK) return lost(code);
    if (count == 0) return base::io_error("the pool closed the connection");
    return count;
  }

  base::Result<std::size_t> write(std::string_view bytes) override {
    if (bytes.empty()) return std::size_t{0};
    std::size_t count = 0;
    const CURLcode code =
        curl_easy_send(connection_->easy.get(), bytes.data(), bytes.size(), &count);
    if (code == CURLE_AGAIN) return std::size_t{0};
    if (code != CURLE_OK) return lost(code);
    return count;
  }

  int fd() const override { return fd_; }

 private:
  static base::Error lost(CURLcode code) {
    return base::io_error(fmt::format("connection lost: {}", curl_easy_strerror(code)));
  }

  std::unique_ptr<Connection> connection_;
  int fd_;
};

void set_options(CURL* easy, const PoolUrl& url, base::Micros timeout, char* error_text) {
  const auto timeout_ms =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(timeout, base::Micros(1))).count();
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(easy, CURLOPT_URL, ("http://" + url.authority()).c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 45L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
  // Do not wait for a thread that looks up a name when we give up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

/// Runs the connection until it stands (nothing) or not (why).
base::Status run(CURLM* multi, const std::function<bool()>& stop, const char* error_text) {
  for (;;) {
    if (stop()) return base::unavailable("stopped");
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK) {
      return base::io_error(curl_multi_strerror(code));
    }
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      const CURLcode code = message->data.result;
      if (code == CURLE_OK) return base::Ok{};
      return base::io_error(error_text[0] != '\0' ? error_text : curl_easy_strerror(code));
    }
    if (const CURLMcode code = curl_multi_poll(multi, nullptr, 0, kWaitMs, nullptr);
        code != CURLM_OK) {
      return base::io_error(curl_multi_strerror(code));
    }
  }
}

}  // namespace

base::Result<std::unique_ptr<Stream>> connect_stream(const PoolUrl& url, base::Micros timeout,
                                                     const std::function<bool()>& stop) {
  const auto name = [&](const base::Error& error) {
    return base::Error{error.fault, fmt::format("{}: {}", url.text(), error.message)};
  };
  if (!start_curl()) return name(base::unavailable("libcurl does not start"));
  auto connection = std::make_unique<Connection>();
  if (!connection->multi || !connection->easy) return name(base::no_memory("no memory left"));
  char error_text[CURL_ERROR_SIZE] = "";
  CURL* easy = connection->easy.get();
  set_options(easy, url, timeout, error_text);
  if (const CURLMcode code = curl_multi_add_handle(connection->multi.get(), easy);
      code != CURLM_OK) {
    return name(base::io_error(curl_multi_strerror(code)));
  }
  const base::Status status = run(connection->multi.get(), stop, error_text);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);  // it goes out of scope
  if (!status.ok()) return name(status.error());

  curl_socket_t fd = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) {
    return name(base::io_error("the connection was lost at once"));
  }
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  return std::unique_ptr<Stream>(std::make_unique<CurlStream>(std::move(connection), fd));
}

}  // namespace stratum
