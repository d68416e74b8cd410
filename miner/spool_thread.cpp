#include "miner/spool_thread.h"

#include <pthread.h>

#include <utility>

#include "base/check.h"
#include "miner/spool_folder.h"

namespace miner::spool {

SpoolThread::SpoolThread(std::string folder, std::function<void(SpoolNews)> report,
                         base::LogSink& sink, base::SteadyWallClock clock, DiskCalls disk)
    : folder_(std::move(folder)),
      report_(std::move(report)),
      sink_(sink),
      clock_(clock),
      disk_(std::move(disk)),
      sync_(std::in_place, disk_),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "m-spool");
}

SpoolThread::~SpoolThread() {
  request_end();
  thread_.join();
}

void SpoolThread::open_pool(std::size_t pool, const std::string& name) {
  caller_.assert_here();
  if (opened_.insert(pool).second) put(OpenPool{pool, name});
}

SpoolId SpoolThread::found(std::size_t pool, const SpooledShare& share) {
  caller_.assert_here();
  CHECK(opened_.contains(pool));
  const SpoolId id = new_id();
  put(KeepShare{pool, id, share});
  return id;
}

void SpoolThread::settled(std::size_t pool, SpoolId share) {
  caller_.assert_here();
  CHECK(opened_.contains(pool));
  put(SettleShare{pool, share});
}

bool SpoolThread::end_by(base::SteadyTime deadline) {
  request_end();
  base::MutexLock lock(mutex_);
  while (!ended_) {
    if (!changed_.wait_until(mutex_, deadline)) break;
  }
  return ended_;
}

void SpoolThread::put(Order order) {
  {
    base::MutexLock lock(mutex_);
    orders_.push_back(std::move(order));
  }
  changed_.notify_all();
}

void SpoolThread::request_end() {
  {
    base::MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

SpoolId SpoolThread::new_id() {
  base::MutexLock lock(mutex_);
  return ++last_id_;
}

void SpoolThread::run() {
  remove_old_files(folder_, clock_.now(), base::Log(sink_, "spool"));
  while (auto orders = next()) {
    for (Order& order : *orders) std::visit([this](auto& each) { carry_out(each); }, order);
    flush();
    for (const auto& [pool, file] : files_) file->tidy();
  }
  files_.clear();
  sync_.reset();
  base::MutexLock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

/// All that is queued; nothing at the end, once nothing is.
std::optional<std::vector<SpoolThread::Order>> SpoolThread::next() {
  base::MutexLock lock(mutex_);
  while (orders_.empty() && !ending_) changed_.wait(mutex_);
  if (orders_.empty()) return std::nullopt;
  return std::exchange(orders_, {});
}

void SpoolThread::carry_out(OpenPool& order) {
  flush();  // reading may take long
  auto file = std::make_unique<SpoolFile>(folder_, order.name, *sync_, disk_, sink_, clock_);
  Left left{order.pool, file->open([this] { return new_id(); })};
  files_.emplace(order.pool, std::move(file));
  report_(std::move(left));
}

void SpoolThread::carry_out(KeepShare& order) {
  files_.at(order.pool)->found(order.id, order.share);
  gathered_ = order.id;
}

void SpoolThread::carry_out(SettleShare& order) {
  files_.at(order.pool)->settled(order.id);
}

void SpoolThread::flush() {
  for (const auto& [pool, file] : files_) file->flush();
  if (written_ == gathered_) return;
  written_ = gathered_;
  report_(Written{written_});
}

}  // namespace miner::spool
