#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

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
};

/// Recomputes shares on a thread of its own, in groups of one model, and posts RecheckDone for
/// each. The mailbox and the sink outlive it; the destructor drops what is still queued.
class Rechecker {
 public:
  Rechecker(std::unique_ptr<poc::Verifier> verifier, Mailbox& mailbox, base::LogSink& sink);
  ~Rechecker();

  /// Makes the weights of a model that will be asked about. Any thread.
  void warm(const poc::ModelSpec& model);
  /// False when the queue is full: the share goes unchecked. Any thread.
  bool check(RecheckJob job);

 private:
  void run();
  void recompute(std::vector<RecheckJob> jobs);

  std::unique_ptr<poc::Verifier> verifier_;  // the thread's
  Mailbox& mailbox_;
  const base::Log log_;
  base::Queue<RecheckJob> queue_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace miner
