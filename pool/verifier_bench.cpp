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
constexpr std::uint64_t kSlowestMacsPerMicro = 100;
constexpr std::uint64_t kSlowestWeightBytesPerMicro = 10;

/// One that several owners use, one after another.
class KeptVerifier final : public poc::Verifier {
 public:
  explicit KeptVerifier(std::shared_ptr<poc::Verifier> kept) : kept_(std::move(kept)) {}
  Digests digests(const poc::ModelSpec& model, std::span<const poc::InputKey> keys) override {
    return kept_->digests(model, keys);
  }
  void end() noexcept override { kept_->end(); }

 private:
  const std::shared_ptr<poc::Verifier> kept_;
};

base::Micros patience_with(base::Micros slowest, const poc::Profile& profile, std::size_t keys) {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(keys, 1));
  if (slowest.count() > 0) return kPatience + 8 * count * slowest;
  const base::Micros work(profile.mac_per_nonce() / kSlowestMacsPerMicro);
  return kPatience + count * work +
         base::Micros(profile.weights_bytes() / kSlowestWeightBytesPerMicro);
}

}  // namespace

VerifierSource keep_verifier(std::unique_ptr<poc::Verifier> verifier) {
  std::shared_ptr<poc::Verifier> kept = std::move(verifier);
  return {"verifier",
          [kept = std::move(kept)]() -> base::Result<std::unique_ptr<poc::Verifier>> {
            return std::unique_ptr<poc::Verifier>(std::make_unique<KeptVerifier>(kept));
          },
          false};
}

VerifierSource reference_source() {
  return {"reference", []() -> base::Result<std::unique_ptr<poc::Verifier>> {
            return std::unique_ptr<poc::Verifier>(std::make_unique<poc::ReferenceVerifier>());
          }};
}

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
  base::Result<std::unique_ptr<poc::Verifier>> made = base::unavailable("");
  try {
    made = device.source.open();
  } catch (const std::exception& fault) {
    made = base::device_fault(fault.what());
  }
  if (!made.ok()) {
    fail(device, made.message());
    return false;
  }
  device.verifier = std::move(made).value();
  if (!device.convicted) return true;
  if (!proves_itself(static_cast<std::size_t>(&device - devices_.data()), nullptr)) return false;
  device.convicted = false;
  return true;
}

Digests VerifierBench::call(Device& device, const poc::ModelSpec& model,
                            std::span<const poc::InputKey> keys) {
  if (!begin(device, patience_with(device.slowest, model.profile, keys.size()))) {
    return base::unavailable("verification ends");
  }
  Digests digests = base::unavailable("");
  try {
    digests = device.verifier->digests(model, keys);
  } catch (const std::exception& fault) {
    digests = base::device_fault(fault.what());
  }
  const bool interrupted = finish();
  if (interrupted) digests = base::device_fault("it took too long, and was ended");
  if (digests.ok() && digests->size() != keys.size()) {
    digests = base::device_fault("the verifier answered for other shares than it was asked");
  }
  return digests;
}

Digests VerifierBench::ask(std::size_t which, const poc::ModelSpec& model,
                           std::span<const poc::InputKey> keys) {
  Device& device = devices_[which];
  if (device.verifier == nullptr) return base::unavailable(device.reason);
  const base::SteadyTime began = clock_.now();
  Digests digests = call(device, model, keys);
  if (!digests.ok()) {
    fail(device, digests.message());
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
  if (devices_[which].verifier == nullptr) return;
  const auto prepared = call(devices_[which], model, {});
  if (!prepared.ok()) {
    log_.debug("weights not made", {{"verifier", name(which)}, {"reason", prepared.message()}});
  }
}

bool VerifierBench::proves_itself(std::size_t which, const KnownDigest* known) {
  const auto gives = [&](const poc::ModelSpec& model, const poc::InputKey& key,
                         const poc::Digest& digest) {
    const auto digests = ask(which, model, {&key, 1});
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
  Device& device = devices_[which];
  if (device.verifier == nullptr) return;
  if (!std::exchange(device.convicted, true)) {
    log_.error("verifier computes wrong, out of service",
               {{"verifier", device.source.name}, {"reason", why}});
  }
  device.told = true;
  device.sentence = std::clamp(device.sentence * 2, kFirstSentence, kLongestSentence);
  close(device, device.sentence, why);
}

void VerifierBench::fail(Device& device, const std::string& why) {
  {
    const base::MutexLock lock(mutex_);
    if (ended_) return;
  }
  if (!std::exchange(device.told, true)) {
    log_.warn("verifier does not answer, out of service",
              {{"verifier", device.source.name}, {"reason", why}});
  }
  close(device, std::clamp(device.pause * 2, kFirstPause, kLongestPause), why);
}

void VerifierBench::close(Device& device, base::Micros pause, const std::string& why) {
  device.verifier.reset();
  device.pause = pause;
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

bool VerifierBench::begin(const Device& device, base::Micros patience) {
  const base::MutexLock lock(mutex_);
  if (ended_) return false;
  asked_ = &device;
  hung_at_ = clock_.now() + patience;
  hang_told_ = false;
  interrupted_ = false;
  return true;
}

/// Whether it was interrupted.
bool VerifierBench::finish() {
  const base::MutexLock lock(mutex_);
  asked_ = nullptr;
  return interrupted_ && !ended_;
}

void VerifierBench::end() noexcept {
  const base::MutexLock lock(mutex_);
  ended_ = true;
  if (asked_ != nullptr) asked_->verifier->end();
}

bool VerifierBench::interrupt_if_hung() {
  const base::MutexLock lock(mutex_);
  if (asked_ == nullptr || clock_.now() < hung_at_) return false;
  if (std::exchange(hang_told_, true)) return true;
  log_.error("verifier hangs, shares wait", {{"verifier", asked_->source.name}});
  State& state = states_[static_cast<std::size_t>(asked_ - devices_.data())];
  state.works = false;
  state.reason = "it hangs";
  interrupted_ = asked_->source.reopens;
  if (interrupted_) asked_->verifier->end();
  return true;
}

std::vector<VerifierBench::State> VerifierBench::states() const {
  const base::MutexLock lock(mutex_);
  return states_;
}

}  // namespace pool
