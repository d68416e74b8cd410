#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/api/self_test.h"
#include "backends/sim/backend.h"
#include "poc/known_answers.h"
#include "poc/reference.h"

namespace tests {

constexpr poc::Profile kSmall{1, 128, 128};

/// A race of the smallest profile whose seeds follow from `number`.
inline poc::RaceSpec small_race(std::uint8_t number) {
  poc::RaceSpec race;
  race.model.profile = kSmall;
  race.model.model_seed.fill(number);
  race.start_seed.fill(static_cast<std::uint8_t>(number + 1));
  return race;
}

/// "key=value" each, as OptionValues of the simulated backend.
inline base::Result<backends::OptionValues> sim_options(const std::vector<std::string>& texts) {
  std::vector<backends::OptionAssignment> assignments;
  for (const std::string& text : texts) {
    assignments.push_back(backends::parse_assignment(text).value());
  }
  return backends::resolve_options(backends::sim::option_specs(), assignments);
}

/// A backend under these options, and its device 0 if `opens`.
struct SimBench {
  explicit SimBench(const std::vector<std::string>& texts) : values(sim_options(texts).value()) {
    CHECK(backend.configure(values).ok());
    reopen();
  }

  void reopen() { device = backend.open(0, values).value(); }

  /// Makes the weights and starts.
  void start(const poc::RaceSpec& race) {
    CHECK(backends::prepare_fully(*device, race.model).ok());
    CHECK(device->start(race).ok());
  }

  base::Result<backends::RangeResult> run(const backends::NonceRange& range) {
    RETURN_IF_ERROR(device->enqueue(range));
    return device->collect();
  }

  backends::OptionValues values;
  backends::sim::SimBackend backend;
  std::unique_ptr<backends::Device> device;
};

/// The truth about a nonce.
inline poc::Digest true_digest(const poc::RaceSpec& race, std::uint64_t nonce) {
  const auto model = poc::ReferenceModel::make(race.model).value();
  return poc::evaluate(model, poc::input_key(race, nonce));
}

}  // namespace tests
