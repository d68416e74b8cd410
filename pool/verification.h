#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "poc/verifier.h"
#include "pool/disputes.h"
#include "pool/verifier_bench.h"
#include "pool/verify_budget.h"
#include "pool/verify_queue.h"

namespace pool {

/// Shares of one sprint that were recomputed together.
struct Checked {
  std::vector<CheckJob> jobs;  ///< at least one
  /// As many, in order; or why there are none. Fault::kWrong: whatever was said of these jobs
  /// before is in doubt, and they are to be asked again at once.
  base::Result<std::vector<poc::Digest>> digests;
};

/// Where a pool has shares recomputed.
class Checker {
 public:
  virtual ~Checker() = default;
  /// With a job: its answer comes later, unless this is false (too many wait). Without: the model
  /// is needed soon, its weights can be made.
  virtual bool check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) = 0;
  /// Called now and then while answers are awaited: notices one that hangs. (optional)
  virtual void look() {}
};

/// What an operator may see of the verification.
struct VerificationState {
  std::size_t waiting = 0;     ///< shares, beside those being recomputed
  std::uint64_t answered = 0;  ///< shares, since the start
  std::uint64_t wrong = 0;     ///< of those: not as they were sent
  std::uint64_t again = 0;     ///< times that a share was asked again since an answer was in doubt
  base::Micros latency{0};     ///< of the share answered last, since it was asked
  base::Micros each{0};        ///< that a share of the last group took
  std::vector<VerifierBench::State> verifiers;
};

/// The thread that owns the verifiers. Takes shares in the order of a VerifyQueue, in groups of one
/// sprint that take about 250 ms each (1 to 16 shares); what does not come out as it was sent is
/// for `Disputes`.
class Verification final : public Checker {
 public:
  /// `sources`: at least one, the preferred first; they are opened on the verification's thread,
  /// and `report` is called there. `clock` and `sink` outlive this.
  Verification(std::vector<VerifierSource> sources, std::function<void(Checked)> report,
               const base::Clock& clock, base::LogSink& sink);
  /// Ends the thread, even while it computes; what waits is dropped.
  ~Verification() override;

  bool check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) override
      EXCLUDES(mutex_);
  void look() override { bench_.interrupt_if_hung(); }
  /// Any thread.
  VerificationState state() const EXCLUDES(mutex_);

 private:
  void run();
  bool wait() EXCLUDES(mutex_);
  std::optional<VerifyQueue::Group> take(std::size_t most) EXCLUDES(mutex_);
  void prepare() EXCLUDES(mutex_);
  void recompute(const VerifyQueue::Group& group, std::size_t who);
  void resize(std::size_t who, std::size_t keys, base::Micros took) EXCLUDES(mutex_);
  void say(std::vector<CheckJob> jobs, std::vector<poc::Digest> digests) EXCLUDES(mutex_);
  void say_again(std::vector<CheckJob> jobs) EXCLUDES(mutex_);

  const std::function<void(Checked)> report_;
  const base::Clock& clock_;
  VerifierBench bench_;
  Disputes disputes_;
  std::vector<std::size_t> group_sizes_;  // by verifier; the thread's

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  VerifyQueue queue_ GUARDED_BY(mutex_){VerifyBudget::kTotal};
  std::optional<poc::ModelSpec> to_prepare_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  VerificationState state_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace pool
