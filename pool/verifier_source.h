#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "poc/verifier.h"

namespace pool {

/// Something that can recompute, and how it is opened: at first, and again after a fault.
struct VerifierSource {
  /// Stops early when `cancelled` says so; it may be empty. Fault::kWrong: it computes wrong.
  using Open = std::function<base::Result<std::unique_ptr<poc::Verifier>>(
      const std::function<bool()>& cancelled)>;
  std::string name;  ///< as its owner named it
  Open open;
  bool reopens = true;  ///< `open` makes a new one each time
};

/// A verifier that is there already, kept whatever happens.
VerifierSource keep_verifier(std::unique_ptr<poc::Verifier> verifier);
/// The reference evaluator, made when it is wanted first.
VerifierSource reference_source();

}  // namespace pool
