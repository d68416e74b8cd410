#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/queue.h"
#include "base/result.h"
#include "poc/keys.h"
#include "poc/verifier.h"

namespace load {

/// Computes right digests for a swarm of miners, on a thread of its own, many nonces at a time.
class WorkSource {
 public:
  using Done = std::function<void(const poc::Digest& digest)>;
  struct Job {
    poc::ModelSpec model;
    poc::InputKey key{};
    Done done;  ///< called on the other thread
  };

  /// `failed` is called on the other thread, with what made a digest impossible.
  WorkSource(std::unique_ptr<poc::Verifier> verifier, std::function<void(std::string)> failed);
  ~WorkSource();
  WorkSource(const WorkSource&) = delete;
  WorkSource& operator=(const WorkSource&) = delete;

  /// Any thread. Dropped where a hundred thousand wait: its miner submits less, as a slow one does.
  void compute(Job job) { (void)jobs_.push(std::move(job)); }

 private:
  static constexpr std::size_t kMostJobs = 100'000;
  void run();
  void answer(std::vector<Job> jobs);

  const std::unique_ptr<poc::Verifier> verifier_;
  const std::function<void(std::string)> failed_;
  base::Queue<Job> jobs_{kMostJobs};
  std::thread thread_;
};

}  // namespace load
