#include "miner/sensor_threads.h"

#include <pthread.h>

#include <utility>

namespace miner {
namespace {

constexpr std::size_t kLongestThreadName = 15;

base::SteadyTime real_time() {
  return base::SystemClock().now();
}

}  // namespace

SensorThread::SensorThread(std::unique_ptr<SensorReader> reader)
    : reader_(std::move(reader)), thread_([this] { run(); }) {
  const std::string name = ("m-" + module()).substr(0, kLongestThreadName);
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

SensorThread::~SensorThread() {
  request_stop();
  thread_.join();
}

void SensorThread::request_stop() {
  {
    base::MutexLock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
}

bool SensorThread::wait_for(const bool& condition, base::SteadyTime deadline) {
  while (!condition) {
    if (!changed_.wait_until(mutex_, deadline)) break;
  }
  return condition;
}

bool SensorThread::wait_read(base::SteadyTime deadline) {
  base::MutexLock lock(mutex_);
  return wait_for(read_, deadline);
}

bool SensorThread::wait_ended(base::SteadyTime deadline) {
  base::MutexLock lock(mutex_);
  return wait_for(ended_, deadline);
}

void SensorThread::run() {
  while (!stop_) {
    reader_->read(stop_);
    const base::SteadyTime next = real_time() + kEvery;
    base::MutexLock lock(mutex_);
    read_ = true;
    changed_.notify_all();
    while (!stop_ && changed_.wait_until(mutex_, next)) {
    }
  }
  base::MutexLock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

SensorThreads::SensorThreads(std::vector<SensorSource> sources, SensorBoard& board,
                             base::LogSink& sink, const base::Clock& clock) {
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    threads_.push_back(std::make_unique<SensorThread>(
        std::make_unique<SensorReader>(std::move(sources[i]), i, board, sink, clock)));
  }
}

void SensorThreads::wait_read(base::Micros timeout) {
  const base::SteadyTime deadline = real_time() + timeout;
  for (const auto& thread : threads_) thread->wait_read(deadline);
}

void SensorThreads::request_stop() {
  asked_ = real_time();
  for (const auto& thread : threads_) thread->request_stop();
}

std::vector<std::string> SensorThreads::hung(base::Micros patience) {
  std::vector<std::string> out;
  for (const auto& thread : threads_) {
    if (!thread->wait_ended(asked_ + patience)) out.push_back(thread->module());
  }
  return out;
}

}  // namespace miner
