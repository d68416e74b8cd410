#include "tests/load/work_source.h"

#include <algorithm>
#include <utility>

namespace load {

WorkSource::WorkSource(std::unique_ptr<poc::Verifier> verifier,
                       std::function<void(std::string)> failed)
    : verifier_(std::move(verifier)), failed_(std::move(failed)), thread_([this] { run(); }) {}

WorkSource::~WorkSource() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  verifier_->end();
  news_.notify_one();
  thread_.join();
}

void WorkSource::compute(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  news_.notify_one();
}

void WorkSource::run() {
  for (;;) {
    std::vector<Job> jobs;
    {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return over_ || !jobs_.empty(); });
      if (over_) return;
      jobs = std::exchange(jobs_, {});
    }
    answer(std::move(jobs));
  }
}

/// Jobs of one model at a time; at most so many that the first does not wait for long.
void WorkSource::answer(std::vector<Job> jobs) {
  constexpr std::size_t kAtOnce = 256;
  std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return a.model.model_seed < b.model.model_seed;
  });
  for (auto first = jobs.begin(); first != jobs.end();) {
    auto last = first;
    std::vector<poc::InputKey> keys;
    while (last != jobs.end() && last->model == first->model && keys.size() < kAtOnce) {
      keys.push_back((last++)->key);
    }
    const auto digests = verifier_->digests(first->model, keys);
    if (!digests.ok()) return failed_(digests.message());
    for (std::size_t i = 0; first != last; ++i, ++first) first->done((*digests)[i]);
  }
}

}  // namespace load
