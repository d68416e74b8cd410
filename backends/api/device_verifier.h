#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backends/api/device.h"
#include "poc/verifier.h"

namespace backends {

/// A Verifier that recomputes on a device, in the device's groups. Belongs to one thread, like its
/// device; `end` may come from any. Where a model does not fit beside those before, it takes
/// their memory.
class DeviceVerifier final : public poc::Verifier {
 public:
  explicit DeviceVerifier(std::unique_ptr<Device> device) : device_(std::move(device)) {}

  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& model,
                                                 std::span<const poc::InputKey> keys) override;

  void end() noexcept override;

 private:
  std::unique_ptr<Device> device_;
  std::atomic<bool> ended_{false};
};

}  // namespace backends
