#pragma once

#include <memory>
#include <string_view>

#include "backends/cpu/model.h"
#include "base/clock.h"
#include "poc/reference.h"

// Small models, ready made, for the tests above the kernels.
namespace backends::cpu {

inline poc::ModelSpec model_spec(std::string_view profile, std::uint8_t seed = 1) {
  poc::ModelSpec spec{poc::parse_profile(profile).value(), {}};
  spec.model_seed.fill(seed);
  return spec;
}

inline void make_all(PackedModel& model, const Kernels& kernels) {
  const base::SystemClock clock;
  while (!model.ready()) {
    model.make_blocks(kernels, clock, clock.now() + std::chrono::seconds(1));
    model.wait_for_claimed();
  }
}

inline std::shared_ptr<PackedModel> ready_model(const poc::ModelSpec& spec,
                                                const Kernels& kernels) {
  auto model = PackedModel::make(spec).value();
  make_all(*model, kernels);
  return model;
}

inline poc::ReferenceModel reference_model(const poc::ModelSpec& spec) {
  return poc::ReferenceModel::make(spec).value();
}

inline std::vector<poc::InputKey> some_keys(std::size_t count, std::uint8_t seed = 0) {
  std::vector<poc::InputKey> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    keys[i].fill(seed);
    keys[i][0] = static_cast<std::uint8_t>(i);
  }
  return keys;
}

}  // namespace backends::cpu
