#include <string>

#include "backends/api/self_test.h"
#include "tests/checker/checks.h"
#include "tests/checker/jobs.h"

namespace checker {
namespace {

using backends::NonceRange;
using backends::PrepareProgress;
using poc::Target;

/// The steps of one model's weights only ever go on.
Checked weights_in_steps(Stand& stand) {
  constexpr int kMost = 10'000;
  const poc::RaceSpec race = race_of(stand.quick() ? kNano : kMicro, 60);
  PrepareProgress last;
  int steps = 0;
  for (; !last.ready() || steps == 0; ++steps) {
    ASSIGN_OR_RETURN(const PrepareProgress now, stand.device().prepare(race.model));
    const bool sane = now.done_bytes >= last.done_bytes && now.done_bytes <= now.total_bytes &&
                      (steps == 0 || now.total_bytes == last.total_bytes);
    if (!sane || steps == kMost) return wrong("the weights do not get on");
    last = now;
  }
  ASSIGN_OR_RETURN(const PrepareProgress again, stand.device().prepare(race.model));
  if (!again.ready()) return wrong("weights that were ready are not");
  RETURN_IF_ERROR(stand.start(race));
  RETURN_IF_ERROR(stand.expect_run(race, {0, 2, Target::from_difficulty(1)}));
  return Finding{std::to_string(steps) + " steps"};
}

/// The next model is made while this one is raced, with one and with two ranges in flight; then
/// both are there.
Checked two_resident(Stand& stand) {
  const poc::RaceSpec now = race_of(kNano, 62);
  const poc::RaceSpec next = race_of({8, 256, 512}, 63);
  RETURN_IF_ERROR(stand.start(now));
  const auto range = [&](std::uint64_t i) {
    return NonceRange{100 * i, stand.device().group_size() + 1, Target::from_difficulty(2)};
  };
  RETURN_IF_ERROR(stand.device().enqueue(range(0)));
  bool ready = false;
  std::uint64_t i = 1;
  for (; i < 4 || !ready; ++i) {
    RETURN_IF_ERROR(stand.device().enqueue(range(i)));
    RETURN_IF_ERROR(stand.device().prepare(next.model));
    ASSIGN_OR_RETURN(const auto result, stand.device().collect());
    RETURN_IF_ERROR(stand.expect_exact(now, result));
    ASSIGN_OR_RETURN(const auto with_one, stand.device().prepare(next.model));
    ready = with_one.ready();
  }
  ASSIGN_OR_RETURN(const auto result, stand.device().collect());
  RETURN_IF_ERROR(stand.expect_exact(now, result));
  for (const auto& race : {next, now}) {
    RETURN_IF_ERROR(stand.device().start(race));  // aborts where the model is not resident
    RETURN_IF_ERROR(stand.expect_run(race, range(i)));
  }
  return Finding{};
}

/// A third model takes the place of the one not raced, though the raced one was used longer ago.
Checked a_third(Stand& stand) {
  const poc::RaceSpec raced = race_of(kNano, 64);
  const poc::RaceSpec second = race_of(kNano, 65);
  const poc::RaceSpec third = race_of(kTiny, 66);
  RETURN_IF_ERROR(stand.start(raced));
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), second.model));
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), third.model));
  RETURN_IF_ERROR(stand.expect_run(raced, {0, 3, Target::from_difficulty(1)}));
  for (const auto& race : {raced, third}) {
    RETURN_IF_ERROR(stand.device().start(race));
    RETURN_IF_ERROR(stand.expect_run(race, {7, 3, Target::from_difficulty(1)}));
  }
  RETURN_IF_ERROR(stand.expect_works(second));
  return Finding{};
}

Checked one_after_the_other(Stand& stand) {
  const std::uint32_t rounds = stand.quick() ? 4 : 8;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const poc::Profile profile{1 + round % 2, 128 * (1 + round % 3), 128 * (3 - round % 3)};
    RETURN_IF_ERROR(stand.expect_works(race_of(profile, 70 + round % 5)));
  }
  return Finding{};
}

Checked left_half_made(Stand& stand) {
  const poc::RaceSpec half = race_of(kMicro, 80);
  RETURN_IF_ERROR(stand.device().prepare(half.model));
  RETURN_IF_ERROR(stand.expect_works(race_of(kTiny, 81)));
  RETURN_IF_ERROR(stand.start(half));
  RETURN_IF_ERROR(stand.expect_run(half, {0, 1, Target::from_difficulty(1)}));
  return Finding{};
}

Checked rest(Stand& stand) {
  const poc::RaceSpec race = race_of(kNano, 82);
  stand.device().rest();
  RETURN_IF_ERROR(stand.expect_works(race));
  stand.device().rest();
  stand.device().rest();
  RETURN_IF_ERROR(stand.expect_works(race));
  RETURN_IF_ERROR(stand.device().prepare(race_of(kMicro, 83).model));
  stand.device().rest();  // perhaps in the middle of making weights
  RETURN_IF_ERROR(stand.expect_works(race));
  return Finding{};
}

/// Fault::kNoMemory within a few steps of a model that is too large.
base::Status expect_no_memory(Stand& stand, const poc::ModelSpec& model) {
  for (int i = 0; i < 10; ++i) {
    const auto progress = stand.device().prepare(model);
    if (progress.ok()) continue;
    if (progress.error().fault == base::Fault::kNoMemory) return base::Ok{};
    return progress.error();
  }
  return wrong("a model larger than the memory is being made");
}

Checked one_that_cannot_fit(Stand& stand) {
  const poc::ModelSpec huge{{128, 8192, 32768}, {}};
  if (stand.device().info().memory_bytes >= huge.profile.weights_bytes()) {
    return Finding{"the largest model may fit", true};
  }
  const poc::RaceSpec race = race_of(kNano, 84);
  RETURN_IF_ERROR(stand.start(race));
  RETURN_IF_ERROR(expect_no_memory(stand, huge));
  RETURN_IF_ERROR(stand.expect_run(race, {0, 5, Target::from_difficulty(1)}));
  stand.device().rest();
  RETURN_IF_ERROR(expect_no_memory(stand, huge));
  RETURN_IF_ERROR(stand.expect_works(race));
  return Finding{};
}

Checked closed_in_mid_work(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 93);
  RETURN_IF_ERROR(stand.start(race));
  const std::uint64_t group = stand.device().group_size();
  RETURN_IF_ERROR(stand.device().enqueue({0, group, Target::none()}));
  RETURN_IF_ERROR(stand.device().enqueue({99, group, Target::none()}));
  RETURN_IF_ERROR(stand.reopen());
  RETURN_IF_ERROR(stand.expect_works(race));
  return Finding{};
}

constexpr Check kChecks[] = {
    {"weights in steps", weights_in_steps},
    {"two models resident", two_resident},
    {"a third model", a_third},
    {"one model after the other", one_after_the_other},
    {"a model left half made", left_half_made, false},
    {"rest", rest},
    {"a model that cannot fit", one_that_cannot_fit, false},
    {"closed in mid work", closed_in_mid_work},
};

}  // namespace

std::span<const Check> model_checks() {
  return kChecks;
}

}  // namespace checker
