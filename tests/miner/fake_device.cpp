#include "tests/miner/fake_device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "poc/known_answers.h"

namespace tests {
namespace {

std::map<poc::InputKey, poc::Digest> known_digests() {
  std::map<poc::InputKey, poc::Digest> all;
  for (const poc::KnownAnswer& answer : poc::known_answers()) {
    all[poc::input_key(answer.race, answer.nonce)] = answer.digest;
  }
  return all;
}

bool is_known(const poc::InputKey& key) {
  static const auto kKnown = known_digests();
  return kKnown.contains(key);
}

void nap() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

poc::Digest fake_digest(const poc::InputKey& key) {
  static const auto kKnown = known_digests();
  const auto known = kKnown.find(key);
  return known == kKnown.end() ? poc::sha256(key) : known->second;
}

std::vector<FakeCard::Done> FakeCard::done() const {
  base::MutexLock lock(mutex_);
  return done_;
}

void FakeCard::add_done(const Done& done) {
  base::MutexLock lock(mutex_);
  done_.push_back(done);
}

int FakeCard::prepares(const poc::ModelSpec& model) const {
  base::MutexLock lock(mutex_);
  const auto found = prepares_.find(model.model_seed);
  return found == prepares_.end() ? 0 : found->second;
}

void FakeCard::add_prepare(const poc::ModelSpec& model) {
  base::MutexLock lock(mutex_);
  ++prepares_[model.model_seed];
}

FakeDevice::FakeDevice(FakeCard& card, std::uint32_t index) : card_(card), info_(fake_info(index)) {
  ++card_.open_now;
}

FakeDevice::~FakeDevice() {
  card_.resident = 0;
  --card_.open_now;
}

base::Status FakeDevice::ask(Call call) const {
  return card_.script ? card_.script(call) : base::Ok{};
}

FakeDevice::Resident* FakeDevice::find(const poc::ModelSpec& model) {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [&](const Resident& r) { return r.model == model; });
  return found == models_.end() ? nullptr : &*found;
}

/// Lets go of the model used longest ago that is not being raced; false when there is none.
bool FakeDevice::make_room() {
  const auto fit = static_cast<std::size_t>(card_.models_that_fit);
  while (models_.size() + 1 > fit) {
    const auto victim = std::find_if(models_.begin(), models_.end(), [&](const Resident& r) {
      return !racing_ || !(r.model == race_.model);
    });
    if (victim == models_.end()) return false;
    models_.erase(victim);
  }
  return true;
}

base::Result<backends::PrepareProgress> FakeDevice::prepare(const poc::ModelSpec& model) {
  RETURN_IF_ERROR(ask(Call::kPrepare));
  card_.add_prepare(model);
  if (card_.too_large.contains(model.model_seed)) return base::no_memory("the weights do not fit");
  Resident* resident = find(model);
  if (resident == nullptr) {
    if (!make_room() && !card_.runs_out_late) return base::no_memory("the weights do not fit");
    models_.push_back({model});
    resident = &models_.back();
  } else if (models_.size() > static_cast<std::size_t>(card_.models_that_fit)) {
    models_.remove_if([&](const Resident& r) { return r.model == model; });
    return base::no_memory("the weights do not fit");
  }
  card_.resident = static_cast<int>(models_.size());
  const int steps = card_.prepare_steps;
  resident->steps = std::min(resident->steps + 1, steps);
  const std::uint64_t total = model.profile.weights_bytes();
  const auto share = static_cast<std::uint64_t>(resident->steps);
  if (models_.size() > static_cast<std::size_t>(card_.models_that_fit)) {
    return backends::PrepareProgress{1, total};
  }
  return backends::PrepareProgress{total * share / static_cast<std::uint64_t>(steps), total};
}

base::Status FakeDevice::start(const poc::RaceSpec& race) {
  RETURN_IF_ERROR(ask(Call::kStart));
  EXPECT_TRUE(in_flight_.empty()) << "start with ranges in flight";
  const Resident* model = find(race.model);
  EXPECT_TRUE(model != nullptr && model->steps >= card_.prepare_steps) << "start without weights";
  ++card_.starts;
  race_ = race;
  racing_ = true;
  cancelled_ = false;
  return base::Ok{};
}

base::Status FakeDevice::enqueue(const backends::NonceRange& range) {
  RETURN_IF_ERROR(ask(Call::kEnqueue));
  EXPECT_TRUE(racing_) << "enqueue before start";
  EXPECT_GE(range.count, 1u);
  EXPECT_LE(range.first, range.first + (range.count - 1)) << "the range wraps";
  EXPECT_LT(in_flight_.size(), 2u) << "more than two in flight";
  in_flight_.push_back(range);
  return base::Ok{};
}

void FakeDevice::pass_time(std::uint64_t nonces) const {
  const double micros = static_cast<double>(nonces) / card_.nonces_per_second * 1e6;
  const base::Micros time(static_cast<std::int64_t>(micros));
  if (card_.clock != nullptr) {
    card_.clock->advance(time);
    return;
  }
  const auto end = base::SystemClock().now() + time;
  while (!cancelled_ && base::SystemClock().now() < end) nap();
}

std::vector<backends::Candidate> FakeDevice::search(const backends::NonceRange& range,
                                                    std::uint64_t count) const {
  std::vector<backends::Candidate> found;
  if (!card_.searches || range.target == poc::Target::none()) return found;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t nonce = range.first + i;
    const poc::InputKey key = poc::input_key(race_, nonce);
    poc::Digest digest = fake_digest(key);
    const std::uint64_t wrong_every = card_.wrong_every;
    if (is_known(key) ? !card_.knows_answers : wrong_every != 0 && nonce % wrong_every == 0) {
      digest[0] ^= 1;
    }
    if (range.target.met_by(poc::make_ticket(key, digest))) found.push_back({nonce, digest});
  }
  return found;
}

