#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pool/verifier_bench.h"

namespace tests {

/// What the tests call the right digest of a key: that of the proof's known answers where the key
/// is one of those, else `right_digest`.
poc::Digest true_digest(const poc::InputKey& key);

/// What verifiers of one name do, however often they are opened. A test changes it while none of
/// them computes.
struct VerifierScript {
  struct Call {
    poc::ModelSpec model;
    std::vector<poc::InputKey> keys;
  };
  explicit VerifierScript(base::ManualClock& turned) : clock(turned) {}

  pool::VerifierSource source(const std::string& name);
  /// Calls wait while the gate is closed.
  void set_open(bool open);
  bool wait_for_calls(std::size_t count);
  std::size_t keys_asked();

  base::ManualClock& clock;
  std::function<poc::Digest(const poc::InputKey&)> answer = true_digest;
  base::Micros each{0};  ///< for one key, on the clock turned by hand
  bool fails = false;    ///< with Fault::kDevice, "scripted"
  bool throws = false;
  bool forgets = false;  ///< the last digest
  bool opens = true;
  base::Error refusal = base::unavailable("no card");  ///< what it says else
  int opened = 0;
  std::vector<Call> calls;

  std::mutex mutex;
  std::condition_variable changed;
  bool gate = true;
};

/// A liar: every `nth` digest of those it computes is wrong, and never wrong the same way twice.
std::function<poc::Digest(const poc::InputKey&)> lies_every(std::uint64_t nth);

}  // namespace tests
