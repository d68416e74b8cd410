#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "poc/verifier.h"
#include "pool/verifier_source.h"

namespace pool {

/// A key whose digest is beyond doubt.
struct KnownDigest {
  poc::ModelSpec model;
  poc::InputKey key{};
  poc::Digest digest{};
};

/// The verifiers of a pool, in the order in which they are preferred, and which of them are in
/// service. One that fails is closed and opened again after a pause (1 s, doubled up to 4 s); one
/// that hung, after 60 s (doubled up to an hour, until it answers for shares again); one that
/// answered wrong, after as long, and the proof's known answers. Each change is told to the log
/// once. Belongs to the verification's thread but for what says otherwise.
class VerifierBench {
 public:
  /// What an operator may see of one.
  struct State {
    std::string name;
    bool works = false;
    std::string reason;  ///< why it does not; empty: it was not wanted yet
  };

  /// `sources`: at least one. `clock` and `sink` outlive this.
  VerifierBench(std::vector<VerifierSource> sources, const base::Clock& clock, base::LogSink& sink);

  /// The first one in service from this one on, opened; nothing where none is.
  std::optional<std::size_t> first(std::size_t from = 0);
  /// Its digests: one a key. After an error it is out of service for a while.
  base::Result<std::vector<poc::Digest>> ask(std::size_t which, const poc::ModelSpec& model,
                                             std::span<const poc::InputKey> keys);
  /// Has weights made. A failure comes again with the first key.
  void prepare(std::size_t which, const poc::ModelSpec& model);
  /// Whether it gives a known digest; those of the proof where none is named.
  bool proves_itself(std::size_t which, const KnownDigest* known);
  /// It answered wrong: out of service.
  void convict(std::size_t which, const std::string& why);

  std::size_t size() const { return devices_.size(); }
  bool works(std::size_t which) const { return devices_[which].verifier != nullptr; }
  const std::string& name(std::size_t which) const { return devices_[which].source.name; }
  /// Why the first one is out of service.
  const std::string& trouble() const { return devices_.front().reason; }

  // Any thread.
  /// Ends the call under way, and all later ones.
  void end() noexcept EXCLUDES(mutex_);
  /// Whether a call, an opening or a closing takes longer than can be: it is told to the log once,
  /// and what can be opened again is ended.
  bool interrupt_if_hung() EXCLUDES(mutex_);
  std::vector<State> states() const EXCLUDES(mutex_);

 private:
  struct Device {
    VerifierSource source;
    std::unique_ptr<poc::Verifier> verifier = nullptr;
    base::SteadyTime not_before = {};
    base::Micros pause = {};
    base::Micros sentence = {};    // the last pause for a wrong answer
    base::Micros hang_pause = {};  // the last one for a hang; 0: it answered for shares since
    base::Micros slowest = {};     // for one key, weights included; 0: not known
    bool told = false;             // that it is out of service
    bool convicted = false;        // and has not proved itself since
    bool hung = false;             // and was ended
    std::string reason = {};
  };
  bool open(Device& device);
  base::Result<std::unique_ptr<poc::Verifier>> make(Device& device);
  base::Result<std::vector<poc::Digest>> answer(Device& device, const poc::ModelSpec& model,
                                                std::span<const poc::InputKey> keys);
  void fail(Device& device, const base::Error& error);
  void sentence(Device& device, const std::string& why);
  void close(Device& device, base::Micros pause, const std::string& why);
  void shown(const Device& device, bool works) EXCLUDES(mutex_);
  base::Result<std::vector<poc::Digest>> call(Device& device, const poc::ModelSpec& model,
                                              std::span<const poc::InputKey> keys);
  bool begin(const Device& device, const char* doing, base::Micros patience,
             poc::Verifier* ends = nullptr) EXCLUDES(mutex_);
  bool finish() EXCLUDES(mutex_);
  bool cancelled() const EXCLUDES(mutex_);

  const base::Clock& clock_;
  const base::Log log_;
  std::vector<Device> devices_;

  mutable base::Mutex mutex_;
  std::vector<State> states_ GUARDED_BY(mutex_);
  const Device* asked_ GUARDED_BY(mutex_) = nullptr;  // whose call, or the like, is under way
  const char* doing_ GUARDED_BY(mutex_) = "";         // what that is
  poc::Verifier* ends_ GUARDED_BY(mutex_) = nullptr;  // what ends it; missing: `cancelled` alone
  base::SteadyTime hung_at_ GUARDED_BY(mutex_);       // if it is still under way then
  bool hang_told_ GUARDED_BY(mutex_) = false;
  bool interrupted_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
};

}  // namespace pool
