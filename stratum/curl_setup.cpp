#include "stratum/curl_setup.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>

#include "base/bytes.h"
#include "stratum/tls_fault.h"

namespace stratum {
namespace {

// The "Connection Attempt Delay" of RFC 8305, section 5: an address of the other family is tried
// beside one that has not answered by then.
constexpr long kHappyEyeballsMs = 250;
// What is sent and not acknowledged for so long means that the peer is gone: within a sprint
// nothing is worth waiting longer for.
constexpr unsigned kUnacknowledgedMs = 10'000;

/// The certificates that libcurl trusts by itself, where it has them in one file.
std::string system_certificates(CURL* easy) {
  char* path = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) != CURLE_OK || path == nullptr) return "";
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void set_proxy(CURL* easy, const ProxyUrl& proxy) {
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

}  // namespace

// libcurl's own start must not run twice at once. It is never undone: other users of libcurl in the
// process may still be at work.
bool start_curl() {
  static std::once_flag once;
  static CURLcode result = CURLE_FAILED_INIT;
  std::call_once(once, [] { result = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return result == CURLE_OK;
}

base::Status CurlSetup::apply(CURL* easy, const PoolUrl& url, const TransportOptions& options,
                              base::Micros timeout) {
  const auto timeout_ms =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(timeout, base::Micros(1))).count();
  const bool tls = url.security != Security::kPlain;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy, CURLOPT_URL, ((tls ? "https://" : "http://") + url.authority()).c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_ms));
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
  if (options.proxy) set_proxy(easy, *options.proxy);
  return tls ? set_tls(easy, options) : base::Status(base::Ok{});
}

base::Status CurlSetup::set_tls(CURL* easy, const TransportOptions& options) {
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

CURLcode CurlSetup::on_tls(CURL*, void* context, void* observer) {
  return static_cast<TlsObserver*>(observer)->watch(context) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

std::string CurlSetup::explain(CURLcode code, const PoolUrl& url,
                               const TransportOptions& options) const {
  std::string text = explain_tls_fault(code, observer_.peer(), url, options);
  if (!text.empty()) return text;
  // A proxy's words may be in it.
  return base::printable(error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code));
}

void set_up_socket(curl_socket_t fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof(kUnacknowledgedMs));
}

}  // namespace stratum
