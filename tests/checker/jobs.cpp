#include "tests/checker/jobs.h"

#include <string>

namespace checker {
namespace {

base::Bytes32 random_bytes(std::mt19937_64& random) {
  base::Bytes32 out;
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

}  // namespace

poc::RaceSpec race_of(const poc::Profile& profile, std::uint32_t number) {
  std::mt19937_64 random(number);
  poc::RaceSpec race;
  race.model = {profile, random_bytes(random)};
  race.start_seed = random_bytes(random);
  race.identity_hash = poc::hash_identity("checker." + std::to_string(number)).value();
  return race;
}

poc::RaceSpec random_race(std::mt19937_64& random) {
  const auto up_to = [&](std::uint32_t most) {
    return 1 + static_cast<std::uint32_t>(random() % most);
  };
  poc::RaceSpec race;
  race.model.profile.layers = up_to(3);
  race.model.profile.dim = 128 * up_to(3);
  race.model.profile.ffn = 128 * up_to(5);
  race.model.model_seed = random_bytes(random);
  race.start_seed = random_bytes(random);
  race.identity_hash = random_bytes(random);
  return race;
}

}  // namespace checker
