#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "miner/worker.h"
#include "tests/miner/fake_device.h"
#include "tests/miner/support.h"

namespace miner {

/// A worker on a fake card, and all that it told. Time passes as the card works; waits for real
/// time are as short as a test wants.
class WorkerTest : public ::testing::Test {
 protected:
  void begin() {
    const WorkerContext context{mailbox_, board_, clock_, sink_, reopen_after_, rest_after_};
    worker_ =
        std::make_unique<Worker>(context, WorkerDevice{0, tests::fake_info(0), &backend_, {}});
  }
  void begin_and_wait_until_up() {
    begin();
    ASSERT_TRUE(eventually_told<DeviceUp>(1));
  }

  std::shared_ptr<const Race> race(SprintKey key, base::Micros length = std::chrono::seconds(10)) {
    auto made = std::make_shared<Race>();
    made->key = key;
    made->sprint = "s-" + std::to_string(key);
    made->spec.model = model(key);
    made->spec.start_seed = tests::bytes_of(0x77);
    made->t_end = clock_.now() + length;
    board_.open_sprint(key);
    return made;
  }
  static poc::ModelSpec model(SprintKey key) {
    return {tests::tiny_profile(), tests::bytes_of(static_cast<std::uint8_t>(key))};
  }
  Assignment racing(SprintKey key, std::vector<SprintKey> upcoming = {}) {
    Assignment assignment = waiting(std::move(upcoming));
    assignment.race = race(key);
    assignment.leases = {tests::make_lease(key, 0, key, difficulty_)};
    return assignment;
  }
  static Assignment waiting(std::vector<SprintKey> upcoming) {
    Assignment assignment;
    for (const SprintKey key : upcoming) assignment.upcoming.push_back({key, model(key)});
    return assignment;
  }

  /// Every event so far, in order.
  const std::vector<WorkerEvent>& told() {
    for (Mail& mail : mailbox_.drain())
      told_.push_back(std::get<WorkerEvent>(std::move(mail.what)));
    return told_;
  }
  template <class Event>
  std::vector<Event> told_of() {
    std::vector<Event> events;
    for (const WorkerEvent& event : told()) {
      if (const auto* one = std::get_if<Event>(&event)) events.push_back(*one);
    }
    return events;
  }
  /// Waits until the worker told at least `count` events of this kind.
  template <class Event>
  bool eventually_told(std::size_t count) {
    return tests::eventually([&] { return told_of<Event>().size() >= count; });
  }
  bool eventually_prepared(SprintKey key) {
    return tests::eventually([&] {
      const auto all = told_of<DevicePrepared>();
      return std::any_of(all.begin(), all.end(),
                         [&](const DevicePrepared& p) { return p.sprint == key; });
    });
  }
  DeviceSnapshot shown() {
    Snapshot snapshot;
    board_.write_to(snapshot, clock_.now());
    return snapshot.devices.at(0);
  }
  bool eventually_shown(DeviceState state) {
    return tests::eventually([&] { return shown().state == state; });
  }
  /// All nonces of the card's ranges are different.
  void expect_no_nonce_twice() {
    auto done = card_.done();
    std::sort(done.begin(), done.end(), [](const auto& a, const auto& b) {
      return std::pair(a.race.model.model_seed, a.range.first) <
             std::pair(b.race.model.model_seed, b.range.first);
    });
    for (std::size_t i = 1; i < done.size(); ++i) {
      const auto& before = done[i - 1];
      EXPECT_TRUE(!(before.race == done[i].race) ||
                  before.range.first + before.range.count <= done[i].range.first);
    }
  }

  base::ManualClock clock_{base::SystemClock().now()};
  tests::FakeCard card_{&clock_};
  tests::FakeCards backend_{{&card_}};
  tests::CollectingSink sink_;
  Mailbox mailbox_;
  Board board_{{tests::fake_info(0)}, clock_.now()};
  base::Micros reopen_after_ = std::chrono::milliseconds(1);
  base::Micros rest_after_ = std::chrono::hours(1);
  std::uint64_t difficulty_ = 1;
  std::unique_ptr<Worker> worker_;
  std::vector<WorkerEvent> told_;
};

}  // namespace miner
