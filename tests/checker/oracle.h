#pragma once

#include <map>
#include <utility>
#include <vector>

#include "poc/keys.h"
#include "poc/reference.h"

namespace checker {

/// What the reference evaluator says, remembered: devices are asked the same again and again. For
/// small profiles. One thread.
class Oracle {
 public:
  const poc::Digest& digest(const poc::ModelSpec& model, const poc::InputKey& key);

 private:
  const poc::ReferenceModel& weights(const poc::ModelSpec& model);

  std::vector<std::pair<poc::ModelSpec, poc::ReferenceModel>> models_;
  std::map<poc::InputKey, poc::Digest> digests_;  // a key is of one model
};

}  // namespace checker
