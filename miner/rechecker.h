#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/queue.h"
#include "miner/mailbox.h"
#include "poc/verifier.h"

namespace miner {

/// One share to recompute.
struct RecheckJob {
  std::uint64_t share = 0;  ///< comes back in RecheckDone
  poc::ModelSpec model;
  poc::InputKey key{};
  poc::Digest claimed{};
  /// From then on the answer is of no use: the share is left unchecked. Nothing: it always is.
  std::optional<base::SteadyTime> deadline = std::nullopt;
};

/// Recomputes shares on a thread of its own, the oldest first and with it others of its model, and
/// posts RecheckDone for each, also for those whose deadline passed. The mailbox, the sink and the
/// clock outlive it; the destructor drops what is still queued.
class Rechecker {
 public:
  Rechecker(std::unique_ptr<poc::Verifier> verifier, Mailbox& mailbox, base::LogSink& sink,
            const base::Clock& clock);
  ~Rechecker();

  /// Makes the weights of a model that will be asked about. Any thread.
  void warm(const poc::ModelSpec& model);
  /// False when the queue is full: the share goes unchecked. Any thread.
  bool check(RecheckJob job);

 private:
  void run();
  void drop_expired();
  void tell_skipped(base::SteadyTime now);
  void recompute();
  std::vector<RecheckJob> take_group();
  void post(const RecheckJob& job, std::optional<bool> right);

  std::unique_ptr<poc::Verifier> verifier_;  // the thread's
  Mailbox& mailbox_;
  const base::Log log_;
  const base::Clock& clock_;
  base::Queue<RecheckJob> queue_;
  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> refused_{0};  // by a full queue, and not told of yet

  // The thread's.
  std::deque<RecheckJob> waiting_;  // from the queue, in order
  std::uint64_t skipped_ = 0;       // and not told of yet
  std::optional<base::SteadyTime> told_skipped_;
  std::thread thread_;
};

}  // namespace miner
