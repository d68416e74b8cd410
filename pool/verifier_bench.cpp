#include "pool/verifier_bench.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "poc/known_answers.h"

namespace pool {
namespace {

using std::chrono::seconds;
using Digests = base::Result<std::vector<poc::Digest>>;

// A sprint that is over is given up after eight tries, a second apart: two of them are real ones.
constexpr base::Micros kFirstPause = seconds(1);
constexpr base::Micros kLongestPause = seconds(4);
constexpr base::Micros kFirstSentence = seconds(60);
constexpr base::Micros kLongestSentence = seconds(3600);
// A call hangs when it takes this, and eight times what its keys ever took before; or, the first
// time, what they take at speeds that nothing in use is below.
constexpr base::Micros kPatience = seconds(60);
// The known answers, and kernels that are built the first time.
constexpr base::Micros kOpenPatience = seconds(300);
constexpr std::uint64_t kSlowestMacsPerMicro = 100;
constexpr std::uint64_t kSlowestWeightBytesPerMicro = 10;

base::Micros longer(base::Micros sentence) {
  return std::clamp(sentence * 2, kFirstSentence, kLongestSentence);
}

base::Micros patience_with(base::Micros slowest, const poc::Profile& profile, std::size_t keys) {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(keys, 1));
  if (slowest.count() > 0) return kPatience + 8 * count * slowest;
  const base::Micros work(profile.mac_per_nonce() / kSlowestMacsPerMicro);
  return kPatience + count * work +
         base::Micros(profile.weights_bytes() / kSlowestWeightBytesPerMicro);
}

}  // namespace

VerifierBench::VerifierBench(std::vector<VerifierSource> sources, const base::Clock& clock,
                             base::LogSink& sink)
    : clock_(clock), log_(sink, "verification") {
  for (VerifierSource& source : sources) {
    states_.push_back({source.name, false, {}});
    devices_.push_back({std::move(source)});
  }
  CHECK(!devices_.empty());
}

std::optional<std::size_t> VerifierBench::first(std::size_t from) {
  for (std::size_t at = from; at < devices_.size(); ++at) {
    if (open(devices_[at])) return at;
  }
  return std::nullopt;
}

bool VerifierBench::open(Device& device) {
  if (device.verifier != nullptr) return true;
  if (clock_.now() < device.not_before) return false;
  auto made = make(device);
  if (!made.ok()) {
    fail(device, made.error());
    return false;
  }
  device.verifier = std::move(made).value();
  if (!device.convicted) return true;
  if (!proves_itself(static_cast<std::size_t>(&device - devices_.data()), nullptr)) return false;
  device.convicted = false;
  return true;
}

base::Result<std::unique_ptr<poc::Verifier>> VerifierBench::make(Device& device) {
  if (!begin(device, "it is opened", kOpenPatience)) return base::unavailable("verification ends");
  base::Result<std::unique_ptr<poc::Verifier>> made = base::unavailable("");
  try {
    made = device.source.open([this] { return cancelled(); });
  } catch (const std::exception& fault) {
    made = base::device_fault(fault.what());
  }
  if (!finish()) return made;
  device.told = true;
  if (made.ok()) return made;  // slow, but there
  device.hung = true;
  return base::device_fault("it took too long to open, and was ended");
}

Digests VerifierBench::call(Device& device, const poc::ModelSpec& model,
                            std::span<const poc::InputKey> keys) {
  if (!begin(device, "it computes", patience_with(device.slowest, model.profile, keys.size()),
             device.verifier.get())) {
    return base::unavailable("verification ends");
  }
  Digests digests = base::unavailable("");
  try {
    digests = device.verifier->digests(model, keys);
  } catch (const std::exception& fault) {
    digests = base::device_fault(fault.what());
  }
  if (finish()) {
    device.hung = true;
    device.told = true;
    digests = base::device_fault("it took too long, and was ended");
  }
  if (digests.ok() && digests->size() != keys.size()) {
    digests = base::device_fault("the verifier answered for other shares than it was asked");
  }
  return digests;
}

Digests VerifierBench::ask(std::size_t which, const poc::ModelSpec& model,
                           std::span<const poc::InputKey> keys) {
  Digests digests = answer(devices_[which], model, keys);
  if (digests.ok()) devices_[which].hang_pause = {};
  return digests;
}

Digests VerifierBench::answer(Device& device, const poc::ModelSpec& model,
                              std::span<const poc::InputKey> keys) {
  if (device.verifier == nullptr) return base::unavailable(device.reason);
  const base::SteadyTime began = clock_.now();
  Digests digests = call(device, model, keys);
  if (!digests.ok()) {
    fail(device, digests.error());
    return digests;
  }
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(keys.size(), 1));
  device.slowest = std::max(device.slowest, (clock_.now() - began) / count);
  device.pause = {};
  if (!device.convicted && std::exchange(device.told, false)) {
    log_.info("verifier is back in service", {{"verifier", device.source.name}});
  }
  device.reason.clear();
  shown(device, true);
  return digests;
}

