#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <span>
#include <vector>

#include "base/result.h"
#include "poc/keys.h"
#include "poc/reference.h"

namespace poc {

/// Recomputes work: the truth about a claimed digest. Used by one thread at a time.
class Verifier {
 public:
  virtual ~Verifier() = default;

  /// The digests of nonces of one model, given by their input keys: one for each key, in order. The
  /// keys may belong to different accounts and races. Blocks while it computes (and, the first time
  /// it sees the model, while it makes the weights). Fails when the model does not fit in memory or
  /// the device that computes fails; that says nothing about any digest.
  virtual base::Result<std::vector<Digest>> digests(const ModelSpec& model,
                                                    std::span<const InputKey> keys) = 0;

  /// Ends the `digests` under way, as soon as the next key, and every later one with
  /// Fault::kUnavailable. Any thread. (optional; default: they run to their end.)
  virtual void end() noexcept {}
};

/// A Verifier by the reference evaluator: slow, obvious, needs nothing. Keeps the weights of the
/// last `models` models.
class ReferenceVerifier final : public Verifier {
 public:
  explicit ReferenceVerifier(std::size_t models = 1) : capacity_(models) {}

  base::Result<std::vector<Digest>> digests(const ModelSpec& model,
                                            std::span<const InputKey> keys) override;
  void end() noexcept override { ended_ = true; }

 private:
  struct Entry {
    ModelSpec spec;
    ReferenceModel model;
  };
  base::Result<const ReferenceModel*> model_for(const ModelSpec& spec);

  std::size_t capacity_;
  std::list<Entry> models_;  // last used first
  std::atomic<bool> ended_{false};
};

}  // namespace poc
