#include "stratum/curl_connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <mutex>

#include "base/bytes.h"
#include "stratum/tls_fault.h"

namespace stratum {
namespace {

constexpr int kWaitMs = 100;  // at most, between two questions to `stop`
// The "Connection Attempt Delay" of RFC 8305, section 5: an address of the other family is tried
// beside one that has not answered by then.
constexpr long kHappyEyeballsMs = 250;
// What is sent and not acknowledged for so long means that the peer is gone: within a sprint
// nothing is worth waiting longer for.
constexpr unsigned kUnacknowledgedMs = 10'000;

/// libcurl's own start, which must not run twice at once. Never undone: other users of libcurl in
/// the process may still be at work.
bool start_curl() {
  static std::once_flag once;
  static CURLcode result = CURLE_FAILED_INIT;
  std::call_once(once, [] { result = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return result == CURLE_OK;
}

/// The certificates that libcurl trusts by itself, where it has them in one file.
std::string system_certificates(CURL* easy) {
  char* path = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) != CURLE_OK || path == nullptr) return "";
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

CurlConnection::CurlConnection() {
  if (!start_curl()) return;
  multi_.reset(curl_multi_init());
  easy_.reset(curl_easy_init());
}

CurlConnection::~CurlConnection() {
  if (multi_ && easy_) curl_multi_remove_handle(multi_.get(), easy_.get());
}

base::Status CurlConnection::connect(const PoolUrl& url, const TransportOptions& options,
                                     base::Micros timeout, const std::function<bool()>& stop) {
  if (!multi_ || !easy_) return base::unavailable("libcurl does not start");
  RETURN_IF_ERROR(set_options(url, options, timeout));
  if (const CURLMcode code = curl_multi_add_handle(multi_.get(), easy_.get()); code != CURLM_OK) {
    return base::io_error(curl_multi_strerror(code));
  }
  ASSIGN_OR_RETURN(const CURLcode code, run(stop));
  if (code == CURLE_OK) return take_socket();
  no_tls_there_ = speaks_no_tls(observer_.peer()) || was_refused(code);
  return base::io_error(explain(code, url, options));
}

base::Status CurlConnection::set_options(const PoolUrl& url, const TransportOptions& options,
                                         base::Micros timeout) {
  CURL* easy = easy_.get();
  const auto timeout_ms =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(timeout, base::Micros(1))).count();
  const bool tls = url.security != Security::kPlain;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy, CURLOPT_URL, ((tls ? "https://" : "http://") + url.authority()).c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);  // never to stdout
  curl_easy_setopt(easy, CURLOPT_PROXY, "");               // none, whatever the environment says
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, kHappyEyeballsMs);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 45L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
  // Do not wait for a thread that looks up a name when we give up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  for (const std::string& entry : options.resolve) {
    resolve_.reset(curl_slist_append(resolve_.release(), entry.c_str()));
  }
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_.get());
  if (options.proxy) set_proxy(*options.proxy);
  return tls ? set_tls(options) : base::Status(base::Ok{});
}

base::Status CurlConnection::set_tls(const TransportOptions& options) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
  // A resumed session would show no certificate.
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &observer_);
  if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls) != CURLE_OK) {
    return base::unavailable("this libcurl is without OpenSSL, and TLS cannot be had");
  }
  if (!options.pins.empty() &&
      curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, options.pins.c_str()) != CURLE_OK) {
    return base::unavailable("this libcurl knows no pins: --tls-pin cannot be had");
  }
  if (options.ca_path.empty()) return base::Ok{};
  const auto ours = load_certificates(options.ca_path);
  if (!ours.ok()) return base::io_error("--tls-ca: " + ours.message());
  std::string all = system_certificates(easy) + "\n" + *ours;
  curl_blob blob{all.data(), all.size(), CURL_BLOB_COPY};
  const CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  if (code == CURLE_OK) return base::Ok{};
  return base::unavailable(std::string("--tls-ca: ") + curl_easy_strerror(code));
}

void CurlConnection::set_proxy(const ProxyUrl& proxy) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy.text().c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");  // not even the environment's
  curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_SOCKS5_AUTH, static_cast<long>(CURLAUTH_BASIC));
  if (proxy.user.empty()) return;
  curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy.user.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy.password.c_str());
}

CURLcode CurlConnection::on_tls(CURL*, void* context, void* observer) {
  return static_cast<TlsObserver*>(observer)->watch(context) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/// Until the connection stands or failed; an error when it was stopped.
base::Result<CURLcode> CurlConnection::run(const std::function<bool()>& stop) {
  for (;;) {
    if (stop()) return base::unavailable("stopped");
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi_.get(), &running); code != CURLM_OK) {
      return base::io_error(curl_multi_strerror(code));
    }
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      return message->data.result;
    }
    if (const CURLMcode code = curl_multi_poll(multi_.get(), nullptr, 0, kWaitMs, nullptr);
        code != CURLM_OK) {
      return base::io_error(curl_multi_strerror(code));
    }
  }
}

base::Status CurlConnection::take_socket() {
  curl_socket_t fd = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy(), CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) {
    return base::io_error("the connection was lost at once");
  }
  fd_ = fd;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof(kUnacknowledgedMs));
  return base::Ok{};
}

/// Nobody listens there, as the system says or a proxy of SOCKS.
bool CurlConnection::was_refused(CURLcode code) const {
  long number = 0;
  if (code == CURLE_PROXY) {
    curl_easy_getinfo(easy(), CURLINFO_PROXY_ERROR, &number);
    return number == CURLPX_REPLY_CONNECTION_REFUSED;
  }
  curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &number);
  return code == CURLE_COULDNT_CONNECT && number == ECONNREFUSED;
}

std::string CurlConnection::explain(CURLcode code, const PoolUrl& url,
                                    const TransportOptions& options) const {
  std::string text = explain_tls_fault(code, observer_.peer(), url, options);
  if (!text.empty()) return text;
  // A proxy's words may be in it.
  return base::printable(error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code));
}

}  // namespace stratum
