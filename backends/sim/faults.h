#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backends/api/options.h"
#include "poc/target.h"

namespace backends::sim {

/// What can be wrong with a simulated device.
enum class FaultKind {
  kNone,
  kWrongDigest,  ///< a digest is wrong; in a race it is ground until its ticket meets the target
  kBadTicket,    ///< a nonce that misses the target is given as a candidate
  kBadNonce,     ///< a candidate's nonce is not one of the range
  kHang,         ///< collect and evaluate return only after a cancel
  kLost,         ///< every call fails with Fault::kDevice until the device is opened again
  kSlow,         ///< a tenth of the rate
  kNoMemory,     ///< prepare fails with Fault::kNoMemory unless the model is ready
  kNoOpen,       ///< it cannot be opened
};

/// The choices of the option `fault`, in the order of FaultKind.
const std::vector<std::string>& fault_names();

/// Which fault a device has, and when.
struct FaultPlan {
  FaultKind kind = FaultKind::kNone;
  std::uint64_t after = 0;            ///< nonces computed before it begins
  std::uint64_t every = 1;            ///< of what it can spoil, every which one it does
  std::chrono::milliseconds hang{0};  ///< how long a hanging device ignores a cancel

  static FaultPlan from(const OptionValues& values);
};

/// A plan being carried out by one opened device. Belongs to the device's thread.
class Faults {
 public:
  explicit Faults(const FaultPlan& plan) : plan_(plan) {}

  const FaultPlan& plan() const { return plan_; }

  /// One more nonce was computed, by a race or for verification.
  void count_nonce() { ++computed_; }

  /// Whether this fault is there and has begun.
  bool active(FaultKind kind) const { return plan_.kind == kind && computed_ >= plan_.after; }

  /// Asks whether this fault spoils what is about to be handed out: every plan().every-th time
  /// since it began.
  bool strikes(FaultKind kind);

 private:
  FaultPlan plan_;
  std::uint64_t computed_ = 0;
  std::uint64_t chances_ = 0;
};

/// A digest other than `digest` whose ticket meets the target all the same: about one hash for each
/// unit of difficulty. Gives up after a million hashes or when `stop` says so, with a digest that
/// is merely wrong.
poc::Digest false_digest(const poc::InputKey& key, const poc::Digest& digest,
                         const poc::Target& target, const std::function<bool()>& stop);

}  // namespace backends::sim
