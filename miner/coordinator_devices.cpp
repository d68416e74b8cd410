// The coordinator's part that is about devices: their mail, their faults, and when there is nothing
// left to do for them.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "miner/coordinator.h"

namespace miner {
namespace {

constexpr std::uint64_t kWrongDigestsUntilPaused = 3;

}  // namespace

void Coordinator::pause(std::uint32_t device, Pause pause) {
  scheduler_.pause(device, std::move(pause));
  note_pause(device);
}

void Coordinator::resume(std::uint32_t device) {
  if (!scheduler_.paused(device)) return;
  devices_.at(device).wrong_digests = 0;
  scheduler_.resume(device);
  note_pause(device);
}

bool Coordinator::all_sprints_done() const {
  return enough_sprints() && done_ >= sprints_;
}

bool Coordinator::all_devices_off() const {
  return std::all_of(devices_.begin(), devices_.end(), [](const Device& d) { return d.off; });
}

bool Coordinator::all_failed_self_test() const {
  return std::all_of(devices_.begin(), devices_.end(),
                     [](const Device& d) { return d.self_test_failed; });
}

std::optional<Outcome> Coordinator::ending() const {
  if (all_sprints_done()) return end_of_sprints();
  if (!all_devices_off()) return solo_ ? stuck() : std::nullopt;
  if (all_failed_self_test()) {
    return Outcome{ExitCode::kSelfTestFailed, "the self-test failed on every device"};
  }
  return Outcome{ExitCode::kNoDevice, "no usable device is left: " + last_down_};
}

/// Nothing before the pool has answered what it is asked about credits.
std::optional<Outcome> Coordinator::end_of_sprints() const {
  if (credit_.busy()) return std::nullopt;
  const std::uint64_t wrong = credit_.counts().wrong;
  if (wrong == 0) return Outcome{ExitCode::kClean, fmt::format("{} sprints done", sprints_)};
  return Outcome{ExitCode::kCreditWrong,
                 fmt::format("{} sprints done, the credit of {} is wrong", sprints_, wrong)};
}

/// With --solo every sprint is the same: devices that are of no use now never will be. What they
/// worked on is decided first.
std::optional<Outcome> Coordinator::stuck() const {
  const Device* no_room = nullptr;
  const Device* wrong = nullptr;
  for (const Device& device : devices_) {
    if (device.off) continue;
    const bool paused = device.wrong_digests >= kWrongDigestsUntilPaused;
    if (!paused && !device.sits_out) return std::nullopt;
    (paused ? wrong : no_room) = &device;
  }
  for (const auto& [key, raced] : raced_) {
    if (board_.sprint_nonces(key) != 0) return std::nullopt;
  }
  if (no_room != nullptr) {
    return Outcome{ExitCode::kBadArguments, "the profile fits no device: " + no_room->info.label() +
                                                ": " + *no_room->sits_out};
  }
  return Outcome{ExitCode::kNoDevice,
                 fmt::format("no usable device is left: {} is paused after {} wrong digests",
                             wrong->info.label(), kWrongDigestsUntilPaused)};
}

void Coordinator::wrong_digest(std::uint32_t device, const std::string& what) {
  const std::string name = devices_.at(device).info.label();
  const std::uint64_t count = board_.add_hardware_error(device);
  log_.warn("wrong digest", {{"device", name}, {"so_far", count}, {"reason", what}});
  const std::uint64_t since_resumed = ++devices_.at(device).wrong_digests;
  if (since_resumed == kWrongDigestsUntilPaused) {
    log_.error(
        "device paused after wrong digests: lower its clocks or check its cooling, then start "
        "again",
        {{"device", name}, {"wrong", since_resumed}});
    scheduler_.pause(device,
                     {PauseCause::kWrongDigests, fmt::format("{} wrong digests", since_resumed)});
    note_pause(device);
  }
}

// ---- the workers' mail --------------------------------------------------------------------------

void Coordinator::on_mail(std::uint32_t device, const DeviceUp&) {
  ledger_.device_up(device, now_);
  const backends::DeviceInfo& info = devices_.at(device).info;
  log_.info("device ready", {{"device", info.label()}, {"name", info.name}, {"path", info.path}});
}

void Coordinator::on_mail(std::uint32_t device, const DevicePrepared& event) {
  devices_.at(device).sits_out.reset();
  devices_.at(device).weights_took = event.took;
  scheduler_.prepared(device, event.sprint, event.rate_per_1000s);
  ledger_.prepared(event.sprint, device, now_);
  if (const Scheduler::Sprint* sprint = scheduler_.find(event.sprint)) {
    ledger_.rate(device, poc::to_string(sprint->announcement.profile),
                 static_cast<double>(event.rate_per_1000s) / 1000);
  }
}

std::optional<base::Micros> Coordinator::weights_time() const {
  std::optional<base::Micros> longest;
  for (const Device& device : devices_) {
    if (!device.off && device.weights_took) {
      longest = std::max(longest.value_or(base::Micros(0)), *device.weights_took);
    }
  }
  return longest;
}

void Coordinator::on_mail(std::uint32_t device, const DeviceSitsOut& event) {
  devices_.at(device).sits_out = event.reason;
  ledger_.sits_out(event.sprint, device, now_);
}

void Coordinator::on_mail(std::uint32_t device, const CandidateFound& event) {
  const auto raced = raced_.find(event.race->key);
  log_.debug("share found", {{"sprint", event.race->sprint},
                             {"device", devices_.at(device).info.label()},
                             {"nonce", base::to_hex(event.candidate.nonce)},
                             {"difficulty", event.lease.difficulty}});
  if (raced == raced_.end()) return desk_.found_too_late(device);
  desk_.found(device, event, raced->second.pool, now_);
}

void Coordinator::on_mail(std::uint32_t device, const LeaseLow& event) {
  scheduler_.lease_low(device, event.sprint);
}

void Coordinator::on_mail(std::uint32_t device, const LeasesUsedUp& event) {
  ledger_.used_up(event.sprint, device, event.newest, now_);
}

void Coordinator::on_mail(std::uint32_t device, const DeviceDown& event) {
  Device& down = devices_.at(device);
  down.off = event.final;
  down.self_test_failed = event.cause == DeviceDown::Cause::kSelfTest;
  down.sits_out.reset();
  last_down_ = down.info.label() + ": " + event.reason;
  scheduler_.device_down(device);
  ledger_.tick(now_);
  for (const SprintKey key : ledger_.open()) note_results(key);
  ledger_.device_down(device, now_);
}

void Coordinator::on_mail(std::uint32_t device, const WorkerStopped&) {
  devices_.at(device).stopped = true;
  ++workers_stopped_;
}

}  // namespace miner
