#pragma once

#include <curl/curl.h>

#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/curl_setup.h"
#include "stratum/pool_url.h"
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
  base::Result<CURLcode> run(const std::function<bool()>& stop);
  base::Status take_socket();
  bool was_refused(CURLcode code) const;
  static std::size_t discard(char*, std::size_t, std::size_t count, void*) { return count; }

  // In the order of their lives: libcurl reports to what stands before it.
  CurlSetup setup_;
  CurlMulti multi_;
  CurlEasy easy_;
  int fd_ = -1;
  bool no_tls_there_ = false;
};

}  // namespace stratum
