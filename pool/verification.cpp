#include "pool/verification.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace pool {
namespace {

constexpr std::size_t kMaxGroup = 16;
constexpr base::Micros kGroupTime = std::chrono::milliseconds(250);

}  // namespace

Verification::Verification(std::unique_ptr<poc::Verifier> verifier,
                           std::function<void(Checked)> report, const base::Clock& clock)
    : verifier_(std::move(verifier)),
      report_(std::move(report)),
      clock_(clock),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "p-verify");
}

Verification::~Verification() {
  ending_ = true;
  queue_.close();
  verifier_->end();
  thread_.join();
}

void Verification::run() {
  while (auto first = queue_.pop()) {
    taken_.push_back(std::move(*first));
    while (!taken_.empty() && !ending_) {
      for (Waiting& waiting : queue_.drain()) taken_.push_back(std::move(waiting));
      recompute();
    }
  }
}

/// The next group of what was taken.
void Verification::recompute() {
  const poc::ModelSpec model = taken_.front().model;
  std::vector<CheckJob> jobs;
  std::vector<poc::InputKey> keys;
  while (!taken_.empty() && taken_.front().model == model && keys.size() < group_size_) {
    if (const auto& job = taken_.front().job) {
      jobs.push_back(*job);
      keys.push_back(job->key);
    }
    taken_.pop_front();
  }
  const base::SteadyTime began = clock_.now();
  auto digests = verifier_->digests(model, keys);
  if (keys.empty()) return;  // a failure comes again with the first share
  const auto keys_done = static_cast<std::int64_t>(keys.size());
  const auto each = std::max<base::Micros>((clock_.now() - began) / keys_done, base::Micros(1));
  group_size_ = std::clamp<std::size_t>(static_cast<std::size_t>(kGroupTime / each), 1, kMaxGroup);
  if (digests.ok() && digests->size() != keys.size()) {
    digests = base::device_fault("the verifier answered for other shares than it was asked");
  }
  report_({std::move(jobs), std::move(digests)});
}

}  // namespace pool
