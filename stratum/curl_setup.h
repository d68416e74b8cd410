#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/pool_url.h"
#include "stratum/tls_observer.h"
#include "stratum/transport_options.h"

namespace stratum {

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlEasy = std::unique_ptr<CURL, FreeEasy>;
using CurlMulti = std::unique_ptr<CURLM, FreeMulti>;
using CurlList = std::unique_ptr<curl_slist, FreeList>;

/// Starts libcurl, once in a process. Any thread.
bool start_curl();

/// What the connections of a handle of libcurl's have in common: whom they trust, which way they
/// go, how long they may take. Outlives the handle and every connection that it made; one thread.
class CurlSetup {
 public:
  CurlSetup() = default;
  CurlSetup(const CurlSetup&) = delete;
  CurlSetup& operator=(const CurlSetup&) = delete;

  /// Sets all of it, for a connection to `url` within `timeout`.
  base::Status apply(CURL* easy, const PoolUrl& url, const TransportOptions& options,
                     base::Micros timeout);

  /// What was seen of a peer that speaks TLS, or should.
  const TlsPeer& peer() const { return observer_.peer(); }
  /// Why there is no connection, or no more, in one line.
  std::string explain(CURLcode code, const PoolUrl& url, const TransportOptions& options) const;

 private:
  base::Status set_tls(CURL* easy, const TransportOptions& options);
  static CURLcode on_tls(CURL*, void* context, void* observer);

  TlsObserver observer_;
  char error_text_[CURL_ERROR_SIZE] = "";
  CurlList resolve_;
};

/// What TCP is told of a connected socket: a peer that acknowledges nothing for 10 s is gone.
void set_up_socket(curl_socket_t fd);

}  // namespace stratum
