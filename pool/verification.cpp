#include "pool/verification.h"

#include <pthread.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/thread_priority.h"

namespace pool {
namespace {

constexpr std::size_t kMaxGroup = 16;
constexpr std::size_t kFirstGroup = 4;  // of the preferred verifier; the others may be slow
constexpr base::Micros kGroupTime = std::chrono::milliseconds(250);

}  // namespace

Verification::Verification(std::vector<VerifierSource> sources, std::function<void(Checked)> report,
                           const base::Clock& clock, base::LogSink& sink)
    : report_(std::move(report)),
      clock_(clock),
      bench_(std::move(sources), clock, sink),
      disputes_(bench_, clock),
      group_sizes_(bench_.size(), 1),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "p-verify");
}

Verification::~Verification() {
  {
    const base::MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  bench_.end();
  thread_.join();
}

bool Verification::check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) {
  {
    const base::MutexLock lock(mutex_);
    if (!job) {
      to_prepare_ = model;
    } else {
      CheckJob asked = *job;
      asked.asked = clock_.now();
      if (!queue_.push(model, asked)) return false;
    }
  }
  changed_.notify_all();
  return true;
}

void Verification::run() {
  base::step_back();  // answers to miners do not wait for it
  group_sizes_.front() = kFirstGroup;
  while (wait()) {
    const auto who = bench_.first();
    const auto group = take(who ? group_sizes_[*who] : kMaxGroup);
    if (!group) {
      prepare();
    } else if (who) {
      recompute(*group, *who);
    } else {
      report_({group->jobs, base::unavailable(bench_.trouble())});
    }
  }
}

/// False: it ends.
bool Verification::wait() {
  const base::MutexLock lock(mutex_);
  while (!ending_ && queue_.size() == 0 && !to_prepare_) changed_.wait(mutex_);
  return !ending_;
}

std::optional<VerifyQueue::Group> Verification::take(std::size_t most) {
  const base::MutexLock lock(mutex_);
  return queue_.pop(most);
}

/// When no share waits: weights that are made take the place of others.
void Verification::prepare() {
  std::optional<poc::ModelSpec> model;
  {
    const base::MutexLock lock(mutex_);
    model = std::exchange(to_prepare_, std::nullopt);
  }
  if (const auto who = bench_.first(); model && who) bench_.prepare(*who, *model);
}

void Verification::recompute(const VerifyQueue::Group& group, std::size_t who) {
  std::vector<poc::InputKey> keys;
  for (const CheckJob& job : group.jobs) keys.push_back(job.key);
  const base::SteadyTime began = clock_.now();
  const auto found = bench_.ask(who, group.model, keys);
  if (!found.ok()) {
    if (bench_.first()) return say_again(group.jobs);  // of another one
    return report_({group.jobs, base::unavailable(found.message())});
  }
  resize(who, keys.size(), clock_.now() - began);
  std::vector<CheckJob> right;
  std::vector<poc::Digest> digests;
  std::vector<Disputes::Mismatch> mismatches;
  for (std::size_t i = 0; i < group.jobs.size(); ++i) {
    if ((*found)[i] != group.jobs[i].claim) {
      mismatches.push_back({group.jobs[i], (*found)[i]});
      continue;
    }
    right.push_back(group.jobs[i]);
    digests.push_back((*found)[i]);
  }
  if (!right.empty()) disputes_.agreed(group.model, right.front());
  say(std::move(right), std::move(digests));
  Disputes::Outcome outcome = disputes_.judge(group.model, who, std::move(mismatches));
  say(std::move(outcome.decided), std::move(outcome.digests));
  say_again(std::move(outcome.again));
}

void Verification::resize(std::size_t who, std::size_t keys, base::Micros took) {
  const auto each = std::max<base::Micros>(took / static_cast<std::int64_t>(keys), base::Micros(1));
  group_sizes_[who] =
      std::clamp<std::size_t>(static_cast<std::size_t>(kGroupTime / each), 1, kMaxGroup);
  const base::MutexLock lock(mutex_);
  state_.each = each;
}

void Verification::say(std::vector<CheckJob> jobs, std::vector<poc::Digest> digests) {
  if (jobs.empty()) return;
  {
    const base::MutexLock lock(mutex_);
    state_.answered += jobs.size();
    state_.latency = clock_.now() - jobs.back().asked;
    for (std::size_t i = 0; i < jobs.size(); ++i) state_.wrong += jobs[i].claim != digests[i];
  }
  report_({std::move(jobs), std::move(digests)});
}

/// Of several sprints, where what one verifier said is in doubt: an answer is of one.
void Verification::say_again(std::vector<CheckJob> jobs) {
  std::map<std::uint64_t, std::vector<CheckJob>> by_sprint;
  for (CheckJob& job : jobs) by_sprint[job.sprint].push_back(job);
  for (auto& [sprint, of_it] : by_sprint) {
    {
      const base::MutexLock lock(mutex_);
      state_.again += of_it.size();
    }
    report_({std::move(of_it), base::wrong_result("another verifier is to be asked")});
  }
}

VerificationState Verification::state() const {
  VerificationState state;
  {
    const base::MutexLock lock(mutex_);
    state = state_;
    state.waiting = queue_.size();
  }
  state.verifiers = bench_.states();
  return state;
}

}  // namespace pool
