#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/pool_url.h"
#include "stratum/tls_observer.h"
#include "stratum/transport_options.h"

namespace stratum {

/// A connection that libcurl makes and then leaves to us: an easy handle inside its multi handle,
/// whose cache of connections owns the socket, so that the two live and die together. The multi
/// interface is used only because its wait has a bound: the easy interface asks its progress
/// callback about once a second while it waits for an answer to a SYN. Belongs to one thread.
class CurlConnection {
 public:
  CurlConnection();
  ~CurlConnection();
  CurlConnection(const CurlConnection&) = delete;
  CurlConnection& operator=(const CurlConnection&) = delete;

  /// Once, as connect_stream says, but without the second try.
  base::Status connect(const PoolUrl& url, const TransportOptions& options, base::Micros timeout,
                       const std::function<bool()>& stop);
  /// After `connect` failed: nobody is there who speaks TLS.
  bool no_tls_there() const { return no_tls_there_; }

  CURL* easy() const { return easy_.get(); }
  int fd() const { return fd_; }

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  base::Status set_options(const PoolUrl& url, const TransportOptions& options,
                           base::Micros timeout);
  base::Status set_tls(const TransportOptions& options);
  void set_proxy(const ProxyUrl& proxy);
  base::Result<CURLcode> run(const std::function<bool()>& stop);
  base::Status take_socket();
  bool was_refused(CURLcode code) const;
  std::string explain(CURLcode code, const PoolUrl& url, const TransportOptions& options) const;
  static std::size_t discard(char*, std::size_t, std::size_t count, void*) { return count; }
  static CURLcode on_tls(CURL*, void* context, void* observer);

  // In the order of their lives: libcurl reports to what stands before it.
  TlsObserver observer_;
  char error_text_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<curl_slist, FreeList> resolve_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  int fd_ = -1;
  bool no_tls_there_ = false;
};

}  // namespace stratum
