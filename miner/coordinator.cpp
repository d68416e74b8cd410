#include "miner/coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace miner {
namespace {

constexpr std::uint64_t kWrongDigestsUntilPaused = 3;
constexpr std::size_t kRecordsKept = 10;
// After T_end a pool has 5 s in which shares may be withdrawn, and must recompute what is left.
constexpr auto kResultWithin = std::chrono::seconds(30);
constexpr auto kProcessing = std::chrono::milliseconds(5);

std::vector<std::string> labels(const std::vector<backends::DeviceInfo>& devices) {
  std::vector<std::string> names;
  names.reserve(devices.size());
  for (const backends::DeviceInfo& info : devices) names.push_back(info.label());
  return names;
}

double in_seconds(base::Micros time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Coordinator::Coordinator(Setup setup)
    : publish_(std::move(setup.publish)),
      recheck_(setup.recheck),
      board_(*setup.board),
      log_(*setup.sink, "miner"),
      sprints_(setup.sprints),
      scheduler_(*this, labels(setup.devices)),
      desk_(*this, std::move(setup.recheck_every), *setup.sink) {
  for (backends::DeviceInfo& info : setup.devices) devices_.push_back({std::move(info)});
}

void Coordinator::session_made(stratum::ClientSession& session, std::size_t pool) {
  if (pool != pool_) scheduler_.drop_all();
  session_ = &session;
  pool_ = pool;
  login_error_.reset();
}

void Coordinator::session_lost() {
  session_ = nullptr;
  logged_in_ = false;
  desk_.session_lost();
  scheduler_.session_lost();
}

void Coordinator::take_events(base::SteadyTime now) {
  now_ = now;
  while (session_ != nullptr) {
    const auto event = session_->next_event();
    if (!event) return;
    std::visit([this](const auto& what) { on(what); }, *event);
  }
}

void Coordinator::take_mail(std::vector<Mail> mail, base::SteadyTime now) {
  now_ = now;
  for (const Mail& item : mail) {
    if (const auto* done = std::get_if<RecheckDone>(&item.what)) {
      desk_.rechecked(*done);
    } else {
      std::visit([&](const auto& event) { on_mail(item.device, event); },
                 std::get<WorkerEvent>(item.what));
    }
  }
}

void Coordinator::tick(base::SteadyTime now) {
  now_ = now;
  scheduler_.tick(now);
  desk_.tick(now);
  for (auto at = raced_.begin(); at != raced_.end();) {
    const auto [key, raced] = *at++;
    if (now < raced.result_due) continue;
    log_.warn("no result came", {{"sprint", scheduler_.find(key)->announcement.sprint}});
    record(key, std::nullopt);
  }
}

void Coordinator::pause(std::uint32_t device, const std::string& reason) {
  scheduler_.pause(device, reason);
}

void Coordinator::resume(std::uint32_t device) {
  scheduler_.resume(device);
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

void Coordinator::write_to(Snapshot& snapshot, base::SteadyTime now) const {
  board_.write_to(snapshot, now);
  if (const Scheduler::Sprint* sprint = scheduler_.current()) {
    const bool racing = sprint->race != nullptr;
    snapshot.sprint.phase = racing ? SprintPhase::kRacing : SprintPhase::kAnnounced;
    snapshot.sprint.id = sprint->announcement.sprint;
    snapshot.sprint.profile = poc::to_string(sprint->announcement.profile);
    snapshot.sprint.left = std::max((racing ? sprint->t_end : sprint->t0) - now, base::Micros(0));
    snapshot.sprint.length = sprint->t_end - sprint->t0;
  }
  snapshot.shares = desk_.counts();
  snapshot.credit = desk_.credit();
  snapshot.best_difficulty = desk_.best_difficulty();
  snapshot.sprints = done_;
  snapshot.last_sprints.assign(records_.begin(), records_.end());
}

// ---- ports -----------------------------------------------------------------------------------

void Coordinator::send_ready(const std::string& sprint,
                             std::span<const stratum::ReadyDevice> devices) {
  if (session_ != nullptr) session_->ready(sprint, devices);
}

void Coordinator::request_lease(const std::string& sprint, std::uint32_t device) {
  if (session_ != nullptr) session_->request_lease(sprint, device);
}

void Coordinator::publish(std::uint32_t device, const Assignment& assignment) {
  publish_(device, assignment);
}

std::uint64_t Coordinator::submit(const std::string& sprint, const stratum::ShareClaim& share) {
  CHECK(session_ != nullptr);
  return session_->submit(sprint, share);
}

void Coordinator::withdraw(const std::string& sprint, std::uint64_t seq) {
  if (session_ != nullptr) session_->withdraw(sprint, std::span(&seq, 1));
}

bool Coordinator::recheck(RecheckJob job) {
  return recheck_ != nullptr && recheck_->check(std::move(job));
}

void Coordinator::wrong_digest(std::uint32_t device, const std::string& what) {
  const std::string name = devices_.at(device).info.label();
  const std::uint64_t count = board_.add_hardware_error(device);
  log_.warn("wrong digest", {{"device", name}, {"so_far", count}, {"reason", what}});
  if (count == kWrongDigestsUntilPaused) {
    log_.error(
        "device paused after wrong digests: lower its clocks or check its cooling, then start "
        "again",
        {{"device", name}, {"wrong", count}});
    scheduler_.pause(device, fmt::format("{} wrong digests", count));
  }
}

// ---- the session's events ---------------------------------------------------------------------

base::SteadyTime Coordinator::local(base::UnixTime pool_time) const {
  const stratum::PoolClock& clock = session_->pool_clock();
  return clock.known() ? clock.to_steady(pool_time) : now_;
}

void Coordinator::on(const stratum::client::LoggedIn&) {
  logged_in_ = true;
  log_.info("logged in");
  desk_.session_opened(pool_);
}

void Coordinator::on(const stratum::client::LoginRefused& event) {
  login_error_ = event.error;
}

void Coordinator::on(const stratum::client::Announced& event) {
  const stratum::Announcement& sprint = event.announcement;
  if (enough_sprints() && scheduler_.find(sprint.sprint) == nullptr) return;
  const base::SteadyTime t0 = local(sprint.t0);
  log_.info("sprint announced",
            {{"sprint", sprint.sprint},
             {"profile", poc::to_string(sprint.profile)},
             {"length_s", in_seconds(sprint.t_end - sprint.t0)},
             {"starts_in_s", in_seconds(std::max(t0 - now_, base::Micros(0)))}});
  scheduler_.announced(sprint, t0, local(sprint.t_end));
  if (recheck_ != nullptr) recheck_->warm({sprint.profile, sprint.model_seed});
}

void Coordinator::on(const stratum::client::Started& event) {
  const stratum::StartNotice& notice = event.notice;
  const Scheduler::Sprint* sprint = scheduler_.find(notice.sprint);
  if (sprint == nullptr || sprint->over) return;
  if (sprint->race == nullptr && enough_sprints()) return;
  if (sprint->race == nullptr) ++started_;
  // A share must arrive by T_end. Our idea of the pool's clock is off by up to half a round trip,
  // and the way there takes about as long.
  const base::Micros margin =
      session_->pool_clock().round_trip().value_or(base::Micros(0)) + kProcessing;
  const SprintKey key = sprint->key;
  scheduler_.started(notice, local(notice.t0), local(notice.t_end) - margin);
  raced_[key] = {pool_, notice.t_end - notice.t0, local(notice.t_end) + kResultWithin};
  log_.info("sprint started",
            {{"sprint", notice.sprint}, {"left_s", in_seconds(local(notice.t_end) - now_)}});
}

void Coordinator::on(const stratum::client::SprintRefused& event) {
  log_.warn("sprint not raced", {{"sprint", event.sprint}, {"reason", event.reason}});
  // The id of one that is being raced, used again for something else, does not end the race.
  const Scheduler::Sprint* sprint = scheduler_.find(event.sprint);
  if (sprint != nullptr && sprint->race == nullptr) scheduler_.over(event.sprint);
}

void Coordinator::on(const stratum::client::Leased& event) {
  scheduler_.leased(event.sprint, event.leases, event.close);
}

void Coordinator::on(const stratum::client::LeaseRefused& event) {
  const bool final = stratum::is_final(event.error.code);
  log_.warn("no lease", {{"sprint", event.sprint},
                         {"code", static_cast<int>(event.error.code)},
                         {"reason", event.error.text}});
  const auto wait = std::chrono::milliseconds(std::max<std::uint64_t>(event.error.retry_ms, 1000));
  scheduler_.lease_refused(event.sprint, event.devices,
                           final ? std::nullopt : std::optional(now_ + wait));
  if (event.error.code == stratum::Code::kUnknownSprint) scheduler_.over(event.sprint);
}

void Coordinator::on(const stratum::client::Answered& event) {
  desk_.answered(event.sprint, event.seq, event.error, now_);
  // A pool that was started anew has forgotten the sprint: nobody will credit work on it.
  if (event.error && event.error->code == stratum::Code::kUnknownSprint) {
    scheduler_.over(event.sprint);
  }
}

void Coordinator::on(const stratum::client::Withdrawn&) {}

void Coordinator::on(const stratum::client::Judged& event) {
  desk_.judged(event.verdict);
}

void Coordinator::on(const stratum::client::Ended& event) {
  const Scheduler::Sprint* sprint = scheduler_.find(event.sprint);
  if (sprint == nullptr) return;
  const auto raced = raced_.find(sprint->key);
  if (raced != raced_.end() && !sprint->over) {
    const std::uint64_t nonces = board_.sprint_nonces(sprint->key);
    const double seconds = in_seconds(raced->second.length);
    log_.info("sprint ended", {{"sprint", event.sprint},
                               {"nonces", nonces},
                               {"nonces_per_s", static_cast<double>(nonces) / seconds},
                               {"shares", desk_.found_in(sprint->key)}});
  }
  scheduler_.over(event.sprint);
}

void Coordinator::on(const stratum::client::Cancelled& event) {
  log_.warn("sprint cancelled", {{"sprint", event.sprint}, {"reason", event.reason}});
  desk_.cancelled(event.sprint);
  const Scheduler::Sprint* sprint = scheduler_.find(event.sprint);
  scheduler_.over(event.sprint);
  if (sprint != nullptr && raced_.contains(sprint->key)) record(sprint->key, std::nullopt);
}

void Coordinator::on(const stratum::client::Credited& event) {
  const stratum::SprintResult& result = event.result;
  const Scheduler::Sprint* sprint = scheduler_.find(result.sprint);
  if (sprint == nullptr || !raced_.contains(sprint->key)) return;
  desk_.credited(result);
  log_.info(
      "sprint credited",
      {{"sprint", result.sprint}, {"credit_nonces", result.credit}, {"all_nonces", result.total}});
  scheduler_.over(result.sprint);
  record(sprint->key, result.credit);
}

void Coordinator::on(const stratum::client::Message& event) {
  log_.info("the pool says", {{"text", event.text}});
}

/// Closes the book on a sprint that we raced.
void Coordinator::record(SprintKey key, std::optional<std::uint64_t> credit) {
  const Scheduler::Sprint& sprint = *scheduler_.find(key);
  records_.push_back({sprint.announcement.sprint, sprint.announcement.profile,
                      raced_.at(key).length, board_.sprint_nonces(key), desk_.found_in(key),
                      credit});
  if (records_.size() > kRecordsKept) records_.pop_front();
  ++done_;
  raced_.erase(key);
  desk_.give_up(key);  // nothing is open any more; drops its book
  board_.forget_sprint(key);
  scheduler_.forget(key);
}

// ---- the workers' mail --------------------------------------------------------------------------

void Coordinator::on_mail(std::uint32_t device, const DeviceUp&) {
  const backends::DeviceInfo& info = devices_.at(device).info;
  log_.info("device ready", {{"device", info.label()}, {"name", info.name}, {"path", info.path}});
}

void Coordinator::on_mail(std::uint32_t device, const DevicePrepared& event) {
  scheduler_.prepared(device, event.sprint, event.rate_per_1000s);
}

void Coordinator::on_mail(std::uint32_t device, const CandidateFound& event) {
  const auto raced = raced_.find(event.race->key);
  if (raced == raced_.end()) return desk_.found_too_late();
  desk_.found(device, event, raced->second.pool);
}

void Coordinator::on_mail(std::uint32_t device, const LeaseLow& event) {
  scheduler_.lease_low(device, event.sprint);
}

void Coordinator::on_mail(std::uint32_t device, const DeviceDown& event) {
  devices_.at(device).off = event.final;
  devices_.at(device).self_test_failed = event.cause == DeviceDown::Cause::kSelfTest;
  scheduler_.device_down(device);
}

void Coordinator::on_mail(std::uint32_t device, const WorkerStopped&) {
  devices_.at(device).stopped = true;
  ++workers_stopped_;
}

}  // namespace miner
