#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "backends/api/self_test.h"
#include "tests/checker/checks.h"
#include "tests/checker/jobs.h"

namespace checker {
namespace {

using backends::NonceRange;
using backends::RangeResult;
using std::chrono::milliseconds;

/// What the interface promises, or one layer where that is longer; we add them.
constexpr milliseconds kPromised{50};

const NonceRange kLongRange{0, kEndless, poc::Target::none()};

/// Calls `cancel` on another thread, `after` from now; the destructor waits for it.
class LaterCancel {
 public:
  LaterCancel(backends::Device& device, milliseconds after)
      : thread_([this, &device, after] {
          std::this_thread::sleep_for(after);
          called_ = base::SystemClock().now();
          device.cancel();
        }) {}
  ~LaterCancel() {
    if (thread_.joinable()) thread_.join();
  }
  LaterCancel(const LaterCancel&) = delete;
  LaterCancel& operator=(const LaterCancel&) = delete;

  /// When it was called; waits until it has been.
  base::SteadyTime called() {
    thread_.join();
    return called_;
  }

 private:
  base::SteadyTime called_;
  std::thread thread_;
};

/// An error unless the range was ended before its end, as only a cancel does.
base::Status expect_ended(const RangeResult& result) {
  if (result.evaluated < result.range.count) return base::Ok{};
  return wrong("a range that cannot end was computed whole");
}

/// From the call of `cancel`, in the middle of a range that does not end, to collect's return.
base::Result<base::Micros> latency(Stand& stand) {
  RETURN_IF_ERROR(stand.device().enqueue(kLongRange));
  LaterCancel cancel(stand.device(), milliseconds(100));
  ASSIGN_OR_RETURN(const RangeResult result, stand.device().collect());
  const base::SteadyTime returned = base::SystemClock().now();
  RETURN_IF_ERROR(expect_ended(result));
  return returned - cancel.called();
}

/// How long the device takes for one layer of a group of this profile, by a model of one such
/// layer.
base::Result<base::Micros> layer_time(Stand& stand, const poc::RaceSpec& race) {
  poc::RaceSpec layer = race;
  layer.model.profile.layers = 1;
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), layer.model));
  const std::vector<poc::InputKey> keys(stand.device().group_size(), poc::input_key(layer, 0));
  const base::SystemClock clock;
  base::SteadyTime began;
  for (int i = 0; i < 2; ++i) {  // the first one also makes room
    began = clock.now();
    RETURN_IF_ERROR(stand.device().evaluate(layer.model, keys));
  }
  return clock.now() - began;
}

double in_ms(base::Micros time) {
  return static_cast<double>(time.count()) / 1000;
}

/// Five cancels of races on the profile, whose weights are ready. The slowest decides; when quick,
/// none does.
Checked expect_prompt(Stand& stand, const poc::RaceSpec& race) {
  RETURN_IF_ERROR(stand.start(race));
  const std::uint32_t group = stand.device().group_size();
  ASSIGN_OR_RETURN(const base::Micros layer, layer_time(stand, race));
  base::Micros slowest{0};
  for (int i = 0; i < 5; ++i) {
    RETURN_IF_ERROR(stand.device().start(race));
    ASSIGN_OR_RETURN(const base::Micros took, latency(stand));
    slowest = std::max(slowest, took);
  }
  char text[160];
  std::snprintf(text, sizeof text,
                "slowest of 5: %.1f ms; allowed: %.0f ms + %.1f ms, a layer of a group of %u",
                in_ms(slowest), in_ms(kPromised), in_ms(layer), group);
  if (!stand.quick() && slowest > kPromised + layer) return wrong(text);
  return Finding{text};
}

Checked latency_on_nano(Stand& stand) {
  return expect_prompt(stand, race_of(kNano, 40));
}

Checked latency_on_base(Stand& stand) {
  const poc::RaceSpec race = race_of(kBase, 40);
  stand.device().rest();
  const auto made = backends::prepare_fully(stand.device(), race.model);
  if (!made.ok() && made.error().fault == base::Fault::kNoMemory) {
    return Finding{made.message(), true};
  }
  RETURN_IF_ERROR(made);
  ASSIGN_OR_RETURN(const Finding finding, expect_prompt(stand, race));
  stand.device().rest();
  return finding;
}

