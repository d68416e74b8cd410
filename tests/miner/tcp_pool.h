#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "stratum/pool_url.h"
#include "tests/miner/scripted_pool.h"

namespace tests {

/// A scripted pool on a real loopback socket, on a thread of its own, one miner at a time. Runs one
/// sprint after another: announced at once, started as soon as a device is ready, ended on time.
class TcpPool {
 public:
  /// `setup` is called with the pool before it serves. Its wall clock is `ahead` of the system's.
  explicit TcpPool(
      base::Micros sprint_length,
      const std::function<void(ScriptedPool&)>& setup = [](ScriptedPool&) {},
      base::Micros ahead = base::Micros(0));
  ~TcpPool();
  TcpPool(const TcpPool&) = delete;
  TcpPool& operator=(const TcpPool&) = delete;

  stratum::PoolUrl url() const { return {"127.0.0.1", port_}; }

  /// Closes the connection without a word, once a share comes and at least so many are stored; the
  /// last of them are not answered.
  void cut_at(std::size_t stored);
  /// From now on takes logins and closes the connection right after them.
  void drop_after_login() { drops_ = true; }
  /// From now on takes connections and does not say a word.
  void be_deaf(bool deaf = true) { deaf_ = deaf; }
  /// From now on begins no sprint.
  void announce_nothing(bool nothing = true) { idle_ = nothing; }
  /// From now on answers so long after it could.
  void answer_after(base::Micros time) { delay_us_ = time.count(); }
  /// Reads something of the pool.
  template <class T>
  T read(T (*of)(const ScriptedPool&)) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return of(pool_);
  }
  /// Changes how the pool behaves from now on.
  void change(const std::function<void(ScriptedPool&)>& how) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    how(pool_);
  }
  /// Shares that are stored, of all sprints.
  std::size_t stored() EXCLUDES(mutex_);
  int connections() const { return connections_; }
  int cuts() const { return cuts_; }

 private:
  struct Sprint {
    stratum::Announcement announcement;
    std::optional<stratum::StartNotice> start;
  };

  void run();
  void step() EXCLUDES(mutex_);
  void accept_one();
  bool receive();
  void close_connection();
  void advance() REQUIRES(mutex_);
  void send();
  std::size_t count_stored() const REQUIRES(mutex_);

  const base::Micros length_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  const base::SystemClock clock_;
  const base::SteadyWallClock wall_;

  base::Mutex mutex_;
  ScriptedPool pool_ GUARDED_BY(mutex_);

  // The thread's own.
  int connection_ = -1;
  std::unique_ptr<stratum::ServerSession> session_;
  bool greeted_ = false;  // told the session of the sprint under way
  std::size_t readies_before_ = 0;
  Sprint sprint_;
  int number_ = 0;

  std::atomic<std::size_t> cut_at_{SIZE_MAX};
  std::atomic<bool> drops_{false};
  std::atomic<bool> deaf_{false};
  std::atomic<bool> idle_{false};
  std::atomic<std::int64_t> delay_us_{0};
  std::atomic<int> connections_{0};
  std::atomic<int> cuts_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace tests
