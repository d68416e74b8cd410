#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/owner_thread.h"
#include "miner/spool.h"
#include "miner/spool_disk.h"
#include "miner/spool_file.h"
#include "miner/spool_sync.h"

namespace miner::spool {

/// The Spool: a queue, the thread that carries it out, and that thread's files. What is queued when
/// it comes around is written together.
class SpoolThread final : public Spool {
 public:
  /// The folder is there. Throws std::system_error when there is no thread to be had.
  SpoolThread(std::string folder, std::function<void(SpoolNews)> report, base::LogSink& sink,
              base::SteadyWallClock clock, DiskCalls disk = {});
  ~SpoolThread() override;
  SpoolThread(const SpoolThread&) = delete;
  SpoolThread& operator=(const SpoolThread&) = delete;

  void open_pool(std::size_t pool, const std::string& name) override;
  SpoolId found(std::size_t pool, const SpooledShare& share) override;
  void settled(std::size_t pool, SpoolId share) override;
  bool end_by(base::SteadyTime deadline) override;

 private:
  struct OpenPool {
    std::size_t pool = 0;
    std::string name;
  };
  struct KeepShare {
    std::size_t pool = 0;
    SpoolId id = 0;
    SpooledShare share;
  };
  struct SettleShare {
    std::size_t pool = 0;
    SpoolId id = 0;
  };
  using Order = std::variant<OpenPool, KeepShare, SettleShare>;

  void put(Order order) EXCLUDES(mutex_);
  void request_end() EXCLUDES(mutex_);
  SpoolId new_id() EXCLUDES(mutex_);

  // The thread's.
  void run();
  std::optional<std::vector<Order>> next() EXCLUDES(mutex_);
  void carry_out(OpenPool& order);
  void carry_out(KeepShare& order);
  void carry_out(SettleShare& order);
  void flush();

  const std::string folder_;
  const std::function<void(SpoolNews)> report_;
  base::LogSink& sink_;
  const base::SteadyWallClock clock_;
  const DiskCalls disk_;
  std::set<std::size_t> opened_;  // the caller's
  base::OwnerThread caller_;

  base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<Order> orders_ GUARDED_BY(mutex_);
  SpoolId last_id_ GUARDED_BY(mutex_) = 0;
  bool ending_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;

  // The thread's.
  std::optional<SyncThread> sync_;
  std::map<std::size_t, std::unique_ptr<SpoolFile>> files_;  // by pool
  SpoolId gathered_ = 0;                                     // the last share taken
  SpoolId written_ = 0;                                      // the last one reported
  std::thread thread_;                                       // last: starts when all else is there
};

}  // namespace miner::spool
