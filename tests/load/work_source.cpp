#include "tests/load/work_source.h"

#include <algorithm>
#include <utility>

namespace load {

WorkSource::WorkSource(std::unique_ptr<poc::Verifier> verifier,
                       std::function<void(std::string)> failed)
    : verifier_(std::move(verifier)), failed_(std::move(failed)), thread_([this] { run(); }) {}

WorkSource::~WorkSource() {
  jobs_.close();
  (void)jobs_.drain();
  verifier_->end();
  thread_.join();
}

void WorkSource::run() {
  while (auto first = jobs_.pop()) {
    std::vector<Job> jobs = jobs_.drain();
    jobs.insert(jobs.begin(), std::move(*first));
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
