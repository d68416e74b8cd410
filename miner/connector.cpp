#include "miner/connector.h"

#include <fmt/format.h>
#include <pthread.h>

#include <chrono>
#include <utility>

#include "base/check.h"

namespace miner {

MadeStream connect_within(const stratum::PoolUrl& url, const stratum::TransportOptions& transport,
                          base::Micros timeout, const base::Clock& clock,
                          const std::function<bool()>& stop) {
  const base::SteadyTime begin = clock.now();
  auto made = stratum::connect_stream(url, transport, timeout, stop);
  if (made.ok() || clock.now() - begin < timeout) return made;
  return base::Error{made.error().fault,
                     fmt::format("{}: no connection within {} s (--connect-timeout)", url.text(),
                                 std::chrono::duration<double>(timeout).count())};
}

void Connector::start(Connect connect) {
  CHECK(!busy());
  stop_ = false;
  thread_ = std::thread([this, connect = std::move(connect)] {
    MadeStream made = connect([this] { return stop_.load(); });
    {
      base::MutexLock lock(mutex_);
      made_.emplace(std::move(made));
    }
    done_();
  });
  pthread_setname_np(thread_.native_handle(), "m-standby");
}

std::optional<MadeStream> Connector::take() {
  std::optional<MadeStream> made;
  {
    base::MutexLock lock(mutex_);
    if (!made_) return std::nullopt;
    made.emplace(std::move(*made_));
    made_.reset();
  }
  thread_.join();
  return made;
}

void Connector::cancel() {
  if (!busy()) return;
  stop_ = true;
  thread_.join();
  base::MutexLock lock(mutex_);
  made_.reset();
}

}  // namespace miner
