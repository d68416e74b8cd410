#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/queue.h"
#include "poc/verifier.h"

namespace pool {

/// A share whose digest is to be recomputed; `sprint` and `nonce` come back with the answer.
struct CheckJob {
  std::uint64_t sprint = 0;
  std::uint64_t nonce = 0;
  poc::InputKey key{};
};

/// Shares of one sprint that were recomputed together.
struct Checked {
  std::vector<CheckJob> jobs;                      ///< at least one
  base::Result<std::vector<poc::Digest>> digests;  ///< as many, in order; or why there are none
};

/// Where a pool has shares recomputed.
class Checker {
 public:
  virtual ~Checker() = default;
  /// With a job: its answer comes later, unless this is false (too many wait). Without: the model
  /// is needed soon, its weights can be made.
  virtual bool check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) = 0;
};

/// The thread that owns the verifier. Takes shares in the order in which they came, in groups of
/// one sprint that take about 250 ms each (1 to 16 shares).
class Verification final : public Checker {
 public:
  /// `report` is called on the verification's thread. `clock` outlives this.
  Verification(std::unique_ptr<poc::Verifier> verifier, std::function<void(Checked)> report,
               const base::Clock& clock);
  /// Ends the thread, even while it computes; what waits is dropped.
  ~Verification() override;

  bool check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) override {
    return queue_.push({model, job});
  }

 private:
  struct Waiting {
    poc::ModelSpec model;
    std::optional<CheckJob> job;
  };
  void run();
  void recompute();

  const std::unique_ptr<poc::Verifier> verifier_;
  const std::function<void(Checked)> report_;
  const base::Clock& clock_;
  base::Queue<Waiting> queue_{16384};
  std::atomic<bool> ending_{false};
  std::deque<Waiting> taken_;   // from the queue, by the thread
  std::size_t group_size_ = 4;  // the thread's
  std::thread thread_;
};

}  // namespace pool
