#include "tests/pool/scripted_verifier.h"

#include <map>
#include <stdexcept>
#include <utility>

#include "poc/known_answers.h"
#include "tests/pool/rig.h"

namespace tests {
namespace {

constexpr auto kPatience = seconds(30);

class ScriptedVerifier final : public poc::Verifier {
 public:
  explicit ScriptedVerifier(VerifierScript& script) : script_(script) {}

  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& model,
                                                 std::span<const poc::InputKey> keys) override {
    std::unique_lock lock(script_.mutex);
    script_.calls.push_back({model, {keys.begin(), keys.end()}});
    script_.changed.notify_all();
    script_.changed.wait(lock, [&] { return script_.gate || ended_; });
    if (ended_) return base::unavailable("ended");
    script_.clock.advance(script_.each * static_cast<std::int64_t>(keys.size()));
    if (script_.throws) throw std::runtime_error("thrown");
    if (script_.fails) return base::device_fault("scripted");
    std::vector<poc::Digest> out;
    for (const poc::InputKey& key : keys) out.push_back(script_.answer(key));
    if (script_.forgets && !out.empty()) out.pop_back();
    return out;
  }
  void end() noexcept override {
    const std::lock_guard lock(script_.mutex);
    ended_ = true;
    script_.changed.notify_all();
  }

 private:
  VerifierScript& script_;
  bool ended_ = false;
};

}  // namespace

poc::Digest true_digest(const poc::InputKey& key) {
  static const std::map<poc::InputKey, poc::Digest> known = [] {
    std::map<poc::InputKey, poc::Digest> all;
    for (const poc::KnownAnswer& one : poc::known_answers()) {
      all[poc::input_key(one.race, one.nonce)] = one.digest;
    }
    return all;
  }();
  const auto found = known.find(key);
  return found != known.end() ? found->second : right_digest(key);
}

pool::VerifierSource VerifierScript::source(const std::string& name) {
  return {name,
          [this](const std::function<bool()>&) -> base::Result<std::unique_ptr<poc::Verifier>> {
            const std::lock_guard lock(mutex);
            if (!opens) return refusal;
            ++opened;
            return std::unique_ptr<poc::Verifier>(std::make_unique<ScriptedVerifier>(*this));
          }};
}

void VerifierScript::set_open(bool open) {
  const std::lock_guard lock(mutex);
  gate = open;
  changed.notify_all();
}

bool VerifierScript::wait_for_calls(std::size_t count) {
  std::unique_lock lock(mutex);
  return changed.wait_for(lock, kPatience, [&] { return calls.size() >= count; });
}

std::size_t VerifierScript::keys_asked() {
  const std::lock_guard lock(mutex);
  std::size_t keys = 0;
  for (const Call& call : calls) keys += call.keys.size();
  return keys;
}

std::function<poc::Digest(const poc::InputKey&)> lies_every(std::uint64_t nth) {
  return [nth, computed = std::uint64_t{0}](const poc::InputKey& key) mutable {
    poc::Digest digest = true_digest(key);
    if (++computed % nth != 0) return digest;
    for (std::size_t i = 0; i < 8; ++i) {
      digest[i] = static_cast<std::uint8_t>(digest[i] ^ 0xff ^ (computed >> (8 * i)));
    }
    return digest;
  };
}

}  // namespace tests
