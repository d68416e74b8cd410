#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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

  /// Any thread.
  void compute(Job job);

 private:
  void run();
  void answer(std::vector<Job> jobs);

  const std::unique_ptr<poc::Verifier> verifier_;
  const std::function<void(std::string)> failed_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Job> jobs_;  // guarded by mutex_, as is the next
  bool over_ = false;
  std::thread thread_;
};

}  // namespace load
