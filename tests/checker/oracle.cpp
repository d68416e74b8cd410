#include "tests/checker/oracle.h"

namespace checker {

const poc::Digest& Oracle::digest(const poc::ModelSpec& model, const poc::InputKey& key) {
  const auto known = digests_.find(key);
  if (known != digests_.end()) return known->second;
  return digests_.emplace(key, poc::evaluate(weights(model), key)).first->second;
}

const poc::ReferenceModel& Oracle::weights(const poc::ModelSpec& model) {
  for (const auto& [spec, weights] : models_) {
    if (spec == model) return weights;
  }
  models_.emplace_back(model, poc::ReferenceModel::make(model).value());
  return models_.back().second;
}

}  // namespace checker
