#include "tests/bench/timed_device.h"

#include <chrono>
#include <map>
#include <utility>

#include "poc/known_answers.h"

namespace bench {
namespace {

constexpr base::Micros kRange = std::chrono::milliseconds(5);  // what one takes

std::map<poc::InputKey, poc::Digest> known_digests() {
  std::map<poc::InputKey, poc::Digest> all;
  for (const poc::KnownAnswer& answer : poc::known_answers()) {
    all[poc::input_key(answer.race, answer.nonce)] = answer.digest;
  }
  return all;
}

class TimedDevice final : public backends::Device {
 public:
  explicit TimedDevice(Timing& timing) : timing_(timing) {}

  const backends::DeviceInfo& info() const override { return info_; }
  std::uint32_t group_size() const override { return 1; }
  base::Result<backends::PrepareProgress> prepare(const poc::ModelSpec&) override {
    return backends::PrepareProgress{1, 1};
  }
  base::Status start(const poc::RaceSpec& race) override {
    race_ = race;
    timing_.forget_cancel();
    return base::Ok{};
  }
  base::Status enqueue(const backends::NonceRange& range) override {
    in_flight_.push_back(range);
    return base::Ok{};
  }

  base::Result<backends::RangeResult> collect() override {
    const backends::NonceRange range = in_flight_.front();
    in_flight_.pop_front();
    const poc::InputKey key = poc::input_key(race_, range.first);
    const auto known = known_.find(key);
    if (known != known_.end()) {  // its self-test
      return backends::RangeResult{range, range.count, {{range.first, known->second}}, kRange};
    }
    if (range.target == poc::Target::none()) {
      return backends::RangeResult{range, range.count, {}, kRange};
    }
    const Timing::End end = timing_.work();
    backends::RangeResult result{range, range.count, {}, kRange};
    if (end == Timing::End::kCancelled) result.evaluated = 0;
    if (end == Timing::End::kFound) result.candidates = {{range.first, poc::sha256(key)}};
    if (end == Timing::End::kFound) timing_.found();
    return result;
  }

  base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec&,
                                                  std::span<const poc::InputKey> keys) override {
    std::vector<poc::Digest> all;
    for (const poc::InputKey& key : keys) {
      const auto known = known_.find(key);
      all.push_back(known == known_.end() ? poc::sha256(key) : known->second);
    }
    return all;
  }
  void cancel() noexcept override { timing_.cancel(); }
  void rest() noexcept override {}

 private:
  Timing& timing_;
  const backends::DeviceInfo info_ = TimedBackend::info();
  const std::map<poc::InputKey, poc::Digest> known_ = known_digests();
  poc::RaceSpec race_;
  std::deque<backends::NonceRange> in_flight_;
};

}  // namespace

Moment now() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Timing::find_one() {
  base::MutexLock lock(mutex_);
  find_ = true;
  changed_.notify_all();
}

void Timing::cancel() {
  const Moment at = now();
  base::MutexLock lock(mutex_);
  if (!cancelled_) cancelled_at_ = at;
  cancelled_ = true;
  changed_.notify_all();
}

void Timing::forget_cancel() {
  base::MutexLock lock(mutex_);
  cancelled_ = false;
}

Timing::End Timing::work() {
  const base::SteadyTime end = base::SystemClock().now() + kRange;
  base::MutexLock lock(mutex_);
  works_ = true;
  bool in_time = true;
  while (in_time && !find_ && !cancelled_) in_time = changed_.wait_until(mutex_, end);
  works_ = false;
  if (cancelled_) return End::kCancelled;
  return std::exchange(find_, false) ? End::kFound : End::kNothing;
}

backends::DeviceInfo TimedBackend::info() {
  backends::DeviceInfo info;
  info.backend = "timed";
  info.name = "Timed Card";
  info.path = "none";
  return info;
}

base::Result<std::vector<backends::DeviceInfo>> TimedBackend::probe() {
  return std::vector<backends::DeviceInfo>{info()};
}

base::Result<std::unique_ptr<backends::Device>> TimedBackend::open(std::uint32_t,
                                                                   const backends::OptionValues&) {
  return std::unique_ptr<backends::Device>(std::make_unique<TimedDevice>(timing_));
}

}  // namespace bench