Checked both_in_flight(Stand& stand) {
  RETURN_IF_ERROR(stand.start(race_of(kNano, 41)));
  RETURN_IF_ERROR(stand.device().enqueue(kLongRange));
  RETURN_IF_ERROR(stand.device().enqueue({kEndless, kEndless, poc::Target::none()}));
  const LaterCancel cancel(stand.device(), milliseconds(0));
  for (const std::uint64_t first : {std::uint64_t{0}, kEndless}) {
    ASSIGN_OR_RETURN(const RangeResult result, stand.device().collect());
    if (result.range.first != first) return wrong("not collected in their order");
    RETURN_IF_ERROR(expect_ended(result));
  }
  return Finding{};
}

Checked until_the_next_start(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 42);
  for (int round = 0; round < 2; ++round) {
    RETURN_IF_ERROR(stand.start(race));
    stand.device().cancel();
    for (int i = 0; i < 2; ++i) {
      ASSIGN_OR_RETURN(const RangeResult result, stand.run(kLongRange));
      RETURN_IF_ERROR(expect_ended(result));
    }
    RETURN_IF_ERROR(stand.expect_works(race));
  }
  RETURN_IF_ERROR(stand.expect_works(race_of(kTiny, 45)));
  return Finding{};
}

Checked what_came_before_it(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 43);
  RETURN_IF_ERROR(stand.start(race));
  // As hard as leaves few candidates of the millions that a fast device computes.
  RETURN_IF_ERROR(stand.device().enqueue({77, kEndless, poc::Target::from_difficulty(100)}));
  const LaterCancel cancel(stand.device(), milliseconds(50));
  ASSIGN_OR_RETURN(const RangeResult result, stand.device().collect());
  RETURN_IF_ERROR(expect_ended(result));
  RETURN_IF_ERROR(stand.expect_right(race, result));
  return Finding{std::to_string(result.candidates.size()) + " candidates of " +
                 std::to_string(result.evaluated) + " nonces"};
}

Checked many_at_once(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 46);
  for (int round = 0; round < 5; ++round) {
    RETURN_IF_ERROR(stand.start(race));
    RETURN_IF_ERROR(stand.device().enqueue(kLongRange));
    const LaterCancel one(stand.device(), milliseconds(0));
    const LaterCancel other(stand.device(), milliseconds(0));
    ASSIGN_OR_RETURN(const RangeResult result, stand.device().collect());
    RETURN_IF_ERROR(expect_ended(result));
  }
  RETURN_IF_ERROR(stand.expect_works(race));
  return Finding{};
}

/// The first cancel that comes while it is under way ends it.
Checked an_evaluate(Stand& stand) {
  const poc::RaceSpec race = race_of(kNano, 47);
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), race.model));
  const std::vector<poc::InputKey> keys(1 << 17, poc::input_key(race, 0));
  std::atomic<bool> returned{false};
  std::thread other([&] {
    while (!returned) {
      stand.device().cancel();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  const auto digests = stand.device().evaluate(race.model, keys);
  returned = true;
  other.join();
  if (digests.ok()) return wrong("an evaluate went on to its end");
  if (digests.error().fault != base::Fault::kUnavailable) return digests.error();
  RETURN_IF_ERROR(stand.expect_works(race));
  return Finding{};
}

Checked of_the_past(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 48);
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), race.model));
  stand.device().cancel();
  const poc::InputKey key = poc::input_key(race, 3);
  RETURN_IF_ERROR(stand.expect_digests(race.model, {&key, 1}));
  return Finding{};
}

constexpr Check kChecks[] = {
    {"cancel latency on nano", latency_on_nano},
    {"cancel latency on base", latency_on_base, false},
    {"cancel of both in flight", both_in_flight},
    {"cancel until the next start", until_the_next_start},
    {"cancel and what came before", what_came_before_it},
    {"cancels from two threads", many_at_once},
    {"cancel of an evaluate", an_evaluate},
    {"cancel of the past", of_the_past},
};

}  // namespace

std::span<const Check> cancel_checks() {
  return kChecks;
}

}  // namespace checker
