#include "miner/coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace miner {
namespace {

// A session that lasted so long worked, even if no share was found in it.
constexpr auto kWorkedAfter = std::chrono::seconds(30);
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
      solo_(setup.solo),
      scheduler_(*this, labels(setup.devices)),
      desk_(*this, std::move(setup.recheck_every), *setup.sink) {
  for (backends::DeviceInfo& info : setup.devices) devices_.push_back({std::move(info)});
}

void Coordinator::session_made(stratum::ClientSession& session, std::size_t pool) {
  session_ = &session;
  ++session_number_;
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
  for (auto& [key, raced] : raced_) {
    if (logged_in_ && raced.session == session_number_) raced.last_seen = now;
    if (now >= raced.t_end) race_ended(key, raced);
  }
  for (auto at = raced_.begin(); at != raced_.end();) {
    const auto [key, raced] = *at++;
    if (now < result_due(raced)) continue;
    log_.warn("no result came", {{"sprint", scheduler_.find(key)->announcement.sprint}});
    record(key, std::nullopt);
  }
}

bool Coordinator::session_worked(base::SteadyTime now) const {
  return logged_in_ && (of_use_ || now - logged_in_at_ >= kWorkedAfter);
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

// ---- the session's events ---------------------------------------------------------------------

base::SteadyTime Coordinator::local(base::UnixTime pool_time) const {
  const stratum::PoolClock& clock = session_->pool_clock();
  return clock.known() ? clock.to_steady(pool_time) : now_;
}

void Coordinator::on(const stratum::client::LoggedIn&) {
  logged_in_ = true;
  logged_in_at_ = now_;
  of_use_ = false;
  // Until now the sprints of the pool before went on: this one might have refused us.
  if (pool_ != sprints_pool_) scheduler_.drop_all();
  sprints_pool_ = pool_;
  log_.info("logged in");
  desk_.session_opened(pool_);
}

void Coordinator::on(const stratum::client::LoginRefused& event) {
  login_error_ = event.error;
}

/// For a person. The pool of --solo waits with its first sprint, and only for us.
std::string Coordinator::when(base::SteadyTime t0) const {
  if (solo_ && started_ == 0) return "when the devices are ready";
  return fmt::format("in {:.1f} s", in_seconds(std::max(t0 - now_, base::Micros(0))));
}

void Coordinator::on(const stratum::client::Announced& event) {
  const stratum::Announcement& sprint = event.announcement;
  if (enough_sprints() && scheduler_.find(sprint.sprint) == nullptr) return;
  const base::SteadyTime t0 = local(sprint.t0);
  log_.info("sprint announced", {{"sprint", sprint.sprint},
                                 {"profile", poc::to_string(sprint.profile)},
                                 {"length_s", in_seconds(sprint.t_end - sprint.t0)},
                                 {"starts", when(t0)},
                                 {"beacon", sprint.beacon},
                                 {"may_start_early", sprint.beacon == "none"}});
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
  board_.open_sprint(key);  // before a worker can have a result
  scheduler_.started(notice, local(notice.t0), local(notice.t_end) - margin);
  const auto known = raced_.find(key);
  const std::uint64_t number = known == raced_.end() ? started_ : known->second.number;
  raced_[key] = {pool_, number, session_number_, notice.t_end - notice.t0, local(notice.t_end),
                 now_};
  log_.info("sprint started",
            {{"sprint", notice.sprint}, {"left_s", in_seconds(local(notice.t_end) - now_)}});
}

void Coordinator::on(const stratum::client::SprintRefused& event) {
  log_.warn("sprint not raced", {{"sprint", event.sprint}, {"reason", event.reason}});
  // A line that makes no sense says nothing of a sprint whose own announcement did.
  if (event.taken_before) scheduler_.over(event.sprint);
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
  of_use_ = of_use_ || !event.error;
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
  const Scheduler::Sprint* sprint = raced_here(event.sprint);
  scheduler_.over(event.sprint);
  if (sprint != nullptr) record(sprint->key, std::nullopt);
}

void Coordinator::on(const stratum::client::Credited& event) {
  const stratum::SprintResult& result = event.result;
  const Scheduler::Sprint* sprint = raced_here(result.sprint);
  const bool late = sprint == nullptr && desk_.gave_up(result.sprint);
  if (sprint == nullptr && !late) return;
  of_use_ = true;
  desk_.credited(result);
  log_.info(
      late ? "sprint credited after all" : "sprint credited",
      {{"sprint", result.sprint}, {"credit_nonces", result.credit}, {"all_nonces", result.total}});
  if (late) return record_late(result);
  scheduler_.over(result.sprint);
  record(sprint->key, result.credit);
}

void Coordinator::on(const stratum::client::Message& event) {
  log_.info("the pool says", {{"text", event.text}});
}

}  // namespace miner
