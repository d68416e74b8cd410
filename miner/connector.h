#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "stratum/pool_url.h"
#include "stratum/stream.h"
#include "stratum/transport_options.h"

namespace miner {

using MadeStream = base::Result<std::unique_ptr<stratum::Stream>>;

/// As stratum::connect_stream; an error names the flag of the time-out where that was the cause.
MadeStream connect_within(const stratum::PoolUrl& url, const stratum::TransportOptions& transport,
                          base::Micros timeout, const base::Clock& clock,
                          const std::function<bool()>& stop);

/// Makes one connection at a time on a thread of its own, so that a pool that does not answer keeps
/// nobody waiting. Called by one thread, its owner's.
class Connector {
 public:
  /// Blocks until there is a connection, an error, or `stop` says so.
  using Connect = std::function<MadeStream(const std::function<bool()>& stop)>;

  /// `done` is called on the other thread when there is something to take: it only wakes somebody.
  explicit Connector(std::function<void()> done) : done_(std::move(done)) {}
  ~Connector() { cancel(); }
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  /// Nothing may be under way.
  void start(Connect connect);
  /// Between `start` and the `take` that returned something.
  bool busy() const { return thread_.joinable(); }
  /// What came of it, once; nothing while it is under way.
  std::optional<MadeStream> take() EXCLUDES(mutex_);
  /// Ends what is under way, as soon as that hears of it (connect_stream: within 200 ms).
  void cancel() EXCLUDES(mutex_);

 private:
  const std::function<void()> done_;
  std::atomic<bool> stop_{false};
  base::Mutex mutex_;
  std::optional<MadeStream> made_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace miner
