#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "backends/api/backend.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "poc/verifier.h"

// Devices that compute nothing: digests are hashes of the input key, time passes on a clock that
// tests turn by hand or really, and anything can be made to fail.
namespace tests {

/// The digest that fake devices and verifiers agree on: the known one for a known answer, else a
/// hash of the key.
poc::Digest fake_digest(const poc::InputKey& key);

/// What a device is asked to do.
enum class Call { kOpen, kPrepare, kStart, kEnqueue, kCollect, kEvaluate, kRest };

/// One simulated card: how it behaves, and what was done with it. Outlives the devices opened on
/// it. The plain members are set before it is used; atomics at any time, from any thread.
class FakeCard {
 public:
  /// Time passes on `clock`, by each range's work; null: on the real one.
  explicit FakeCard(base::ManualClock* on_clock = nullptr) : clock(on_clock) {}

  base::ManualClock* const clock;
  std::uint32_t group = 8;
  std::string plan;
  /// Asked before each call, on the device's thread: an error is the call's answer.
  std::function<base::Status(Call)> script;
  /// Models, by their seeds, that do not fit at all.
  std::set<poc::Seed> too_large;
  /// Told of each range before it is computed.
  std::function<void(const backends::NonceRange&)> on_range;
  std::atomic<bool> searches{true};  ///< false: finds nothing, so that large ranges cost nothing
  std::atomic<double> nonces_per_second{1000};
  std::atomic<int> models_that_fit{2};
  std::atomic<int> prepare_steps{1};       ///< calls of `prepare` until a model is ready
  std::atomic<bool> runs_out_late{false};  ///< a model that does not fit fails at the second step
  std::atomic<bool> hold{false};  ///< `collect` and `evaluate` wait until cancelled or let go
  std::atomic<bool> knows_answers{true};      ///< false: fails the self-test
  std::atomic<std::uint64_t> wrong_every{0};  ///< in races, digests of multiples are wrong; 0: none

  // What was done.
  std::atomic<int> opens{0};
  std::atomic<int> open_now{0};
  std::atomic<int> starts{0};
  std::atomic<int> rests{0};
  std::atomic<int> cancels{0};
  std::atomic<int> resident{0};    ///< models now
  std::atomic<int> collecting{0};  ///< 1 while in `collect`
  std::atomic<int> evaluating{0};  ///< 1 while in `evaluate`

  struct Done {
    backends::NonceRange range;
    std::uint64_t evaluated = 0;
    std::size_t in_flight = 0;  ///< when it was collected, itself included
    poc::RaceSpec race;
  };
  /// Ranges that were collected, in order, without those of self-test and calibration.
  std::vector<Done> done() const;
  /// How often `prepare` was called for a model.
  int prepares(const poc::ModelSpec& model) const;

  void add_done(const Done& done);
  void add_prepare(const poc::ModelSpec& model);

 private:
  mutable base::Mutex mutex_;
  std::vector<Done> done_ GUARDED_BY(mutex_);
  std::map<poc::Seed, int> prepares_ GUARDED_BY(mutex_);  // by model seed
};

/// A device on a card. Fails the test when it is not used as backends/api/device.h says.
class FakeDevice final : public backends::Device {
 public:
  FakeDevice(FakeCard& card, std::uint32_t index);
  ~FakeDevice() override;

  const backends::DeviceInfo& info() const override { return info_; }
  std::uint32_t group_size() const override { return card_.group; }
  std::string plan() const override { return card_.plan; }
  base::Result<backends::PrepareProgress> prepare(const poc::ModelSpec& model) override;
  base::Status start(const poc::RaceSpec& race) override;
  base::Status enqueue(const backends::NonceRange& range) override;
  base::Result<backends::RangeResult> collect() override;
  base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec& model,
                                                  std::span<const poc::InputKey> keys) override;
  void cancel() noexcept override;
  void rest() noexcept override;

 private:
  struct Resident {
    poc::ModelSpec model;
    int steps = 0;
  };
  Resident* find(const poc::ModelSpec& model);
  bool make_room();
  base::Status ask(Call call) const;
  void pass_time(std::uint64_t nonces) const;
  std::vector<backends::Candidate> search(const backends::NonceRange& range,
                                          std::uint64_t count) const;

  FakeCard& card_;
  backends::DeviceInfo info_;
  std::list<Resident> models_;  // used longest ago first
  poc::RaceSpec race_;
  bool racing_ = false;
  std::deque<backends::NonceRange> in_flight_;
  std::atomic<bool> cancelled_{false};
};

backends::DeviceInfo fake_info(std::uint32_t index);

/// A backend of fake cards, each open at most once at a time.
class FakeCards final : public backends::Backend {
 public:
  explicit FakeCards(std::vector<FakeCard*> cards) : cards_(std::move(cards)) {}
  std::string_view name() const override { return "fake"; }
  std::span<const backends::OptionSpec> options() const override { return {}; }
  base::Result<std::vector<backends::DeviceInfo>> probe() override;
  base::Result<std::unique_ptr<backends::Device>> open(std::uint32_t index,
                                                       const backends::OptionValues&) override;

 private:
  const std::vector<FakeCard*> cards_;
};

/// A verifier that knows fake_digest.
class FakeTruth final : public poc::Verifier {
 public:
  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& model,
                                                 std::span<const poc::InputKey> keys) override;
};

}  // namespace tests
