#include "poc/verifier.h"

#include <algorithm>
#include <utility>

namespace poc {

base::Result<const ReferenceModel*> ReferenceVerifier::model_for(const ModelSpec& spec) {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [&](const Entry& entry) { return entry.spec == spec; });
  if (found != models_.end()) {
    models_.splice(models_.begin(), models_, found);
    return &models_.front().model;
  }
  while (!models_.empty() && models_.size() >= capacity_) models_.pop_back();
  ASSIGN_OR_RETURN(ReferenceModel model, ReferenceModel::make(spec));
  models_.push_front({spec, std::move(model)});
  return &models_.front().model;
}

base::Result<std::vector<Digest>> ReferenceVerifier::digests(const ModelSpec& model,
                                                             std::span<const InputKey> keys) {
  ASSIGN_OR_RETURN(const ReferenceModel* weights, model_for(model));
  std::vector<Digest> out;
  out.reserve(keys.size());
  for (const InputKey& key : keys) {
    if (ended_) return base::unavailable("verifier: ended");
    out.push_back(evaluate(*weights, key));
  }
  return out;
}

}  // namespace poc