base::Result<backends::RangeResult> FakeDevice::collect() {
  EXPECT_FALSE(in_flight_.empty()) << "collect with nothing in flight";
  const backends::NonceRange range = in_flight_.front();
  const bool work = range.target != poc::Target::none() && range.count > 1;
  if (work && card_.on_range) card_.on_range(range);
  ++card_.collecting;
  const base::Status asked = ask(Call::kCollect);
  while (asked.ok() && card_.hold && !cancelled_) nap();
  if (asked.ok() && !cancelled_) pass_time(range.count);
  --card_.collecting;
  const std::size_t in_flight = in_flight_.size();
  in_flight_.pop_front();
  if (!asked.ok()) return asked.error();
  const std::uint64_t evaluated = cancelled_ ? range.count / 2 : range.count;
  if (work) card_.add_done({range, evaluated, in_flight, race_});
  const double busy = static_cast<double>(evaluated) / card_.nonces_per_second * 1e6;
  return backends::RangeResult{range, evaluated, search(range, evaluated),
                               base::Micros(static_cast<std::int64_t>(busy))};
}

base::Result<std::vector<poc::Digest>> FakeDevice::evaluate(const poc::ModelSpec& model,
                                                            std::span<const poc::InputKey> keys) {
  cancelled_ = false;  // a cancel is of the one under way
  RETURN_IF_ERROR(ask(Call::kEvaluate));
  EXPECT_NE(find(model), nullptr) << "evaluate without weights";
  EXPECT_TRUE(in_flight_.empty()) << "evaluate with ranges in flight";
  ++card_.evaluating;
  while (card_.hold && !cancelled_) nap();
  --card_.evaluating;
  if (cancelled_) return base::unavailable("cancelled");
  std::vector<poc::Digest> all;
  for (const poc::InputKey& key : keys) {
    all.push_back(fake_digest(key));
    if (!card_.knows_answers) all.back()[0] ^= 1;
  }
  return all;
}

void FakeDevice::cancel() noexcept {
  ++card_.cancels;
  cancelled_ = true;
}

void FakeDevice::rest() noexcept {
  EXPECT_TRUE(in_flight_.empty()) << "rest with ranges in flight";
  if (card_.script) (void)card_.script(Call::kRest).ok();
  models_.clear();
  racing_ = false;
  card_.resident = 0;
  ++card_.rests;
}

backends::DeviceInfo fake_info(std::uint32_t index) {
  backends::DeviceInfo info;
  info.backend = "fake";
  info.index = index;
  info.name = "Fake Card";
  info.path = "none";
  return info;
}

base::Result<std::vector<backends::DeviceInfo>> FakeCards::probe() {
  std::vector<backends::DeviceInfo> infos;
  for (std::uint32_t i = 0; i < cards_.size(); ++i) infos.push_back(fake_info(i));
  return infos;
}

base::Result<std::unique_ptr<backends::Device>> FakeCards::open(std::uint32_t index,
                                                                const backends::OptionValues&) {
  FakeCard& card = *cards_.at(index);
  ++card.opens;
  if (card.script) RETURN_IF_ERROR(card.script(Call::kOpen));
  EXPECT_EQ(card.open_now, 0) << "opened twice";
  return std::unique_ptr<backends::Device>(std::make_unique<FakeDevice>(card, index));
}

base::Result<std::vector<poc::Digest>> FakeTruth::digests(const poc::ModelSpec&,
                                                          std::span<const poc::InputKey> keys) {
  std::vector<poc::Digest> all;
  for (const poc::InputKey& key : keys) all.push_back(fake_digest(key));
  return all;
}

}  // namespace tests
