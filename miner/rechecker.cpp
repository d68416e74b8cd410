#include "miner/rechecker.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace miner {
namespace {

constexpr std::size_t kQueueCapacity = 4096;
constexpr std::size_t kGroup = 8;       // keys at a time: a device reads its weights once for them
constexpr std::uint64_t kWarmOnly = 0;  // shares count from 1

}  // namespace

Rechecker::Rechecker(std::unique_ptr<poc::Verifier> verifier, Mailbox& mailbox, base::LogSink& sink)
    : verifier_(std::move(verifier)),
      mailbox_(mailbox),
      log_(sink, "re-check"),
      queue_(kQueueCapacity),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "m-recheck");
}

Rechecker::~Rechecker() {
  ending_ = true;
  verifier_->end();
  queue_.close();
  thread_.join();
}

void Rechecker::warm(const poc::ModelSpec& model) {
  queue_.push(RecheckJob{kWarmOnly, model, {}, {}});
}

bool Rechecker::check(RecheckJob job) {
  return queue_.push(std::move(job));
}

void Rechecker::run() {
  while (auto first = queue_.pop()) {
    if (ending_) return;
    std::vector<RecheckJob> jobs = {*first};
    for (RecheckJob& job : queue_.drain()) jobs.push_back(std::move(job));
    std::stable_sort(jobs.begin(), jobs.end(), [](const RecheckJob& a, const RecheckJob& b) {
      return a.model.model_seed < b.model.model_seed;
    });
    recompute(std::move(jobs));
  }
}

void Rechecker::recompute(std::vector<RecheckJob> jobs) {
  for (std::size_t at = 0; at < jobs.size() && !ending_;) {
    const poc::ModelSpec model = jobs[at].model;
    std::vector<poc::InputKey> keys;
    std::size_t end = at;
    for (; end < jobs.size() && jobs[end].model == model && keys.size() < kGroup; ++end) {
      if (jobs[end].share != kWarmOnly) keys.push_back(jobs[end].key);
    }
    const auto digests = verifier_->digests(model, keys);
    if (!digests.ok() && !ending_) {
      log_.warn("shares go unchecked", {{"reason", digests.message()}});
    }
    std::size_t key = 0;
    for (; at < end; ++at) {
      if (jobs[at].share == kWarmOnly) continue;
      RecheckDone done{jobs[at].share, std::nullopt};
      if (digests.ok()) done.right = digests.value()[key] == jobs[at].claimed;
      ++key;
      mailbox_.post({0, done});
    }
  }
}

}  // namespace miner
