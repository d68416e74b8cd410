#include "backends/api/device_verifier.h"

#include <algorithm>

#include "backends/api/self_test.h"

namespace backends {

base::Result<std::vector<poc::Digest>> DeviceVerifier::digests(
    const poc::ModelSpec& model, std::span<const poc::InputKey> keys) {
  const auto ended = [this] { return ended_.load(); };
  auto prepared = prepare_fully(*device_, model, ended);
  if (!prepared.ok() && prepared.error().fault == base::Fault::kNoMemory) {
    device_->rest();  // models of sprints before may be in the way
    prepared = prepare_fully(*device_, model, ended);
  }
  if (!prepared.ok()) return prepared.error();

  std::vector<poc::Digest> all;
  all.reserve(keys.size());
  while (!keys.empty()) {
    // A cancel between two calls of evaluate would be lost on the device: one group at a time.
    if (ended()) return base::unavailable("verifier: ended");
    const std::size_t count = std::min<std::size_t>(keys.size(), device_->group_size());
    ASSIGN_OR_RETURN(const auto some, device_->evaluate(model, keys.first(count)));
    all.insert(all.end(), some.begin(), some.end());
    keys = keys.subspan(count);
  }
  return all;
}

void DeviceVerifier::end() noexcept {
  ended_ = true;
  device_->cancel();
}

}  // namespace backends
