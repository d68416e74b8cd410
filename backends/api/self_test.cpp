#include "backends/api/self_test.h"

#include "poc/known_answers.h"

namespace backends {
namespace {

base::Error wrong(const poc::KnownAnswer& answer, std::string_view what) {
  return base::wrong_result("known answer " + std::string(answer.name) + ": " + std::string(what));
}

base::Status check_evaluate(Device& device, const poc::KnownAnswer& answer) {
  const poc::InputKey key = poc::input_key(answer.race, answer.nonce);
  ASSIGN_OR_RETURN(const auto digests, device.evaluate(answer.race.model, {&key, 1}));
  if (digests.size() != 1 || digests[0] != answer.digest) return wrong(answer, "wrong digest");
  return base::Ok{};
}

base::Status check_race(Device& device, const poc::KnownAnswer& answer) {
  RETURN_IF_ERROR(device.start(answer.race));
  RETURN_IF_ERROR(device.enqueue({answer.nonce, 1, poc::Target::from_difficulty(1)}));
  ASSIGN_OR_RETURN(const RangeResult result, device.collect());
  if (result.evaluated != 1) return wrong(answer, "not evaluated in a race");
  if (result.candidates.size() != 1 || result.candidates[0].nonce != answer.nonce) {
    return wrong(answer, "not found in a race");
  }
  if (result.candidates[0].digest != answer.digest) return wrong(answer, "wrong digest in a race");
  return base::Ok{};
}

base::Status check_all(Device& device, const std::function<bool()>& cancelled) {
  for (const poc::KnownAnswer& answer : poc::known_answers()) {
    RETURN_IF_ERROR(prepare_fully(device, answer.race.model, cancelled));
    RETURN_IF_ERROR(check_evaluate(device, answer));
    RETURN_IF_ERROR(check_race(device, answer));
  }
  return base::Ok{};
}

}  // namespace

base::Status self_test(Device& device, const std::function<bool()>& cancelled) {
  base::Status status = check_all(device, cancelled);
  device.rest();
  return status;
}

base::Status prepare_fully(Device& device, const poc::ModelSpec& model,
                           const std::function<bool()>& cancelled) {
  for (;;) {
    if (cancelled && cancelled()) return base::unavailable("cancelled while making weights");
    ASSIGN_OR_RETURN(const PrepareProgress progress, device.prepare(model));
    if (progress.ready()) return base::Ok{};
  }
}

}  // namespace backends