void VerifierBench::prepare(std::size_t which, const poc::ModelSpec& model) {
  Device& device = devices_[which];
  if (device.verifier == nullptr) return;
  const auto prepared = call(device, model, {});
  if (device.hung) {
    fail(device, prepared.error());
  } else if (!prepared.ok()) {
    log_.debug("weights not made", {{"verifier", name(which)}, {"reason", prepared.message()}});
  }
}

bool VerifierBench::proves_itself(std::size_t which, const KnownDigest* known) {
  const auto gives = [&](const poc::ModelSpec& model, const poc::InputKey& key,
                         const poc::Digest& digest) {
    const auto digests = answer(devices_[which], model, {&key, 1});
    if (!digests.ok()) return false;
    if (digests->front() == digest) return true;
    convict(which, "a known answer came out wrong");
    return false;
  };
  if (known != nullptr) return gives(known->model, known->key, known->digest);
  const auto answers = poc::known_answers();
  return std::all_of(answers.begin(), answers.end(), [&](const poc::KnownAnswer& answer) {
    return gives(answer.race.model, poc::input_key(answer.race, answer.nonce), answer.digest);
  });
}

void VerifierBench::convict(std::size_t which, const std::string& why) {
  if (devices_[which].verifier != nullptr) sentence(devices_[which], why);
}

void VerifierBench::sentence(Device& device, const std::string& why) {
  if (!std::exchange(device.convicted, true)) {
    log_.error("verifier computes wrong, out of service",
               {{"verifier", device.source.name}, {"reason", why}});
  }
  device.told = true;
  device.sentence = longer(device.sentence);
  close(device, device.sentence, why);
}

void VerifierBench::fail(Device& device, const base::Error& error) {
  {
    const base::MutexLock lock(mutex_);
    if (ended_) return;
  }
  const std::string& why = error.message;
  if (error.fault == base::Fault::kWrong) return sentence(device, why);
  if (!std::exchange(device.told, true)) {
    log_.warn("verifier does not answer, out of service",
              {{"verifier", device.source.name}, {"reason", why}});
  }
  device.pause = std::clamp(device.pause * 2, kFirstPause, kLongestPause);
  base::Micros pause = device.pause;
  if (device.convicted) {
    device.sentence = longer(device.sentence);
    pause = device.sentence;
  }
  if (std::exchange(device.hung, false)) {
    device.hang_pause = longer(device.hang_pause);
    pause = std::max(pause, device.hang_pause);
  }
  close(device, pause, why);
}

void VerifierBench::close(Device& device, base::Micros pause, const std::string& why) {
  if (device.verifier != nullptr) {
    const bool watched = begin(device, "it is closed", kPatience);
    device.verifier.reset();
    if (watched) finish();
  }
  device.not_before = clock_.now() + pause;
  device.reason = why;
  shown(device, false);
}

void VerifierBench::shown(const Device& device, bool works) {
  const base::MutexLock lock(mutex_);
  State& state = states_[static_cast<std::size_t>(&device - devices_.data())];
  state.works = works;
  state.reason = device.reason;
}

bool VerifierBench::begin(const Device& device, const char* doing, base::Micros patience,
                          poc::Verifier* ends) {
  const base::MutexLock lock(mutex_);
  if (ended_) return false;
  asked_ = &device;
  doing_ = doing;
  ends_ = ends;
  hung_at_ = clock_.now() + patience;
  hang_told_ = false;
  interrupted_ = false;
  return true;
}

/// Whether it was interrupted.
bool VerifierBench::finish() {
  const base::MutexLock lock(mutex_);
  asked_ = nullptr;
  ends_ = nullptr;
  return interrupted_ && !ended_;
}

bool VerifierBench::cancelled() const {
  const base::MutexLock lock(mutex_);
  return ended_ || interrupted_;
}

void VerifierBench::end() noexcept {
  const base::MutexLock lock(mutex_);
  ended_ = true;
  if (ends_ != nullptr) ends_->end();
}

bool VerifierBench::interrupt_if_hung() {
  std::string name;
  const char* doing = "";
  {
    const base::MutexLock lock(mutex_);
    if (asked_ == nullptr || clock_.now() < hung_at_) return false;
    if (std::exchange(hang_told_, true)) return true;
    name = asked_->source.name;
    doing = doing_;
    State& state = states_[static_cast<std::size_t>(asked_ - devices_.data())];
    state.works = false;
    state.reason = "it hangs";
    interrupted_ = asked_->source.reopens;
    if (interrupted_ && ends_ != nullptr) ends_->end();
  }
  log_.error("verifier hangs, shares wait", {{"verifier", name}, {"while", doing}});
  return true;
}

std::vector<VerifierBench::State> VerifierBench::states() const {
  const base::MutexLock lock(mutex_);
  return states_;
}

}  // namespace pool
