#include "stratum/curl_connection.h"

#include <cerrno>

#include "stratum/tls_fault.h"

namespace stratum {
namespace {

constexpr int kWaitMs = 100;  // at most, between two questions to `stop`

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
  RETURN_IF_ERROR(setup_.apply(easy(), url, options, timeout));
  curl_easy_setopt(easy(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy(), CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy(), CURLOPT_WRITEFUNCTION, discard);  // never to stdout
  if (const CURLMcode code = curl_multi_add_handle(multi_.get(), easy_.get()); code != CURLM_OK) {
    return base::io_error(curl_multi_strerror(code));
  }
  ASSIGN_OR_RETURN(const CURLcode code, run(stop));
  if (code == CURLE_OK) return take_socket();
  no_tls_there_ = speaks_no_tls(setup_.peer()) || was_refused(code);
  return base::io_error(setup_.explain(code, url, options));
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
  set_up_socket(fd);
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

}  // namespace stratum
