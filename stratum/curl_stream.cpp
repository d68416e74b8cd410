#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "stratum/curl_connection.h"
#include "stratum/node_stream.h"
#include "stratum/stream.h"

// libcurl as a transport: CONNECT_ONLY makes the connection and leaves the bytes to us.
namespace stratum {
namespace {

constexpr std::size_t kMaxRecordBytes = 16384;  // of plain text, RFC 8446, 5.1

class CurlStream final : public Stream {
 public:
  CurlStream(std::unique_ptr<CurlConnection> connection, bool encrypted, std::string why_plain)
      : connection_(std::move(connection)),
        encrypted_(encrypted),
        why_plain_(std::move(why_plain)) {}

  base::Result<std::size_t> read(std::span<char> buffer) override {
    if (buffer.empty()) return std::size_t{0};
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(connection_->easy(), buffer.data(), buffer.size(), &count);
    if (code == CURLE_AGAIN) return std::size_t{0};
    if (code != CURLE_OK) return lost(code);
    if (count == 0) return base::io_error("the pool closed the connection");
    return count;
  }

  base::Result<std::size_t> write(std::string_view bytes) override {
    if (bytes.empty()) return std::size_t{0};
    return encrypted_ ? write_record(bytes) : send(bytes);
  }

  int fd() const override { return connection_->fd(); }
  bool encrypted() const override { return encrypted_; }
  const std::string& why_plain() const override { return why_plain_; }

 private:
  /// OpenSSL wants a write that it could not finish again with the same memory; the caller's may
  /// have moved by then.
  base::Result<std::size_t> write_record(std::string_view bytes) {
    if (record_.empty()) record_ = bytes.substr(0, kMaxRecordBytes);
    DCHECK(bytes.starts_with(record_));
    ASSIGN_OR_RETURN(const std::size_t count, send(record_));
    if (count == record_.size()) {
      record_.clear();
    } else if (count != 0) {
      record_.erase(0, count);
    }
    return count;
  }

  base::Result<std::size_t> send(std::string_view bytes) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(connection_->easy(), bytes.data(), bytes.size(), &count);
    if (code == CURLE_AGAIN) return std::size_t{0};
    if (code != CURLE_OK) return lost(code);
    return count;
  }

  static base::Error lost(CURLcode code) {
    return base::io_error(fmt::format("connection lost: {}", curl_easy_strerror(code)));
  }

  std::unique_ptr<CurlConnection> connection_;
  const bool encrypted_;
  const std::string why_plain_;
  std::string record_;  // on its way into TLS
};

/// The error with the pool's name in front, and with the proxy's, which may be to blame.
base::Error name(const PoolUrl& url, const TransportOptions& options, const base::Error& error) {
  const std::string way = options.proxy ? " through " + options.proxy->text() : "";
  return {error.fault, fmt::format("{}{}: {}", url.text(), way, error.message)};
}

base::Result<std::unique_ptr<Stream>> stream_of(const PoolUrl& url, const TransportOptions& options,
                                                base::Micros timeout,
                                                const std::function<bool()>& stop,
                                                const std::string& why_plain) {
  auto connection = std::make_unique<CurlConnection>();
  const base::Status status = connection->connect(url, options, timeout, stop);
  if (!status.ok()) return name(url, options, status.error());
  return std::unique_ptr<Stream>(std::make_unique<CurlStream>(
      std::move(connection), url.security != Security::kPlain, why_plain));
}

/// TLS, and plain text where that is allowed and nobody speaks TLS. A peer that speaks it and is
/// not to be trusted is never asked without.
base::Result<std::unique_ptr<Stream>> connect_without_scheme(const PoolUrl& url,
                                                             const TransportOptions& options,
                                                             base::Micros timeout,
                                                             const std::function<bool()>& stop) {
  auto connection = std::make_unique<CurlConnection>();
  const base::Status status = connection->connect(url, options, timeout, stop);
  if (status.ok()) {
    return std::unique_ptr<Stream>(std::make_unique<CurlStream>(std::move(connection), true, ""));
  }
  base::Error error = name(url, options, status.error());
  if (!connection->no_tls_there()) return error;
  connection.reset();
  if (options.allow_plaintext) {
    return stream_of(url.in_plain_text(), options, timeout, stop, error.message);
  }
  error.message += fmt::format("; write {} or give --allow-plaintext to go without encryption",
                               url.in_plain_text().text());
  return error;
}

}  // namespace

base::Result<std::unique_ptr<Stream>> connect_stream(const PoolUrl& url,
                                                     const TransportOptions& options,
                                                     base::Micros timeout,
                                                     const std::function<bool()>& stop) {
  if (url.by_http) return NodeStream::make(url, options, timeout);
  return url.security == Security::kTlsFirst ? connect_without_scheme(url, options, timeout, stop)
                                             : stream_of(url, options, timeout, stop, "");
}

}  // namespace stratum
