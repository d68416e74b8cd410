#include "miner/rechecker.h"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

namespace miner {
namespace {

constexpr std::size_t kQueueCapacity = 4096;
constexpr std::size_t kGroup = 8;       // keys at a time: a device reads its weights once for them
constexpr std::uint64_t kWarmOnly = 0;  // shares count from 1
constexpr auto kTellSkippedEvery = std::chrono::minutes(1);

}  // namespace

Rechecker::Rechecker(std::unique_ptr<poc::Verifier> verifier, Mailbox& mailbox, base::LogSink& sink,
                     const base::Clock& clock)
    : verifier_(std::move(verifier)),
      mailbox_(mailbox),
      log_(sink, "re-check"),
      clock_(clock),
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
  const bool taken = queue_.push(std::move(job));
  if (!taken) ++refused_;
  return taken;
}

void Rechecker::run() {
  while (auto first = queue_.pop()) {
    waiting_.push_back(std::move(*first));
    while (!waiting_.empty() && !ending_) {
      if (waiting_.size() < kQueueCapacity) {
        for (RecheckJob& job : queue_.drain()) waiting_.push_back(std::move(job));
      }
      drop_expired();
      recompute();
    }
  }
}

/// What is too late is left: else a re-check that is behind stays behind, and checks only what
/// nothing can be done about any more.
void Rechecker::drop_expired() {
  const base::SteadyTime now = clock_.now();
  std::erase_if(waiting_, [&](const RecheckJob& job) {
    if (!job.deadline || now < *job.deadline) return false;
    post(job, std::nullopt);
    ++skipped_;
    return true;
  });
  tell_skipped(now);
}

/// One line for many shares.
void Rechecker::tell_skipped(base::SteadyTime now) {
  skipped_ += refused_.exchange(0);
  if (skipped_ == 0 || (told_skipped_ && now < *told_skipped_ + kTellSkippedEvery)) return;
  log_.warn("shares go unchecked: there are more than this machine can recompute",
            {{"shares", skipped_}});
  skipped_ = 0;
  told_skipped_ = now;
}

/// The oldest share and others of its model, in order; nothing for weights that are only to be
/// made.
std::vector<RecheckJob> Rechecker::take_group() {
  const poc::ModelSpec model = waiting_.front().model;
  std::vector<RecheckJob> group;
  std::erase_if(waiting_, [&](const RecheckJob& job) {
    if (job.model != model || group.size() >= kGroup) return false;
    if (job.share != kWarmOnly) group.push_back(job);
    return true;
  });
  return group;
}

void Rechecker::recompute() {
  if (waiting_.empty()) return;
  const poc::ModelSpec model = waiting_.front().model;
  const std::vector<RecheckJob> group = take_group();
  std::vector<poc::InputKey> keys;
  keys.reserve(group.size());
  for (const RecheckJob& job : group) keys.push_back(job.key);
  const auto digests = verifier_->digests(model, keys);
  if (!digests.ok() && !ending_) {
    log_.warn("shares go unchecked", {{"reason", digests.message()}});
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    post(group[i],
         digests.ok() ? std::optional(digests.value()[i] == group[i].claimed) : std::nullopt);
  }
}

void Rechecker::post(const RecheckJob& job, std::optional<bool> right) {
  mailbox_.post({0, RecheckDone{job.share, right}});
}

}  // namespace miner
