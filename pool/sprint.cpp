#include "pool/sprint.h"

#include <array>

#include "stratum/sprint_secret.h"

namespace pool {
namespace {

constexpr const char* kBeacon = "none";

}  // namespace

base::Result<Sprint> make_sprint(const Config& config, const Slot& slot,
                                 const RandomSource& random) {
  std::array<std::uint8_t, 6> unique{};
  base::Bytes32 model{};
  base::Bytes32 secret{};
  if (!random(unique) || !random(model) || !random(secret)) {
    return base::unavailable("the random generator failed");
  }
  const std::string id = std::to_string(slot.number) + "-" + base::to_hex(unique);
  const poc::Seed start_seed = stratum::make_start_seed(config.name, id, secret, kBeacon);
  const base::Bytes32 commitment = stratum::commit_to(secret);
  return Sprint{
      slot.number,
      {id, config.name, config.profile, model, "", slot.t0, slot.t_end, commitment, kBeacon},
      {id, start_seed, secret, kBeacon, slot.t0, slot.t_end}};
}

base::Status add_draw(Sprint& sprint, std::string beacon, const RandomSource& random) {
  Draw draw;
  if (!random(draw.secret)) return base::unavailable("the random generator failed");
  sprint.announcement.draw = {stratum::commit_to_draw(draw.secret), std::move(beacon)};
  sprint.draw = draw;
  return base::Ok{};
}

}  // namespace pool
