#include "pool/sprint.h"

#include <array>

#include "stratum/sprint_secret.h"

namespace pool {

base::Result<Sprint> make_sprint(const Config& config, const Slot& slot, const RandomSource& random,
                                 const std::string& beacon) {
  std::array<std::uint8_t, 6> unique{};
  base::Bytes32 model{};
  base::Bytes32 secret{};
  if (!random(unique) || !random(model) || !random(secret)) {
    return base::unavailable("the random generator failed");
  }
  const std::string id = std::to_string(slot.number) + "-" + base::to_hex(unique);
  const base::Bytes32 commitment = stratum::commit_to(secret);
  Sprint sprint{
      slot.number,
      {id, config.name, config.profile, model, "", slot.t0, slot.t_end, commitment, beacon},
      {id, {}, secret, "", slot.t0, slot.t_end}};
  if (!sprint.has_beacon()) draw_start(sprint, kNoBeacon);
  return sprint;
}

void draw_start(Sprint& sprint, const std::string& value) {
  stratum::StartNotice& start = sprint.start;
  start.beacon = value;
  start.start_seed =
      stratum::make_start_seed(sprint.announcement.pool, start.sprint, start.secret, value);
}

base::Status add_draw(Sprint& sprint, std::string beacon, const RandomSource& random) {
  Draw draw;
  if (!random(draw.secret)) return base::unavailable("the random generator failed");
  sprint.announcement.draw = {stratum::commit_to_draw(draw.secret), std::move(beacon)};
  sprint.draw = draw;
  return base::Ok{};
}

stratum::Announcement announced_at(stratum::Announcement planned, base::UnixTime now) {
  if (planned.t0 >= now) return planned;
  planned.t_end += now - planned.t0;
  planned.t0 = now;
  return planned;
}

}  // namespace pool
