#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/pool_url.h"
#include "stratum/transport_options.h"

namespace stratum {

/// A byte stream to a pool, connected or, where calls make it up, to be connected. Belongs to one
/// thread.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Bytes read into `buffer`, 0 when none are there now. The peer's end of the connection is an
  /// error. Read until 0 before waiting on `fd`: a transport may hold bytes of its own.
  virtual base::Result<std::size_t> read(std::span<char> buffer) = 0;
  /// Bytes taken, 0 when none can be taken now: then the next write begins with the same bytes.
  virtual base::Result<std::size_t> write(std::string_view bytes) = 0;
  /// For poll().
  virtual int fd() const = 0;
  /// By TLS, with the peer's certificate verified.
  virtual bool encrypted() const = 0;
  /// Why it is in plain text although the URL left TLS open; else empty.
  virtual const std::string& why_plain() const = 0;
  /// The peer asked not to be called again before then; a time in the past: it did not.
  virtual base::SteadyTime not_before() const { return {}; }
};

/// Connects within `timeout`; ends early, with an error, when `stop` says so (asked at least every
/// 200 ms). Blocks; the name is looked up anew at each call. Through libcurl's CONNECT_ONLY.
///
/// Over TLS the peer's chain and name are verified, and its key if there are pins, before the
/// first byte of ours goes out; what fails there ends the call. A URL without scheme is tried in
/// plain text, within another `timeout`, if that is allowed and nobody spoke TLS.
///
/// A node's URL gives a stream at once, which connects when there is something to call.
base::Result<std::unique_ptr<Stream>> connect_stream(const PoolUrl& url,
                                                     const TransportOptions& options,
                                                     base::Micros timeout,
                                                     const std::function<bool()>& stop);

}  // namespace stratum
